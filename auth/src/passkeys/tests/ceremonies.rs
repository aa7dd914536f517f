//! What ceremonies read and write.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CeremonyError, Purpose, Stage, device, owner, reason, registering, run, session};
use crate::factors::{Left, Removal};
use crate::passkeys::error::PasskeyFailure;
use crate::testing::SoftwareAuthenticator;

#[test]
fn somebody_signs_in_with_a_passkey_alone() {
    let mut stage = Stage::with_passkey(device());
    stage.clock.advance(Duration::from_hours(1));
    let answer = stage.device.get(&stage.request());
    let used = stage.sign_in(&answer).unwrap();
    assert_eq!((used.owner.as_str(), used.is_synced), ("1", false));
    let listed = run(stage.passkeys.of(&owner("1"))).unwrap();
    assert_eq!((listed.len(), &*listed[0].name), (1, "Phone"));
    assert!(listed[0].last_used_at.unwrap() > listed[0].created_at);
    assert_eq!(listed[0].aaguid, "00000000-0000-0000-0000-000000000000");
}

#[test]
fn pk_01_a_challenge_is_spent_by_success_and_by_failure() {
    let mut stage = Stage::with_passkey(device().synced());
    let options = stage.request();
    let answer = stage.device.get(&options);
    stage.sign_in(&answer).unwrap();
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::Challenge);
    let options = stage.request();
    let wrong = stage.device.get_with(&options, |draft| draft.client_data["origin"] = json!("https://evil.example"));
    assert_eq!(reason(stage.sign_in(&wrong)), CeremonyError::Origin);
    let right = stage.device.get(&options);
    assert_eq!(reason(stage.sign_in(&right)), CeremonyError::Challenge);
    let options = stage.creation("1");
    let mut other = device();
    let wrong = other.create_with(&options, |draft| draft.data[0] ^= 1);
    assert_eq!(reason(stage.register("1", &wrong)), CeremonyError::RelyingParty);
    let right = other.create(&options);
    assert_eq!(reason(stage.register("1", &right)), CeremonyError::Challenge);
}

#[test]
fn pk_01_expired_challenges_are_refused() {
    let mut stage = Stage::with_passkey(device());
    let (request, creation) = (stage.request(), stage.creation("1"));
    stage.clock.advance(Duration::from_mins(5));
    let answer = device().create(&json!({ "rp": creation["rp"], "user": creation["user"],
        "challenge": creation["challenge"], "pubKeyCredParams": creation["pubKeyCredParams"] }));
    assert_eq!(reason(stage.register("1", &answer)), CeremonyError::Challenge);
    stage.clock.advance(Duration::from_mins(5));
    let answer = stage.device.get(&request);
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::Challenge);
}

#[test]
fn pk_02_a_challenge_of_another_user_or_session_is_refused() {
    let stage = Stage::new(device());
    let options = stage.creation("1");
    let answer = device().create(&options);
    assert_eq!(reason(stage.register("2", &answer)), CeremonyError::Challenge);
    let other = Purpose::Register { owner: "1", session: ("B".repeat(42) + "A").parse().unwrap() };
    let registered = stage.register_for(&owner("1"), other, &answer);
    assert_eq!(reason(registered), CeremonyError::Challenge);
    stage.register("1", &answer).unwrap();
}

#[test]
fn pk_02_a_challenge_to_sign_in_adds_no_passkey() {
    let mut stage = Stage::with_passkey(device());
    let (mut creation, mut request) = (stage.creation("1"), stage.request());
    let (one, other) = (creation["challenge"].clone(), request["challenge"].clone());
    (creation["challenge"], request["challenge"]) = (other, one);
    creation["excludeCredentials"] = json!([]);
    let answer = device().create(&creation);
    assert_eq!(reason(stage.register("1", &answer)), CeremonyError::Challenge);
    let answer = stage.device.get(&request);
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::Challenge);
}

#[test]
fn pk_07_the_user_handle_is_required_and_must_match() {
    let mut stage = Stage::with_passkey(device());
    for handle in [Value::Null, json!(""), json!("AA")] {
        let mut answer = stage.device.get(&stage.request());
        answer["response"]["userHandle"] = handle;
        assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::UserHandle);
    }
    let mut answer = stage.device.get(&stage.request());
    answer["response"].as_object_mut().unwrap().remove("userHandle");
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::UserHandle);
}

/// Of somebody who was identified before, it may be left out.
#[test]
fn pk_07_passkeys_of_others_are_refused_for_a_known_user() {
    let mut stage = Stage::with_passkey(device());
    let mut other = device();
    let answer = other.create(&stage.creation("2"));
    stage.register("2", &answer).unwrap();
    let purpose = Purpose::Reauthenticate { owner: "1", session: session() };
    let options = |stage: &Stage| {
        let options = run(stage.passkeys.begin_of_user(&owner("1"), purpose)).unwrap().unwrap();
        serde_json::to_value(options).unwrap()
    };
    let mut own = stage.device.get(&options(&stage));
    own["response"].as_object_mut().unwrap().remove("userHandle");
    run(stage.passkeys.authenticate(purpose, Some(&owner("1")), &own)).unwrap();
    let mut asked = options(&stage);
    asked["allowCredentials"] = json!([]);
    let foreign = other.get(&asked);
    let used = run(stage.passkeys.authenticate(purpose, Some(&owner("1")), &foreign));
    assert_eq!(reason(used), CeremonyError::Credential);
    let mut handle = stage.device.get(&options(&stage));
    handle["response"]["userHandle"] = foreign["response"]["userHandle"].clone();
    let used = run(stage.passkeys.authenticate(purpose, Some(&owner("1")), &handle));
    assert_eq!(reason(used), CeremonyError::UserHandle);
    assert!(run(stage.passkeys.begin_of_user(&owner("3"), purpose)).unwrap().is_none());
}

#[test]
fn pk_16_another_credential_id_is_refused_and_counts_nothing() {
    let mut stage = Stage::with_passkey(device());
    let mut other = device();
    let answer = other.create(&stage.creation("2"));
    stage.register("2", &answer).unwrap();
    let foreign = other.get(&stage.request());
    let mut answer = stage.device.get(&stage.request());
    answer["id"] = foreign["id"].clone();
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::Malformed);
    answer["rawId"] = foreign["rawId"].clone();
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::UserHandle);
    let mut answer = stage.device.get(&stage.request());
    for member in ["id", "rawId"] {
        answer[member] = foreign[member].clone();
    }
    answer["response"]["userHandle"] = foreign["response"]["userHandle"].clone();
    assert_eq!(reason(stage.sign_in(&answer)), CeremonyError::Signature);
    let listed = run(stage.passkeys.of(&owner("2"))).unwrap();
    assert_eq!(listed[0].last_used_at, None);
}

#[test]
fn pk_09_a_registered_credential_is_not_registered_again() {
    let mut stage = Stage::with_passkey(device());
    let mut answer = stage.device.create_with(&without_excluded(stage.creation("1")), |_| ());
    stage.register("1", &answer).unwrap();
    // The same credential, for another account.
    let options = stage.creation("2");
    let client_data = json!({ "type": "webauthn.create", "challenge": options["challenge"],
        "origin": "https://app.example.org" });
    let encoded = crate::passkeys::response::Bytes(client_data.to_string().into_bytes());
    answer["response"]["clientDataJSON"] = serde_json::to_value(encoded).unwrap();
    assert_eq!(reason(stage.register("2", &answer)), CeremonyError::Registered);
    assert!(run(stage.passkeys.of(&owner("2"))).unwrap().is_empty());
    assert_eq!(run(stage.passkeys.of(&owner("1"))).unwrap().len(), 2);
}

#[test]
fn pk_09_existing_credentials_are_excluded() {
    let stage = Stage::with_passkey(device());
    let options = stage.creation("1");
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert_eq!((excluded.len(), &excluded[0]["transports"]), (1, &json!(["internal"])));
    assert!(stage.creation("2")["excludeCredentials"].as_array().unwrap().is_empty());
}

#[test]
fn pk_13_an_account_has_twenty_passkeys_at_most() {
    let stage = Stage::new(device());
    let last = device().create(&stage.creation("1"));
    for _ in 0..20 {
        let answer = device().create(&stage.creation("1"));
        stage.register("1", &answer).unwrap();
    }
    assert_eq!(reason(stage.register("1", &last)), CeremonyError::TooMany);
    let begun = run(stage.passkeys.begin_registration(&owner("1"), registering("1"), "ada"));
    assert_eq!(reason(begun), CeremonyError::TooMany);
}

#[test]
fn pk_11_all_passkeys_of_an_account_have_one_random_handle() {
    let stage = Stage::new(device());
    let handle = |id: &str| stage.creation(id)["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(handle("1"), handle("1"));
    assert_ne!(handle("1"), handle("2"));
    assert_eq!(handle("1").len(), 86);
}

#[test]
fn pk_21_only_the_owner_renames_and_removes() {
    let mut stage = Stage::with_passkey(device());
    let id = run(stage.passkeys.of(&owner("1"))).unwrap()[0].id.clone();
    assert!(!run(stage.passkeys.rename(&owner("2"), &id, "Mine")).unwrap());
    let mark = |of: &str, id: &str, left| run(stage.passkeys.mark(&owner(of), id, left)).unwrap();
    let (nothing, factor) = (Left { factor: false, passkey: false }, Left { factor: true, passkey: false });
    assert_eq!((mark("2", &id, nothing), mark("1", "unknown", nothing)), (Removal::Absent, Removal::Absent));
    assert!(!run(stage.passkeys.remove(&owner("2"), &id)).unwrap());
    assert!(!run(stage.passkeys.remove(&owner("1"), "unknown")).unwrap());
    for left in [factor, Left { factor: false, passkey: true }] {
        assert_eq!(mark("1", &id, left), Removal::Last);
    }
    assert!(run(stage.passkeys.rename(&owner("1"), &id, "Laptop")).unwrap());
    assert_eq!(run(stage.passkeys.of(&owner("1"))).unwrap()[0].name, "Laptop");
    assert_eq!(mark("1", &id, nothing), Removal::Removed);
    assert!(run(stage.passkeys.remove(&owner("1"), &id)).unwrap());
    let answer = stage.device.get(&stage.request());
    assert!(matches!(stage.sign_in(&answer), Err(PasskeyFailure::Refused(CeremonyError::Unknown, None))));
}

/// Of two that are removed at once, the second one sees the mark of the first.
#[test]
fn a_passkey_that_goes_does_not_count() {
    let mut stage = Stage::with_passkey(device());
    let answer = device().create(&stage.creation("1"));
    stage.register("1", &answer).unwrap();
    let keys = run(stage.passkeys.keys_of(&owner("1"))).unwrap();
    let left = Left { factor: true, passkey: false };
    let mark = |key: &str| run(stage.passkeys.mark(&owner("1"), key, left)).unwrap();
    assert_eq!((mark(&keys[0]), mark(&keys[1])), (Removal::Removed, Removal::Last));
    // After a process that was killed in between, it is marked again.
    assert_eq!((mark(&keys[0]), mark(&keys[1])), (Removal::Removed, Removal::Last));
    run(stage.passkeys.unmark(&owner("1"), &keys[0]));
    assert_eq!((mark(&keys[1]), mark(&keys[0])), (Removal::Removed, Removal::Last));
    let _ = stage.device.get(&stage.request());
}

#[test]
fn a_row_with_another_stamp_inherits_no_passkey() {
    let mut stage = Stage::new(device());
    let born = |text: &str| {
        let mut owner = owner("1");
        owner.row = Some(crate::model::claims::RowStamp::of(&text));
        owner
    };
    let options = run(stage.passkeys.begin_registration(&born("a"), registering(&born("a").id), "ada")).unwrap();
    let answer = stage.device.create(&serde_json::to_value(options).unwrap());
    stage.register_for(&born("a"), registering(&born("a").id), &answer).unwrap();
    assert_eq!(run(stage.passkeys.of(&born("a"))).unwrap().len(), 1);
    assert!(run(stage.passkeys.of(&born("b"))).unwrap().is_empty());
    let answer = stage.device.get(&stage.request());
    assert_eq!(stage.sign_in(&answer).unwrap().row, born("a").row);
}

fn without_excluded(mut options: Value) -> Value {
    options["excludeCredentials"] = json!([]);
    options
}

#[test]
fn a_lost_device_has_no_passkeys() {
    let mut device = SoftwareAuthenticator::at("https://app.example.org");
    device.lose_passkeys();
    assert!(format!("{device:?}").contains("passkeys: 0"));
}
