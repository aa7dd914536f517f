//! More parts than any database has.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "a.b.c.d")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
