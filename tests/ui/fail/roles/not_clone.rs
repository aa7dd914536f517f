//! A role is copied into tokens and compared.

use auth::AuthRole;

#[derive(AuthRole)]
enum Role {
    Member,
}

fn main() {}
