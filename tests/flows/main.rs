//! Flows over HTTP, one file each.
#![allow(
    missing_docs,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod approval;
mod capitals;
mod change_password;
mod checks;
mod cookie_modes;
mod cookies;
mod created;
mod environment;
mod errors;
mod events;
mod everything;
mod extractors;
mod guards;
mod hashes;
mod hooks;
mod ids;
mod inherited;
mod layers_in_table;
mod limits;
mod limits_lifted;
mod limits_of_clients;
mod limits_of_doors;
mod login;
mod logout;
mod logout_table;
mod look_alikes;
mod lost_commits;
mod management;
mod model;
mod namesakes;
mod origin;
mod passwords;
mod permissions;
mod refresh;
mod refused_changes;
mod renewed;
mod replaced;
mod require;
mod results;
mod route_audit;
mod routes;
mod servers;
mod sessions;
mod sign_up;
mod silent_tables;
mod spellings;
mod start_up;
mod states;
mod step_up;
mod still_valid;
mod theft;
mod unavailable;
mod user_cache;
mod values;
mod verified;
