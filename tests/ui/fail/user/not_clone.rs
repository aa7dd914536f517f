//! A user is copied into the request.

use auth::AuthUser;

#[derive(AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
