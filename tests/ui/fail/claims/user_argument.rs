//! A user of a table on a state that has none.

#[path = "../../foreign.rs"]
mod foreign;

use auth::issuer::Issuer;
use auth::protected;
use auth::routing::{Routes, get};
use foreign::{Employee, User};

#[protected]
async fn orders(_user: User) {}

fn main() {
    let _: Routes<Issuer<Employee>> = Routes::new().route("/orders", get(orders));
}
