//! `user = Staff` on a router whose users are `User`s.

#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{protected, public};
use common::{App, Duty, Fresh, Staff, StaffClaims, User};

#[protected]
async fn me(_user: User) {}

#[protected(user = Staff, Duty::Till && Fresh::minutes(5))]
async fn till(_staff: Staff, _claims: StaffClaims) {}

#[public(user = common::Staff, reason = "the door")]
async fn door(_staff: Option<Staff>) {}

fn main() {
    let routes: Routes<App> = Routes::new().route("/me", get(me)).route("/till", get(till).post(till)).route("/door", get(door));
    let table = routes.table().to_string();
    assert!(table.contains("Duty::Till && Fresh::minutes(5)"), "{table}");
}
