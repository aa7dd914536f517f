//! A check that is a handler, too: whichever attribute comes first, under whatever name.

use auth::{check, check as asks, protected, protected as guarded};

#[protected]
#[check]
async fn one() -> bool {
    true
}

#[check]
#[protected]
async fn two() -> bool {
    true
}

#[guarded]
#[asks]
async fn three() -> bool {
    true
}

fn main() {}
