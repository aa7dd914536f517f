//! Access and refresh tokens as text: nothing is accepted that was not signed, and everything has one spelling.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use auth::Principal;
use auth::claims::StoreId;
use auth::fuzzing::{Tokens, refresh_token};
use auth_fuzz::{SECRET, User};
use libfuzzer_sys::fuzz_target;

type UserClaims = <User as Principal>::Claims;

struct Service {
    tokens: Tokens<UserClaims>,
    header: String,
    good: String,
}

const NOW: u64 = 1_000_000_000;

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let tokens = Tokens::new(SECRET, StoreId::from_bytes([7; 12]), Duration::from_mins(15)).expect("it is a secret");
    let claims = include_bytes!("../corpus/claims/valid");
    let good = tokens.sign(claims).expect("everything can be signed");
    assert!(tokens.verify(&good, NOW).is_some());
    let header = good.split('.').next().expect("it has parts").to_owned();
    Service { tokens, header, good }
});

fuzz_target!(|input: &[u8]| {
    let Service { tokens, header, good } = &*SERVICE;
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(written) = refresh_token(text) {
        assert_eq!(written, text);
    }
    // As it came, and behind our own header.
    for token in [text.to_owned(), format!("{header}.{text}")] {
        if token != *good {
            assert!(tokens.verify(&token, NOW).is_none() && tokens.verify_even_expired(&token).is_none(), "{token}");
            assert!(tokens.open(&token).is_none(), "{token}");
        }
        // Behind a signature that counts as right: one spelling for every payload.
        if let Some(payload) = tokens.payload(&token) {
            let signed = tokens.sign(&payload).expect("everything can be signed");
            let unsigned = |token: &str| token.rsplit_once('.').map(|(message, _)| message.to_owned());
            assert_eq!(unsigned(&signed), unsigned(&token));
        }
        let _ = tokens.believe(&token);
    }
    // A good token with a change: a place, and what stands there instead.
    if let Some((place, rest)) = text.split_once(' ')
        && let Ok(place) = place.parse::<usize>()
        && let (Some(before), Some(after)) = (good.get(..place), good.get(place.saturating_add(rest.len())..))
    {
        let other = format!("{before}{rest}{after}");
        assert_eq!(tokens.verify(&other, NOW).is_some(), other == *good, "{other}");
    }
});
