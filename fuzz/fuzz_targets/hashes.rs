//! The text of a stored password hash: every number in it is bounded, whoever wrote it.
#![no_main]

use auth::fuzzing::phc;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(read) = phc(text) else { return };
    assert!(text.len() <= 320);
    assert!((8..=262_144).contains(&read.memory) && (1..=16).contains(&read.passes) && (1..=16).contains(&read.lanes));
    assert!(read.memory >= 8 * read.lanes, "Argon2 would refuse it");
    assert!((8..=64).contains(&read.salt.len()) && (16..=64).contains(&read.output.len()));
    assert!(read.key_id.as_ref().is_none_or(|id| id.len() <= 8));
    if let Some(written) = &read.written {
        let again = phc(written).expect("what is written is read");
        assert_eq!(again, read);
        // One spelling, but for numbers that begin with zeros.
        if !text.contains("=0") {
            assert_eq!(text, written);
        }
    }
});
