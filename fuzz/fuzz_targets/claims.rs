//! What is behind the signature of an access token, as if it had been signed.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use auth::Principal;
use auth::claims::{Claims, StoreId};
use auth::fuzzing::Tokens;
use auth_fuzz::{SECRET, User};
use libfuzzer_sys::fuzz_target;

type UserClaims = <User as Principal>::Claims;

const STORE: StoreId = StoreId::from_bytes([7; 12]);
const NOW: u64 = 1_000_000_000;

static TOKENS: LazyLock<Tokens<UserClaims>> =
    LazyLock::new(|| Tokens::new(SECRET, STORE, Duration::from_mins(15)).expect("it is a secret"));

fuzz_target!(|payload: &[u8]| {
    let token = TOKENS.sign(payload).expect("everything can be signed");
    assert_eq!(TOKENS.open(&token).as_deref(), Some(payload));
    let Some(claims) = TOKENS.verify_even_expired(&token) else {
        assert!(TOKENS.verify(&token, NOW).is_none(), "a token that is refused when it has expired is refused before");
        return;
    };
    // A name twice, or a list in place of an object, has two meanings.
    let json: serde_json::Value = serde_json::from_slice(payload).expect("what is read is JSON");
    assert!(json.is_object());
    let registered = claims.registered();
    assert_eq!((registered.iss, registered.aud.contains("User")), ("User", true));
    assert!(registered.store.is_none_or(|store| store == STORE));
    // Written again, it says the same.
    let text = serde_json::to_vec(&claims).expect("claims are JSON");
    let again: UserClaims = serde_json::from_slice(&text).expect("our own claims can be read");
    assert_eq!(serde_json::to_vec(&again).ok().as_ref(), Some(&text));
    let valid = TOKENS.verify(&token, NOW).is_some();
    let (iat, exp) = (registered.iat, registered.exp);
    if valid {
        assert!(exp.saturating_add(5) > NOW && iat <= NOW + 5 && exp.saturating_sub(iat) <= 15 * 60);
    }
    assert_eq!(TOKENS.verify(&token, NOW).is_some(), valid, "and the same from memory");
    assert!(TOKENS.verify(&token, exp.saturating_add(5)).is_none() || exp.saturating_add(5) < exp.max(5));
});
