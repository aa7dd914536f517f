//! `#[sqlx(skip)]` counts, too.

use auth::AuthUser;

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    #[sqlx(skip)]
    name: String,
}

fn main() {}
