//! Counters of attempts as they are stored, and what an operation makes of one.
#![no_main]

use std::time::Duration;

use auth::clock::Timestamp;
use auth::fuzzing::counter_ops;
use auth::limit::{Counter, Decision};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, &str)| {
    let (now, text) = input;
    let now = Timestamp::from_millis(now);
    let Some(counter) = Counter::from_text(text) else { return };
    let written = counter.to_text();
    assert!(written.len() <= 160, "{written}");
    assert_eq!(Counter::from_text(&written), Some(counter));
    for op in counter_ops() {
        let (next, decision) = op.apply(Some(counter), now);
        if let Some(next) = next {
            assert_eq!(Counter::from_text(&next.to_text()), Some(next));
            let _ = next.expires_at();
        }
        if let Decision::Refused { retry_after, .. } = decision {
            assert!(!retry_after.is_zero() && retry_after <= Duration::from_hours(24 * 366), "{retry_after:?}");
        }
    }
});
