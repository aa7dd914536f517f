//! The command line: the commands of a program with an unusual user table, on three databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod accounts;
mod denied;
mod doctor;
mod faults;
mod help;
mod json;
mod keys;
mod passkeys;
mod processes;
#[cfg(unix)]
mod prompt;
mod races;
mod stage;
mod start;
mod stores;
mod tables;
mod tokens;
