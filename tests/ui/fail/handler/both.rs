//! Open or not.

use auth::{protected, public};

#[protected]
#[public]
async fn me() {}

#[public]
#[auth::protected]
async fn you() {}

fn main() {}
