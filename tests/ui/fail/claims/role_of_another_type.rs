//! A role that the claims do not have.

#[path = "../../foreign.rs"]
mod foreign;

use auth::protected;
use foreign::{Employee, Role};

#[protected(user = Employee, Role::Admin)]
async fn orders() {}

fn main() {}
