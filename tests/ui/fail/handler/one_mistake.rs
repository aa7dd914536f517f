//! A mistake in a signature is the only one, and the body is still read.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::{App, Role, User};

#[protected(Role::Admin)]
fn not_async(user: User) -> String {
    user.emial
}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(not_async));
}
