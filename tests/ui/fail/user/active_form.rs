//! How `active` is written.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(active(is_null))]
    on: Option<i64>,
}

fn main() {}
