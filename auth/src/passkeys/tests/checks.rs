//! Each check of `WebAuthn` §7.1 and §7.2, as a change of one thing in an answer that is right otherwise, and rightly signed.

use serde_json::{Value, json};

use super::{CeremonyError, Stage, device, reason};
use crate::testing::SoftwareAuthenticator;

/// Where the flags are in authenticator data.
const FLAGS: usize = 32;

/// What a registration comes to whose signed parts were changed.
fn registration(change: impl FnOnce(&mut Value, &mut Vec<u8>)) -> Result<(), CeremonyError> {
    let mut stage = Stage::new(device());
    let options = stage.creation("1");
    let answer = stage.device.create_with(&options, |draft| change(&mut draft.client_data, &mut draft.data));
    outcome(stage.register("1", &answer))
}

/// The same for a sign-in.
fn authentication(change: impl FnOnce(&mut Value, &mut Vec<u8>)) -> Result<(), CeremonyError> {
    of_device(device(), change)
}

fn of_device(
    device: SoftwareAuthenticator,
    change: impl FnOnce(&mut Value, &mut Vec<u8>),
) -> Result<(), CeremonyError> {
    let mut stage = Stage::with_passkey(device);
    let options = stage.request();
    let answer = stage.device.get_with(&options, |draft| change(&mut draft.client_data, &mut draft.data));
    outcome(stage.sign_in(&answer))
}

fn outcome<T: std::fmt::Debug>(result: Result<T, super::PasskeyFailure>) -> Result<(), CeremonyError> {
    if result.is_ok() { Ok(()) } else { Err(reason(result)) }
}

#[test]
fn unchanged_answers_are_accepted() {
    assert_eq!(registration(|_, _| ()), Ok(()));
    assert_eq!(authentication(|_, _| ()), Ok(()));
    assert_eq!(of_device(device().synced(), |_, _| ()), Ok(()));
}

#[test]
fn pk_02_answers_of_the_other_ceremony_are_refused() {
    assert_eq!(registration(|client, _| client["type"] = json!("webauthn.get")), Err(CeremonyError::Type));
    assert_eq!(authentication(|client, _| client["type"] = json!("webauthn.create")), Err(CeremonyError::Type));
}

#[test]
fn pk_02_challenges_that_were_not_made_are_refused() {
    let made_up = |client: &mut Value, _: &mut Vec<u8>| client["challenge"] = json!("A".repeat(75));
    assert_eq!(registration(made_up), Err(CeremonyError::Challenge));
    assert_eq!(authentication(made_up), Err(CeremonyError::Challenge));
}

#[test]
fn pk_17_other_origins_are_refused_by_both_ceremonies() {
    for origin in ["https://example.org", "https://app.example.org:8443", "http://app.example.org", "null"] {
        assert_eq!(registration(|client, _| client["origin"] = json!(origin)), Err(CeremonyError::Origin));
        assert_eq!(authentication(|client, _| client["origin"] = json!(origin)), Err(CeremonyError::Origin));
    }
}

#[test]
fn pk_03_frames_are_refused_by_both_ceremonies() {
    for (member, value) in [("crossOrigin", json!(true)), ("topOrigin", json!("https://app.example.org"))] {
        assert_eq!(registration(|client, _| client[member] = value.clone()), Err(CeremonyError::CrossOrigin));
        assert_eq!(authentication(|client, _| client[member] = value.clone()), Err(CeremonyError::CrossOrigin));
    }
}

#[test]
fn pk_04_another_relying_party_is_refused() {
    assert_eq!(registration(|_, data| data[0] ^= 1), Err(CeremonyError::RelyingParty));
    assert_eq!(authentication(|_, data| data[31] ^= 1), Err(CeremonyError::RelyingParty));
}

#[test]
fn pk_05_user_presence_is_required() {
    assert_eq!(registration(|_, data| data[FLAGS] &= !1), Err(CeremonyError::UserPresence));
    assert_eq!(authentication(|_, data| data[FLAGS] &= !1), Err(CeremonyError::UserPresence));
}

#[test]
fn pk_06_user_verification_is_required_whatever_was_asked() {
    assert_eq!(registration(|_, data| data[FLAGS] &= !4), Err(CeremonyError::UserVerification));
    assert_eq!(authentication(|_, data| data[FLAGS] &= !4), Err(CeremonyError::UserVerification));
    let mut stage = Stage::new(device().without_user_verification());
    let answer = stage.device.create(&stage.creation("1"));
    assert_eq!(reason(stage.register("1", &answer)), CeremonyError::UserVerification);
}

#[test]
fn pk_05_backed_up_without_being_eligible_is_refused() {
    assert_eq!(registration(|_, data| data[FLAGS] |= 0x10), Err(CeremonyError::BackupState));
    assert_eq!(authentication(|_, data| data[FLAGS] |= 0x10), Err(CeremonyError::BackupState));
}

#[test]
fn pk_05_eligibility_for_backups_never_changes() {
    assert_eq!(authentication(|_, data| data[FLAGS] |= 8), Err(CeremonyError::BackupEligibility));
    assert_eq!(of_device(device().synced(), |_, data| data[FLAGS] &= !0x18), Err(CeremonyError::BackupEligibility));
    assert_eq!(of_device(device().synced(), |_, data| data[FLAGS] &= !0x10), Ok(()), "not backed up any more");
}

#[test]
fn pk_08_keys_of_other_algorithms_are_refused() {
    // The label 3 and ES256, of a `COSE_Key` behind an id of 32 bytes.
    let algorithm = 32 + 1 + 4 + 16 + 2 + 32 + 4;
    assert_eq!(registration(|_, data| data[algorithm] = 0x28), Err(CeremonyError::Algorithm));
    assert_eq!(registration(|_, data| data[algorithm] = 0x27), Err(CeremonyError::Key));
}

#[test]
fn the_credential_made_is_the_one_sent() {
    assert_eq!(registration(|_, data| data[60] ^= 1), Err(CeremonyError::Credential));
    assert_eq!(registration(|_, data| data.truncate(37)), Err(CeremonyError::Malformed));
    assert_eq!(registration(|_, data| data[FLAGS] &= !0x40), Err(CeremonyError::Malformed));
}

#[test]
fn an_assertion_brings_no_credential() {
    let with_credential = |_: &mut Value, data: &mut Vec<u8>| {
        data[FLAGS] |= 0x40;
        data.extend([&[0; 16][..], &[0, 1, 7, 0xa0]].concat());
    };
    assert_eq!(authentication(with_credential), Err(CeremonyError::Malformed));
}

#[test]
fn extensions_nobody_asked_for_are_ignored() {
    let with_extensions = |_: &mut Value, data: &mut Vec<u8>| {
        data[FLAGS] |= 0x80;
        data.extend(b"\xa1\x6bcredProtect\x03");
    };
    assert_eq!(registration(with_extensions), Ok(()));
    assert_eq!(authentication(with_extensions), Ok(()));
}

/// PK-10 and PK-20.
#[test]
fn pk_10_and_pk_20_the_counter_of_one_device_must_go_on() {
    let counts = |device: SoftwareAuthenticator, counts: &[u32]| -> Vec<Result<(), CeremonyError>> {
        let mut stage = Stage::with_passkey(device);
        let one = |count: &u32| {
            let options = stage.request();
            let set = |draft: &mut crate::testing::Draft| draft.data[33..37].copy_from_slice(&count.to_be_bytes());
            let answer = stage.device.get_with(&options, set);
            outcome(stage.sign_in(&answer))
        };
        counts.iter().map(one).collect()
    };
    let cloned = Err(CeremonyError::SignCount);
    assert_eq!(counts(device(), &[0, 0, 5, 5, 4, 0, 6]), [Ok(()), Ok(()), Ok(()), cloned, cloned, cloned, Ok(())]);
    assert_eq!(counts(device().synced(), &[0, 7, 7, 3, 0]), [Ok(()); 5]);
}
