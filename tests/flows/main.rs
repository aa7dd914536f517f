//! Flows over HTTP, one file each.

mod account;
