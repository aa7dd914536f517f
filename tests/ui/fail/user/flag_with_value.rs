//! Words that stand alone.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim = true)]
    name: String,
    #[auth(register("yes"))]
    other: String,
}

fn main() {}
