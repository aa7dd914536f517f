//! Everything that is missing is said at once.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
struct User {
    name: String,
}

fn main() {}
