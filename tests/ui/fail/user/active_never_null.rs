//! A `bool` is not null.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active(when = "is_null"))]
    on: bool,
}

fn main() {}
