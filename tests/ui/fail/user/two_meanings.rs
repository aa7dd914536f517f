//! A field is one thing.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, login)]
    id: String,
    #[auth(active, verified)]
    on: bool,
}

fn main() {}
