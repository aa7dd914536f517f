//! A handle with a table for people who have none.

#[path = "../../foreign.rs"]
mod foreign;

use auth::Auth;
use foreign::Employee;

async fn rows(_auth: Auth<Employee>) {}

fn main() {}
