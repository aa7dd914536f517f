//! A handler is asynchronous.

use auth::protected;

#[protected]
fn me() -> String {
    String::new()
}

fn main() {}
