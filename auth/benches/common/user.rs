//! The user type of all benchmarks.

use auth::{AuthRole, AuthUser, PasswordHash};

pub(crate) const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub(crate) struct User {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login)]
    pub(crate) email: String,
    #[auth(password_hash)]
    pub(crate) password_hash: PasswordHash,
    #[auth(active)]
    pub(crate) is_active: bool,
    #[auth(role, default = Role::Member)]
    pub(crate) role: Role,
    #[auth(register, claim)]
    pub(crate) display_name: String,
}
