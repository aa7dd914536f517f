//! Two handlers of one name, of which one is there.

#![deny(warnings)]

#[path = "../common.rs"]
mod common;

use auth::{Fresh, check, protected};
use auth::routing::{Routes, get};
use common::{App, Role};

#[cfg(all())]
#[protected(Role::Admin)]
async fn above() {}

#[cfg(any())]
#[protected]
async fn above(this_is: Not::Even<Rust>) {}

#[protected(Role::Admin)]
#[cfg(all())]
async fn below() {}

#[protected]
#[cfg(any())]
async fn below() {}

#[check]
async fn owns() -> bool {
    true
}

#[protected(owns && Fresh::minutes(5))]
#[cfg(all())]
async fn asked() {}

#[protected(not::there && Not::there(0))]
#[cfg(any())]
async fn asked() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/above", get(above)).route("/below", get(below)).route("/asked", get(asked));
}
