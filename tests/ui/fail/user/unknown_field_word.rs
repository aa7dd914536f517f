//! The nearest word is offered, or all of them.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(clam)]
    name: String,
    #[auth(primary_key)]
    other: String,
}

fn main() {}
