//! Fields that only one of the databases can take.

use auth::{Auth, AuthUser, PasswordHash};

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(register)]
    tags: Vec<String>,
}

fn postgres(pool: sqlx::PgPool) {
    let _ = Auth::<User>::builder(pool);
}

fn sqlite(pool: sqlx::SqlitePool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {}
