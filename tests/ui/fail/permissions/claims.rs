//! Claims that mean something already.

use auth::AuthUser;

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    permissions: String,
    #[auth(claim)]
    scope: String,
    #[auth(claim)]
    email_verified: bool,
    #[auth(verified, claim)]
    confirmed: bool,
}

fn main() {}
