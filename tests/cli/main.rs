//! The command line: the commands of a program with an unusual user table, on three databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod accounts;
mod doctor;
mod help;
mod processes;
mod races;
mod stage;
mod start;
mod tables;
mod tokens;
