//! A type that cannot be a key.

use auth::AuthUser;

#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[sqlx(transparent)]
struct Key(i64);

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: Key,
    #[auth(login)]
    email: String,
}

fn main() {}
