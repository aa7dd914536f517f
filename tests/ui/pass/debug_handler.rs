//! axum's own attribute goes below ours: above, it would call the function without the guard.

#[path = "../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::{App, User};

#[protected]
#[axum::debug_handler(state = App)]
async fn below(user: User) -> String {
    user.email
}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(below));
}
