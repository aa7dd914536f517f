//! A secret in a token, under an assumed name.

use auth::AuthUser;

type Harmless = auth::PasswordHash;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    old: Harmless,
}

fn main() {}
