//! The body of a sign-up: `Fields::parse`, and the fields that the derive takes from it.
#![no_main]

use auth::AuthError;
use auth::schema::{Fields, Registration};
use auth_fuzz::User;
use libfuzzer_sys::fuzz_target;

type SignUp = <User as auth::AuthUser>::Registration;

fuzz_target!(|body: &[u8]| {
    let Ok(mut fields) = Fields::parse(body) else { return };
    let json: serde_json::Value = serde_json::from_slice(body).expect("what is read is JSON");
    let object = json.as_object().expect("and an object");
    let shown = format!("{fields:?}");
    assert!(
        object.keys().all(|name| fields.has(name)) && object.keys().all(|name| shown.contains(&format!("{name:?}")))
    );
    fields.refuse_nul("password");
    let taken = SignUp::from_fields(&mut fields);
    match fields.finish(taken) {
        Ok(sign_up) => {
            assert!(object.keys().all(|name| ["email", "badge", "display_name", "age", "tags"].contains(&&**name)));
            assert_eq!(sign_up.login(0), object["email"].as_str());
            assert_eq!(sign_up.login(1), object.get("badge").and_then(|badge| badge.as_str()));
            assert!(!object.values().any(has_nul), "it cannot be stored");
        }
        Err(AuthError::InvalidFields(errors)) => {
            assert!(!errors.is_empty());
            let answer: usize = errors.iter().map(|error| error.field.len() + error.message.len()).sum();
            // What anybody may provoke: a bounded number of bounded messages.
            assert!(errors.len() <= 64 && answer <= 16 * 1024, "{} errors, {answer} bytes", errors.len());
        }
        Err(error) => panic!("{error:?}"),
    }
});

/// Whether a text in it has the character that no database stores. Asks the values: in their JSON an escaped backslash
/// before `u0000` looks the same.
fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}
