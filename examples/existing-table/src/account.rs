//! The row of the existing table. Only the attributes are new.

use auth::{AuthRole, AuthUser, PasswordHash, Roles};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Reader,
    #[role(includes(Reader))]
    Author,
    // Stored as `admin` in the table; only the program uses another name.
    #[role(includes(Author), name = "admin")]
    Administrator,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "accounts")]
pub(crate) struct Account {
    #[auth(id)] // the library generates a `Uuid` key at sign-up
    #[sqlx(rename = "account_uuid")]
    pub(crate) id: Uuid,
    #[auth(login)]
    #[sqlx(rename = "mail_address")]
    email: String,
    #[auth(login)] // people may sign in with either; each is looked up in its own column only
    nick: String,
    #[auth(password_hash)]
    #[sqlx(rename = "pw")]
    pub(crate) password_hash: PasswordHash,
    #[auth(active(when = "is_null"))]
    disabled_at: Option<i64>,
    #[auth(roles, default = Roles::from([Role::Reader]))]
    #[sqlx(rename = "groups")] // the text `reader,author`
    roles: Roles<Role>,
    #[auth(claim)] // set by the table's default at sign-up, then carried in the token
    plan: String,
}
