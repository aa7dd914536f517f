//! What `#[derive(AuthUser)]` writes of a user type: table, columns and statements as constants, and its parts as traits.
//! Who stores users, or writes code for any user type, needs it; an application does not.

pub use crate::fields::Fields;
pub use crate::user::{HoldsHash, Registration, UserId};

/// One statement in the two spellings that databases know. Both are literals made when the application was compiled:
/// no identifier ever comes from input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sql {
    /// `"quoted"` names and `$1` parameters: SQLite, PostgreSQL.
    pub dollar: &'static str,
    /// `` `quoted` `` names and `?` parameters: MySQL, MariaDB.
    pub question: &'static str,
}

/// A field people sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// The column, which is also the field's name in request bodies.
    pub column: &'static str,
    /// `login(exact)`: only trimmed, neither normalised nor lower-cased.
    pub exact: bool,
    /// Whether an account can be without it: an `Option` in the struct.
    pub optional: bool,
    /// `SELECT … WHERE column = $1`.
    pub select: Sql,
}

/// Everything the library knows of the table.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The type's name: `User`. Also the default issuer and audience of its tokens.
    pub name: &'static str,
    /// The table as written in the attribute: `users`, `app.users`.
    pub table: &'static str,
    /// The primary key's column.
    pub id: &'static str,
    /// Every column that is read.
    pub columns: &'static [&'static str],
    /// The login columns, in the order of the fields.
    pub logins: &'static [Login],
    /// The columns that sign-up writes, in the order of [`Statements::insert`]. All others are the table's to fill.
    pub inserted: &'static [&'static str],
    /// The password column.
    pub password: Option<&'static str>,
    /// The column that says whether an account is switched on, be it a flag or a time.
    pub active: Option<&'static str>,
    /// The column of the role or roles.
    pub roles: Option<&'static str>,
    /// The column of each user's own permissions.
    pub permissions: Option<&'static str>,
    /// The statements.
    pub sql: Statements,
}

impl Schema {
    /// What keeps keys and records of two user types apart, `User:users`: two types may share a name, or a table.
    #[must_use]
    pub fn realm(&self) -> String {
        format!("{}:{}", self.name, self.table)
    }
}

/// What is done with the table. `$n` is bound in the order given.
#[derive(Clone, Copy, Debug)]
pub struct Statements {
    /// `(id)`
    pub select_by_id: Sql,
    /// The columns of sign-up, bound by `SqlUser::bind_new`.
    pub insert: Sql,
    /// `(new hash, id)`
    pub set_password: Option<Sql>,
    /// `(new hash, id, old hash)`: changes nothing if the hash changed meanwhile.
    pub replace_password: Option<Sql>,
    /// `(id)`
    pub enable: Option<Sql>,
    /// `(id)`, or `(seconds, id)`: see [`disable_binds_seconds`](Self::disable_binds_seconds).
    pub disable: Option<Sql>,
    /// Whether `disable` stores the time, as seconds since the epoch, in a nullable integer column.
    pub disable_binds_seconds: bool,
    /// `(roles, id)`
    pub set_roles: Option<Sql>,
    /// `(permissions, id)`
    pub set_permissions: Option<Sql>,
    /// `(id)`
    pub delete: Sql,
}
