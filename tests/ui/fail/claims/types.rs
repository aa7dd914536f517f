//! Fields of types that cannot hold what is read.

use auth::{AuthClaims, AuthRole};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
}

#[derive(Clone)]
struct Opaque;

#[derive(Clone, AuthClaims)]
struct Employee {
    #[auth(subject)]
    sub: String,
    #[auth(roles)]
    roles: Vec<Role>,
}

#[derive(Clone, AuthClaims)]
struct Guest {
    #[auth(subject)]
    sub: String,
    #[auth(verified)]
    email_verified: String,
    name: Opaque,
}

fn main() {}
