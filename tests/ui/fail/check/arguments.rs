//! What the attribute takes, and what it goes with.

use auth::{check, protected};

#[check(Role::Admin)]
async fn with_a_rule() -> bool {
    true
}

#[check(crate = "auth")]
async fn with_text() -> bool {
    true
}

#[check(crate = auth)]
async fn relative() -> bool {
    true
}

#[check(crate = ::auth, live)]
async fn more() -> bool {
    true
}

#[check]
#[check]
async fn twice() -> bool {
    true
}

#[check]
#[protected]
async fn both() -> bool {
    true
}

#[protected]
#[check]
async fn both_turned() -> bool {
    true
}

fn main() {}
