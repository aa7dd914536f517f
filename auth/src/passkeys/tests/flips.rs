//! Whatever was signed cannot be changed.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Purpose, Stage, device, run};
use crate::passkeys::error::PasskeyFailure;
use crate::passkeys::response::Bytes;

const PARTS: [&str; 3] = ["clientDataJSON", "authenticatorData", "signature"];

fn part(answer: &Value, name: &str) -> Vec<u8> {
    serde_json::from_value::<Bytes>(answer["response"][name].clone()).unwrap().0
}

fn set(answer: &mut Value, name: &str, bytes: Vec<u8>) {
    answer["response"][name] = serde_json::to_value(Bytes(bytes)).unwrap();
}

/// An answer with one bit changed is never accepted; and never is the one without the change, if the challenge was spent.
#[test]
fn pk_18_no_flipped_bit_is_accepted() {
    let mut stage = Stage::with_passkey(device().synced());
    for name in PARTS {
        let bits = {
            let options = stage.request();
            part(&stage.device.get(&options), name).len() * 8
        };
        for bit in 0..bits {
            let options = stage.request();
            let mut answer = stage.device.get(&options);
            let mut bytes = part(&answer, name);
            // The length of a signature varies.
            let Some(byte) = bytes.get_mut(bit / 8) else { continue };
            *byte ^= 1 << (bit % 8);
            set(&mut answer, name, bytes);
            assert!(stage.sign_in(&answer).is_err(), "bit {bit} of {name}");
        }
    }
}

#[test]
fn pk_22_the_twin_of_a_signature_changes_nothing() {
    let mut stage = Stage::with_passkey(device().synced());
    let options = stage.request();
    let mut answer = stage.device.get(&options);
    let longer = [part(&answer, "signature"), vec![0]].concat();
    set(&mut answer, "signature", longer);
    assert!(stage.sign_in(&answer).is_err(), "trailing bytes");
}

proptest! {
    /// Whatever is sent, as text of JSON or as bytes in it.
    #[test]
    fn pk_13_no_answer_panics(
        client_data in prop_oneof![any::<Vec<u8>>(), "[{}\":,a-z]{0,60}".prop_map(String::into_bytes)],
        data in any::<Vec<u8>>(), object in any::<Vec<u8>>(), id in any::<Vec<u8>>(), text in ".{0,20}",
    ) {
        let stage = Stage::new(device());
        let encode = |bytes: &[u8]| serde_json::to_value(Bytes(bytes.to_vec())).unwrap();
        let response = json!({ "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data),
            "attestationObject": encode(&object), "signature": text, "userHandle": null });
        let answer = json!({ "id": encode(&id), "rawId": encode(&id), "type": "public-key", "response": response });
        prop_assert!(stage.register("1", &answer).is_err());
        let authenticated = run(stage.passkeys.authenticate(Purpose::SignIn, None, &answer));
        prop_assert!(matches!(authenticated, Err(PasskeyFailure::Refused(..))));
        prop_assert!(stage.sign_in(&json!(text)).is_err());
    }

    /// A registration whose attestation object is right but for some bytes.
    #[test]
    fn no_attestation_object_panics(place in 0_usize..200, value in any::<u8>(), cut in 0_usize..250) {
        let mut stage = Stage::new(device());
        let options = stage.creation("1");
        let mut answer = stage.device.create(&options);
        let mut object = part(&answer, "attestationObject");
        if let Some(byte) = object.get_mut(place) {
            *byte = value;
        }
        object.truncate(cut);
        set(&mut answer, "attestationObject", object);
        let _ = stage.register("1", &answer);
    }
}
