//! Two fields, one column.

use auth::AuthUser;

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[sqlx(rename = "email")]
    address: String,
}

fn main() {}
