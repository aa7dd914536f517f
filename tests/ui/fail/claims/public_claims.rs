//! Claims that an open route would not always have.

#[path = "../../foreign.rs"]
mod foreign;

use auth::issuer::Verified;
use auth::public;
use foreign::Employee;

#[public]
async fn door(_claims: Employee) {}

#[public]
async fn window(_claims: Verified<Employee>) {}

fn main() {}
