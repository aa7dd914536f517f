//! `keys` without `user =`: the state says that nobody has a key.

#[path = "../../foreign.rs"]
mod foreign;

use auth::issuer::Issuer;
use auth::protected;
use auth::routing::{Routes, get};
use foreign::{Employee, Task};

#[protected(Task::Pay, keys)]
async fn orders() {}

fn main() {
    let _: Routes<Issuer<Employee>> = Routes::new().route("/orders", get(orders));
}
