//! Columns that cannot be seen.

use auth::AuthUser;

#[derive(Clone, sqlx::FromRow)]
struct Address {
    street: String,
}

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[sqlx(flatten)]
    address: Address,
}

fn main() {}
