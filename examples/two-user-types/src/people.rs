//! Two user types: two structs, two tables, nothing shared.

use auth::{AuthRole, AuthUser, PasswordHash};

/// A customer. Customers sign up themselves.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "customers")]
pub(crate) struct Customer {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login)]
    pub(crate) email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Duty {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

/// A member of staff. A manager creates the accounts.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
pub(crate) struct Staff {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login(exact))]
    pub(crate) badge: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    #[auth(role, default = Duty::Clerk)]
    duty: Duty,
}
