//! A handler runs on any thread.

#[path = "../../common.rs"]
mod common;

use std::rc::Rc;

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use common::User;

#[protected]
async fn counts() -> String {
    let count = Rc::new(1);
    std::future::ready(()).await;
    count.to_string()
}

fn main() {
    let _ = Routes::<Auth<User>>::new().route("/", get(counts));
}
