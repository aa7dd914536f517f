//! Misspelled in `rule!`.

#[path = "../../common.rs"]
mod common;

use auth::rule;
use common::Role;

fn main() {
    let _ = rule!(Role::Admn);
    let _ = rule!(owns_pots);
}
