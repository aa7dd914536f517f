//! The user type of the flows: every kind of field but the rare ones.

use auth::{AuthRole, AuthUser, PasswordHash};

#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthRole)]
pub enum Role {
    Member,
    #[role(includes(Member))]
    Editor,
    #[role(includes(Editor))]
    Admin,
    Suspended,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(active)]
    pub is_active: bool,
    #[auth(role, default = Role::Member)]
    pub role: Role,
    #[auth(register, claim)]
    pub display_name: String,
}

pub const SCHEMA: &str = "CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    is_active     BOOLEAN NOT NULL DEFAULT TRUE,
    role          TEXT    NOT NULL,
    display_name  TEXT    NOT NULL
)";
