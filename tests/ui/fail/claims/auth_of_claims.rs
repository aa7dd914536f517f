//! A handle with a table for people who have none.

#[path = "../../foreign.rs"]
mod foreign;

use auth::Auth;
use foreign::Employee;

fn main() {
    let _: Option<Auth<Employee>> = None;
}
