//! A slip of the shift key.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use common::Role;

#[protected(Role::admin)]
async fn one() {}

fn main() {
    let _ = Role::Admin;
}
