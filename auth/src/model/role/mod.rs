//! Roles: an enum of the application that the compiler, the token and the table know.

mod held;

use crate::model::name_enum::{NameEnum, SetOf};
use crate::model::permission::AuthPermission;

pub use held::{HeldRoles, NoRoles, RoleSet};

/// An enum of roles. Derive it with `#[derive(AuthRole)]`; there is no reason to implement it by hand.
///
/// In tokens and in the table, a role is its name, in `snake_case` unless the derive says otherwise. The column is text
/// (`TEXT`, `VARCHAR`; on MySQL also `ENUM`). A name that the enum does not have is an error when the row is read.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use auth::{AuthRole, NameEnum as _};
///
/// #[derive(Clone, Debug, PartialEq, AuthRole)]
/// enum Role {
///     Member,
///     #[role(includes(Member))]
///     SalesLead,
///     #[role(includes(SalesLead), name = "administrator")]
///     Admin,
/// }
///
/// assert_eq!(Role::NAMES, ["member", "sales_lead", "administrator"]);
/// assert_eq!(Role::from_name("sales_lead"), Some(Role::SalesLead));
/// # }
/// ```
///
/// # A native enum of PostgreSQL
///
/// A column that other programs write, too, can keep its type. sqlx writes it then, with the labels of the type; tokens
/// and rules have the names of the derive:
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "postgres"))] {
/// #[derive(Clone, Debug, PartialEq, auth::AuthRole, sqlx::Type)]
/// #[role(manual(sqlx))]
/// #[sqlx(type_name = "hr.job_kind", rename_all = "SCREAMING_SNAKE_CASE")]
/// enum Job {
///     Doctor,
///     FrontDesk,
/// }
/// # }
/// ```
///
/// For a name with capitals, the quotes are part of it: `type_name = "\"Job\""`. An `ENUM` of MySQL needs none of this;
/// `#[role(rename_all = "SCREAMING_SNAKE_CASE")]` is enough if its values are spelled like that.
///
/// # The first admin
///
/// Sign-up gives everybody the same role, `#[auth(role, default = Role::Member)]`, and only an administrator can assign
/// others, with `auth.accounts().set_role(…)`. The first administrator is made on the command line (feature `cli`):
///
/// ```console
/// $ shop auth user create --login ada@example.org --role administrator
/// $ shop auth user promote bob@example.org administrator   # somebody who has an account
/// ```
///
/// Without it, write a program that you start by hand and that calls `auth.accounts().find(…)` and `set_role`, which
/// takes effect at once; or write the role into the table, and sign in again.
pub trait AuthRole: NameEnum + Clone + PartialEq {
    /// The permissions that these roles grant; [`NoPermission`](crate::policy::NoPermission) if they grant none.
    type Permission: AuthPermission;

    /// The permissions each role grants, as a table of [`Bits`](crate::policy::Bits): bit *n* is set if the role, or
    /// one it includes, grants the permission at index *n* or a permission that includes it. Empty if the roles grant
    /// nothing.
    const GRANTS: &'static [u64] = &[];
}

/// A set of roles, stored as a comma-separated list of names (`"author,editor"`, or the empty text) and written into
/// tokens as an array. See [`AuthRole`] for how names are spelled and how to make the first administrator.
///
/// ```
/// # #[derive(Clone, Debug, PartialEq, auth::AuthRole)] enum Role { Author, Editor }
/// let mut roles = auth::Roles::from([Role::Author]);
/// roles.insert(&Role::Editor);
/// assert_eq!(roles.to_string(), "author,editor");
/// assert_eq!("editor , author".parse(), Ok(roles));
/// ```
pub type Roles<R> = SetOf<R>;
