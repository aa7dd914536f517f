//! What the library knows about users: the traits that `#[derive(AuthUser)]` implements.

mod flag;
mod id;
mod registration;

use crate::base::clock::Timestamp;
use crate::model::claims::{Claims, RowStamp, TokenClaims};
use crate::model::hash::PasswordHash;
use crate::model::permission::AuthPermission;
use crate::model::principal::{HasPermission, HasRole, Principal};
use crate::model::profile::Profile;
use crate::model::role::AuthRole;
use crate::model::schema::Schema;

pub use flag::Flag;
pub use id::UserId;
pub use registration::Registration;

/// A principal with a table, for `live`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` comes from another issuer and has no table, so there is no row to ask",
    label = "remove `live`, or use a user type with `#[derive(AuthUser)]`"
)]
pub trait HasTable {}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> HasTable for U {}

/// Asks for a table. Called by generated code, in a constant.
pub const fn needs_table<U: HasTable>() {}

/// A principal who may have API keys of this service, for `keys`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` comes from another issuer, so nobody of that type has an API key of this service",
    label = "remove `keys`, or use a user type with `#[derive(AuthUser)]`"
)]
pub trait HasApiKeys {}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> HasApiKeys for U {}

/// Asks for API keys. Called by generated code, in a constant.
pub const fn needs_api_keys<U: HasApiKeys>() {}

/// A user type as described by `#[derive(AuthUser)]`: types, constants and getters, no decisions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user type",
    label = "no `AuthUser` for this type",
    note = "put `#[derive(AuthUser)]` and `#[auth(table = \"…\")]` on it"
)]
pub trait AuthUser: Principal<Claims: Claims> + Clone {
    /// What sign-up takes from the request body.
    type Registration: Registration;

    /// The table, its columns and statements.
    const SCHEMA: &'static Schema;

    /// Returns whether this row holds `role`, or a role that includes it: what a rule asks, in the middle of a handler.
    /// `UserClaims` has methods with the same names, which read the token.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{AuthPermission, AuthRole, PasswordHash};
    /// #[derive(Clone, Debug, PartialEq, AuthPermission)]
    /// enum Permission { PostsRead, #[permission(includes(PostsRead))] PostsWrite }
    /// #[derive(Clone, Debug, PartialEq, AuthRole)]
    /// enum Role { Member, #[role(includes(Member), grants(Permission::PostsWrite))] Editor }
    ///
    /// # use auth::AuthUser; // the derive, and the trait with these methods
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role, default = Role::Member)] role: Role }
    /// fn toolbar(user: &User, claims: &UserClaims) -> bool {
    ///     user.holds(&Role::Member) && user.may(&Permission::PostsRead)  // by the row
    ///         || claims.holds(&Role::Member) && claims.may(&Permission::PostsRead) // by the token
    /// }
    /// # let editor = User { id: 1, email: String::new(), role: Role::Editor };
    /// # assert!(editor.holds(&Role::Member) && editor.may(&Permission::PostsRead));
    /// # let member = User { role: Role::Member, ..editor };
    /// # assert!(!member.holds(&Role::Editor) && !member.may(&Permission::PostsRead));
    /// # }
    /// ```
    fn holds<R: AuthRole>(&self, role: &R) -> bool
    where
        Self: HasRole<R>,
    {
        self.row_holds(role)
    }

    /// Returns whether this row has `permission`: itself, through one that includes it, or by a role.
    fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        Self: HasPermission<P>,
    {
        self.row_permissions().contains(permission)
    }

    /// Returns the primary key of this row.
    fn id(&self) -> &Self::Id;

    /// Returns the value of the login field at `index` of [`Schema::logins`].
    fn login(&self, index: usize) -> Option<&str>;

    /// Returns the stored password hash; `None` for an account without a password.
    fn password_hash(&self) -> Option<&str>;

    /// Returns whether the account is active; `true` for a type without an `active` field.
    fn is_active(&self) -> bool;

    /// Returns whether the e-mail address is confirmed; `None` for a type without a `verified` field.
    fn is_verified(&self) -> Option<bool> {
        self.row_verified()
    }

    /// Returns the language that mail to this user is written in, as a tag (`de`, `pt-BR`); `None` for a type without a
    /// `locale` field, or a row without a value.
    fn locale(&self) -> Option<&str> {
        None
    }

    /// Returns what tells this row from a later one with the same id; `None` for a type without a `created` field.
    fn created(&self) -> Option<RowStamp> {
        None
    }

    /// Builds the claims of a token issued now.
    fn claims(&self, token: TokenClaims) -> Self::Claims;

    /// Writes the response of `GET /me`: id, logins, roles, permissions, claim fields.
    fn profile(&self, profile: &mut Profile);

    /// Returns the names of permissions that no user of this type can have: no role grants them, and there is no
    /// `permissions` field. `build()` warns about them.
    #[must_use]
    fn ungranted_permissions() -> Vec<&'static str> {
        Vec::new()
    }

    /// Makes a new id from `uuid`, the text of a random UUID; `None` if the database generates ids.
    #[must_use]
    fn new_id(uuid: &str) -> Option<Self::Id> {
        let _ = uuid;
        None
    }
}

/// A sign-up about to be inserted into the table.
#[non_exhaustive]
pub struct NewUser<U: AuthUser> {
    /// The id, if the library generates it.
    pub id: Option<U::Id>,
    /// The hash; `None` for an account without a password.
    pub password_hash: Option<PasswordHash>,
    /// The logins (canonical) and `register` fields.
    pub registration: U::Registration,
    /// When the address was confirmed, if it was before the account is created: for the `verified` field.
    pub confirmed: Option<Timestamp>,
}

impl<U: AuthUser> NewUser<U> {
    /// Creates it from its parts.
    pub fn new(id: Option<U::Id>, password_hash: Option<PasswordHash>, registration: U::Registration) -> Self {
        Self { id, password_hash, registration, confirmed: None }
    }

    /// Sets when the address was confirmed.
    #[must_use]
    pub fn confirmed(self, at: Timestamp) -> Self {
        Self { confirmed: Some(at), ..self }
    }
}

/// Returns whether the row is the one for which something was issued, as far as its stamp tells: what was issued before
/// the user type had a `created` field has none.
pub(crate) fn is_same_row<U: AuthUser>(row: &U, stamp: Option<RowStamp>) -> bool {
    stamp.is_none() || row.created() == stamp
}
