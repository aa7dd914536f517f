//! A name that would end its quotes.

use auth::AuthUser;

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[sqlx(rename = "a\" --")]
    address: String,
}

fn main() {}
