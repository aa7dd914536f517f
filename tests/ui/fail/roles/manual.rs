//! Codecs have names.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
#[role(manual(json))]
enum Role {
    Member,
}

fn main() {}
