//! How logins are compared.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login(lowercase))]
    email: String,
}

fn main() {}
