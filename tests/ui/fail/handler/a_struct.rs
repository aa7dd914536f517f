//! Only functions are handlers.

use auth::protected;

#[protected]
struct Me;

fn main() {}
