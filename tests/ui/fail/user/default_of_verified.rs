//! Nobody is confirmed by signing up.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(verified, default = true)]
    is_confirmed: bool,
}

fn main() {}
