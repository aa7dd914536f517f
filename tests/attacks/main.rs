//! Hostile input, one file per area.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "these are tests"
)]

mod account;
mod admission;
mod announced_again;
mod bearer;
mod bodies;
mod broken_lists;
mod broken_off;
mod cap;
mod catching_up;
mod claims;
mod cookies;
mod data_key;
mod dotted_spellings;
mod echoes;
mod edge;
mod faults;
mod feed;
mod forge;
mod fuzz;
mod guesses;
mod half_ended;
mod half_open;
mod headers;
mod http2;
mod instances;
mod kinds;
mod layered;
mod lines;
mod long_texts;
mod maintenance;
mod news;
mod old_news;
mod own_limit;
mod panics;
mod patience;
mod polls;
mod races;
mod repeated;
mod right_person;
mod rotation;
mod seen_before;
mod services;
mod session_end;
mod sessions;
mod shape;
mod silent_feed;
mod step_up;
mod step_up_races;
mod store_claim;
mod stores;
mod stuck_list;
mod tenants;
mod times;
mod token_size;
mod tried_again;
mod unfinished;
mod unreadable;
mod unreadable_rows;
mod waiting_work;
