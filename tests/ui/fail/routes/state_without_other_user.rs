//! A user type that this state does not know.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use common::{Staff, User};

#[protected(user = Staff)]
async fn till() {}

fn main() {
    let _: Routes<Auth<User>> = Routes::new().route("/", get(till));
}
