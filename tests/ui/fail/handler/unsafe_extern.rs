//! What axum cannot call.

use auth::protected;

#[protected]
async unsafe fn one() {}

#[protected]
async extern "C" fn two() {}

fn main() {}
