//! A type that is not something to ask for.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::{App, User};

enum Colour {
    Red,
}

#[protected(Colour::Red)]
async fn me() {}

#[protected(user = User, Colour::Red)]
async fn you() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(me));
}
