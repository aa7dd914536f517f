//! A state that does not say who its users are.

use auth::protected;
use auth::routing::{Routes, get};

#[protected]
async fn me() {}

#[derive(Clone)]
struct Bare;

fn main() {
    let _: Routes<Bare> = Routes::new().route("/", get(me));
}
