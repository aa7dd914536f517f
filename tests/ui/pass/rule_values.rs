//! `rule!` wherever an expression can stand.

#![deny(warnings, missing_docs, unused_qualifications)]
#![forbid(unsafe_code)]

#[path = "../common.rs"]
mod common;

use auth::{Fresh, check, rule};
use self::common::Role;

#[check]
async fn at_work() -> bool {
    true
}

const fn taken<T>(_: &T) -> bool {
    true
}

const SIGNED_IN: bool = taken(&rule!());

macro_rules! staff {
    ($($more:tt)*) => {
        rule!(Role::Admin $($more)*)
    };
}

fn main() {
    let admin = rule!(Role::Admin);
    let (one, two) = (rule!(Role::Admin && Fresh::minutes(5), live), rule!(Role::Member || at_work, hidden, live));
    assert!(SIGNED_IN && taken(&admin) && taken(&one) && taken(&two) && taken(&rule!(live)));
    assert!(taken(&staff!()) && taken(&staff!(&& at_work, live)));
    let by_path = rule!(Role::Admin, crate = ::auth);
    let _ = match by_path {
        rule => taken(&rule),
    };
}
