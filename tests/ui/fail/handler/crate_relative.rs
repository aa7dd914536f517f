//! A path that depends on where it stands.

use auth::protected;

#[protected(crate = web::auth)]
async fn me() {}

#[protected(crate = "auth")]
async fn you() {}

fn main() {}
