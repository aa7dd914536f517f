//! A role that is not there: the compiler finds the one that was meant.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use common::Role;

#[protected(Role::Admn)]
async fn me() {}

#[protected(Rolle::Admin)]
async fn you() {}

fn main() {}
