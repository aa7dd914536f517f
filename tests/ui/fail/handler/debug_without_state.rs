//! `debug_handler` takes the state for `()` where nothing says otherwise.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use common::Role;

#[protected(Role::Admin)]
#[axum::debug_handler]
async fn one() {}

fn main() {}
