//! Messages between instances: unsigned ones say nothing, signed ones are what they say.
#![no_main]

use auth::fuzzing::{epoch, is_of_a_session, news, signed};
use libfuzzer_sys::fuzz_target;

const KEY: &[u8] = &[7; 32];

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        assert_eq!(news(text, KEY), None, "nobody signed it");
        if let Some(written) = epoch(text) {
            assert_eq!(epoch(&written).as_ref(), Some(&written));
        }
    }
    // As if the one who wrote it had the key.
    let message = signed(input, KEY);
    assert_eq!(news(&message, &[8; 32]), None, "another key");
    let Some(written) = news(&message, KEY) else { return };
    assert_eq!(news(&written, KEY).as_ref(), Some(&written));
    assert_eq!(is_of_a_session(&written, KEY), is_of_a_session(&message, KEY));
    assert!(serde_json::from_slice::<serde_json::Value>(input).is_ok_and(|json| json.is_object() || json.is_array()));
});
