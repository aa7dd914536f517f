//! `live` without `user =`: the state says that there is no row.

#[path = "../../foreign.rs"]
mod foreign;

use auth::issuer::Issuer;
use auth::protected;
use auth::routing::{Routes, get};
use foreign::{Employee, Job};

#[protected(Job::Clerk, live)]
async fn orders() {}

fn main() {
    let _: Routes<Issuer<Employee>> = Routes::new().route("/orders", get(orders));
}
