//! A fixed list.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role<T> {
    Member,
    Other(T),
}

fn main() {}
