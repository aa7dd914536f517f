//! A state without the issuer of its employees.

#[path = "../../foreign.rs"]
mod foreign;

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use foreign::{Employee, Job, User};

#[protected(user = Employee, Job::Clerk)]
async fn orders() {}

fn main() {
    let _: Routes<Auth<User>> = Routes::new().route("/orders", get(orders));
}
