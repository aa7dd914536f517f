//! axum's own attribute, above ours and below.

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

#[axum::debug_handler(state = App)]
#[protected]
async fn above(user: User) -> String {
    user.email
}

fn main() {
    let _: Routes<App> = Routes::new().at("/below", get(below)).at("/above", get(above));
}
