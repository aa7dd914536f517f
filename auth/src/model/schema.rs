//! What `#[derive(AuthUser)]` generates for a user type: its table, columns and statements as constants, and its parts
//! as traits. Needed to implement a user store or to write code that is generic over user types, not by applications.

pub use crate::model::body_fields::Fields;
pub use crate::model::hash::HoldsHash;
pub use crate::model::user::{Registration, UserId};

/// One statement in the two SQL spellings. Both are literals fixed at compile time: identifiers never come from input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sql {
    /// `"quoted"` names and `$1` parameters: SQLite, PostgreSQL.
    pub dollar: &'static str,
    /// `` `quoted` `` names and `?` parameters: MySQL, MariaDB.
    pub question: &'static str,
}

/// How a column says that something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkForm {
    /// A flag.
    Flag,
    /// A number: 1 or 0.
    Number,
    /// The time since when it is, in seconds; null if it is not.
    Seconds,
    /// The time since when it is; null if it is not.
    Time,
}

/// A field that users sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// The column, which is also the name of the field in request bodies.
    pub column: &'static str,
    /// Whether it is `login(exact)`: only trimmed, neither normalized nor folded.
    pub exact: bool,
    /// Whether accounts may lack it: an `Option` in the struct.
    pub optional: bool,
    /// Whether it holds e-mail addresses: the name of the column contains "mail", or the field is `login, mail`.
    pub address: bool,
    /// `SELECT … WHERE column = $1`.
    pub select: Sql,
    /// `(login, id)`
    pub update: Sql,
}

impl Login {
    /// Returns whether it holds e-mail addresses.
    #[must_use]
    pub const fn is_address(&self) -> bool {
        self.address
    }
}

/// Everything the library knows about the table.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The name of the type, such as `User`. Also the default issuer and audience of its tokens.
    pub name: &'static str,
    /// The table as written in the attribute: `users`, `app.users`.
    pub table: &'static str,
    /// The primary key column.
    pub id: &'static str,
    /// Every column that is read.
    pub columns: &'static [&'static str],
    /// The login columns, in the order of the fields.
    pub logins: &'static [Login],
    /// The columns whose values sign-up binds, in the order of [`Statements::insert`], which also says that the address
    /// is not confirmed. The table has to fill all others itself.
    pub inserted: &'static [&'static str],
    /// The password column.
    pub password: Option<&'static str>,
    /// The column that says whether an account is active, as a flag or a time.
    pub active: Option<&'static str>,
    /// The column that says whether the address is confirmed, as a flag or a time.
    pub verified: Option<&'static str>,
    /// Whether nobody signs in before their address is confirmed: `verified(required)`.
    pub verified_required: bool,
    /// The index of the login that mail goes to.
    pub mail: Option<usize>,
    /// The column of the role or roles.
    pub roles: Option<&'static str>,
    /// The column of the user's own permissions.
    pub permissions: Option<&'static str>,
    /// The statements.
    pub sql: Statements,
}

impl Schema {
    /// Returns the name that keeps the keys and records of user types apart, such as `User:users`: two types may share
    /// a name or a table.
    #[must_use]
    pub fn realm(&self) -> String {
        format!("{}:{}", self.name, self.table)
    }

    /// Returns what a body calls the address that mail goes to.
    pub(crate) fn address_column(&self) -> &'static str {
        self.mail.map_or("email", |index| self.login_column(index))
    }

    /// Returns the column of the login at `index`, to name it to a client.
    pub(crate) fn login_column(&self, index: usize) -> &'static str {
        self.logins.get(index).map_or("login", |login| login.column)
    }
}

/// The statements run on the table, each with its parameters in binding order.
#[derive(Clone, Copy, Debug)]
pub struct Statements {
    /// `(id)`
    pub select_by_id: Sql,
    /// The columns written at sign-up, bound by `SqlUser::bind_new`.
    pub insert: Sql,
    /// `(new hash, id)`
    pub set_password: Option<Sql>,
    /// `(new hash, id, old hash)`: changes nothing if the stored hash is no longer the old one.
    pub replace_password: Option<Sql>,
    /// `(id)`
    pub enable: Option<Sql>,
    /// `(id)`, or `(seconds, id)`: see [`disable_binds_seconds`](Self::disable_binds_seconds).
    pub disable: Option<Sql>,
    /// Whether `disable` stores the time in a nullable integer column, as seconds since the epoch.
    pub disable_binds_seconds: bool,
    /// `(id)`, or `(seconds, id)` for [`MarkForm::Seconds`].
    pub set_verified: Option<Sql>,
    /// `(id)`
    pub clear_verified: Option<Sql>,
    /// How the column says that the address is confirmed.
    pub verified_form: Option<MarkForm>,
    /// `(roles, id)`
    pub set_roles: Option<Sql>,
    /// `(permissions, id)`
    pub set_permissions: Option<Sql>,
    /// `(id)`
    pub delete: Sql,
}
