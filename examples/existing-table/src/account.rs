//! The table's row, as it has always been. Only attributes are new.

use auth::{AuthRole, AuthUser, PasswordHash, Roles};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Reader,
    #[role(includes(Reader))]
    Author,
    // The table has said `admin` for years; only the program calls it something else.
    #[role(includes(Author), name = "admin")]
    Administrator,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "accounts")]
pub(crate) struct Account {
    #[auth(id)] // a `Uuid` key is made by the library at sign-up
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
    #[auth(claim)] // the table's default at sign-up, in the token from then on
    plan: String,
}
