//! Messages between instances: unsigned ones say nothing, signed ones are what they say.
#![no_main]

use auth::fuzzing::{epoch, is_of_a_session, message, signed};
use libfuzzer_sys::fuzz_target;

const KEY: &[u8] = &[7; 32];

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        assert_eq!(message(text, KEY), None, "nobody signed it");
        if let Some(written) = epoch(text) {
            assert_eq!(epoch(&written).as_ref(), Some(&written));
        }
    }
    // As if the one who wrote it had the key.
    let forged = signed(input, KEY);
    assert_eq!(message(&forged, &[8; 32]), None, "another key");
    let Some(written) = message(&forged, KEY) else { return };
    assert_eq!(message(&written, KEY).as_ref(), Some(&written));
    assert_eq!(is_of_a_session(&written, KEY), is_of_a_session(&forged, KEY));
    assert!(serde_json::from_slice::<serde_json::Value>(input).is_ok_and(|json| json.is_object() || json.is_array()));
});
