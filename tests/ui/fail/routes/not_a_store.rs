//! What the feature for a database would make a store is none without it; here it is something else altogether.

use auth::Auth;

#[path = "../../common.rs"]
mod common;
use common::User;

/// As a pool of sqlx is, without the feature of its database.
struct MySqlPool;

fn build(pool: MySqlPool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {}
