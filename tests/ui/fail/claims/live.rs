//! `live` on a route of people without a row.

#[path = "../../foreign.rs"]
mod foreign;

use auth::protected;
use foreign::{Employee, Job};

#[protected(user = Employee, Job::Clerk, live)]
async fn orders() {}

fn main() {}
