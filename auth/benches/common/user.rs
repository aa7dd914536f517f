//! The user type of all benchmarks.

use std::sync::LazyLock;

use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash, Secret};

/// Another one for each run, because what is printed in a source file is refused as a secret.
/// The variable with which a benchmark gives its secret to the server that it starts: both use one database.
pub(crate) const SECRET_NAME: &str = "BENCH_SECRET";

pub(crate) static SECRET: LazyLock<Secret> =
    LazyLock::new(|| Secret::env(SECRET_NAME).or_else(|_| Secret::generate()).unwrap());

#[derive(Clone, Debug, PartialEq, AuthPermission)]
pub(crate) enum Permission {
    ProfileRead,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    #[role(grants(Permission::ProfileRead))]
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
