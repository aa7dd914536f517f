//! A rule about permissions that this user type does not have.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{AuthPermission, protected};
use common::App;

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    Pay,
}

#[protected(Permission::Pay)]
async fn pay() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(pay));
}
