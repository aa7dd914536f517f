//! Counters of attempts as they are stored, and what a step makes of one.
#![no_main]

use std::time::Duration;

use auth::clock::Timestamp;
use auth::fuzzing::steps;
use auth::limit::{Cell, Verdict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, &str)| {
    let (now, text) = input;
    let now = Timestamp::from_millis(now);
    let Some(cell) = Cell::from_text(text) else { return };
    let written = cell.to_text();
    assert!(written.len() <= 160, "{written}");
    assert_eq!(Cell::from_text(&written), Some(cell));
    for step in steps() {
        let (next, verdict) = step.apply(Some(cell), now);
        if let Some(next) = next {
            assert_eq!(Cell::from_text(&next.to_text()), Some(next));
            let _ = next.expires_at();
        }
        if let Verdict::Refused { retry_after, .. } = verdict {
            assert!(!retry_after.is_zero() && retry_after <= Duration::from_hours(24 * 366), "{retry_after:?}");
        }
    }
});
