//! A union is no row.

use auth::AuthUser;

#[derive(Clone, Copy, AuthUser)]
#[auth(table = "users")]
union User {
    id: i64,
}

fn main() {}
