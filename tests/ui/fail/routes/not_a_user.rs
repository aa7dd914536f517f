//! A type without the derive.

use auth::Auth;

struct User;

fn build(pool: sqlx::SqlitePool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {}
