//! Two handlers of one name, of which one is there.

#![deny(warnings)]

#[path = "../common.rs"]
mod common;

use auth::protected;
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

fn main() {
    let _: Routes<App> = Routes::new().at("/above", get(above)).at("/below", get(below));
}
