//! A field for one database does not keep a program from compiling that was built with others, too.

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
    #[auth(default = vec![1, 2])]
    numbers: Vec<i32>,
}

fn postgres(pool: sqlx::PgPool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {
    let _ = postgres;
}
