//! The nearest word is offered.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(tabel = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
