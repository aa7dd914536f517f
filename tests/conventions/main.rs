//! The shape of the source: who may know whom, how long files get, what stays out, and that promises have tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod checklist;
mod code_rules;
mod cycles;
mod dependencies;
mod imports;
mod packages;
mod readme;
mod secrets;
mod source;
mod test_names;
mod threats;
mod words;
