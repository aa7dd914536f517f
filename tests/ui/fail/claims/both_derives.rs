//! A type that would be both.

use auth::{AuthClaims, AuthUser};

#[derive(Clone, AuthUser, AuthClaims)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
