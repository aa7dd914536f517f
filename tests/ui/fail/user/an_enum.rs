//! An enum is no row.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
enum User {
    One,
}

fn main() {}
