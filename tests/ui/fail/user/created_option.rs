//! A row that may have no such value cannot be told from another one by it; and a skipped field has no column.
use auth::{AuthUser, PasswordHash};

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(created)]
    created_at: Option<i64>,
}

#[derive(Clone, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(created, skip)]
    created_at: i64,
}

fn main() {}
