//! A user that cannot be read from a row.

use auth::{Auth, AuthUser};

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn build(pool: sqlx::SqlitePool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {}
