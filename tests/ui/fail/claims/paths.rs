//! Names of claims that cannot be read.

use auth::{AuthClaims, AuthRole, Roles};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, AuthClaims)]
struct Customer {
    #[auth(subject(""))]
    sub: String,
    #[auth(roles("realm_access..roles", "roles", "roles", "groups", "groups.of"))]
    roles: Roles<Role>,
    #[auth(claim(name))]
    name: String,
    #[auth(claim("a", "b"))]
    two: String,
}

fn main() {}
