//! What a rule cannot ask.

use auth::check;

#[check]
fn not_async() -> bool {
    true
}

#[check]
async unsafe fn not_safe() -> bool {
    true
}

#[check]
async extern "C" fn from_outside() -> bool {
    true
}

#[check]
async fn of_any<T>(_: T) -> bool {
    true
}

#[check]
async fn of_some(_: impl Clone) -> bool {
    true
}

#[check]
async fn Owns() -> bool {
    true
}

#[check]
async fn no_answer() {}

#[check]
const fn constant() -> bool {
    true
}

fn main() {}
