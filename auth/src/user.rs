//! What the library knows of a user: the traits that `#[derive(AuthUser)]` implements.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use serde::Serialize;

use crate::claims::{Claims, TokenClaims};
use crate::fields::Fields;
use crate::permission::{HeldPermissions, HeldRoles};
use crate::profile::Profile;
use crate::schema::Schema;

/// [`AuthUser`] without its associated types, for the bounds of generated code: the compiler offers those of a bound for
/// names that are not there.
pub trait IsUser: AuthUser {}

impl<U: AuthUser> IsUser for U {}

/// The type of a primary key: `i32`, `i64`, `String`, `Uuid`, or a newtype of one.
///
/// A token carries it as text (`sub` is a string, RFC 7519 §4.1.2), hence `Display` and `FromStr`;
/// `GET /me` answers it as JSON, hence `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a user",
    label = "this type is the `#[auth(id)]` field",
    note = "an id needs `Clone + Eq + Hash + Debug + Display + FromStr + serde::Serialize + Send + Sync`: a newtype must have them all"
)]
pub trait UserId: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T> UserId for T where T: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}

/// A user type, as `#[derive(AuthUser)]` describes it: types, constants and getters, nothing that decides.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user type",
    label = "no `AuthUser` for this type",
    note = "put `#[derive(AuthUser)]` and `#[auth(table = \"…\")]` on it"
)]
pub trait AuthUser: Clone + Send + Sync + Sized + 'static {
    /// The primary key.
    type Id: UserId;
    /// What an access token says about a user.
    type Claims: Claims;
    /// What sign-up takes from the body.
    type Registration: Registration;
    /// The role enum, [`Roles`](crate::Roles) of it, or [`NoRoles`](crate::NoRoles).
    type Roles: HeldRoles;
    /// The permissions each user has beside those of the roles: [`Permissions`](crate::Permissions), or
    /// [`NoPermissions`](crate::NoPermissions) for a type without such a field.
    type Permissions: HeldPermissions;

    /// Table, columns and statements.
    const SCHEMA: &'static Schema;

    /// The primary key of this row.
    fn id(&self) -> &Self::Id;

    /// The value of the login field at `index` of [`Schema::logins`].
    fn login(&self, index: usize) -> Option<&str>;

    /// The stored password hash; `None` for an account without a password.
    fn password_hash(&self) -> Option<&str>;

    /// Whether the account is switched on; `true` for a type without an `active` field.
    fn is_active(&self) -> bool;

    /// Whether the e-mail address is confirmed; `None` for a type without a `verified` field.
    fn is_verified(&self) -> Option<bool>;

    /// What a token issued now says about this user.
    fn claims(&self, token: TokenClaims) -> Self::Claims;

    /// The id that `claims` are about.
    fn subject(claims: &Self::Claims) -> &Self::Id;

    /// Writes what `GET /me` answers: id, logins, roles, permissions, claim fields.
    fn profile(&self, profile: &mut Profile);

    /// The names of permissions that no user of this type can have: no role grants them, and there is no `permissions`
    /// field. `build()` warns of them.
    #[must_use]
    fn ungranted_permissions() -> Vec<&'static str> {
        Vec::new()
    }

    /// A fresh id made of `uuid`, the text of a random UUID; `None` where the database makes ids.
    #[must_use]
    fn new_id(uuid: &str) -> Option<Self::Id> {
        let _ = uuid;
        None
    }
}

/// What sign-up takes from the body, apart from the password: the logins and the `register` fields.
pub trait Registration: Clone + Send + Sync + 'static {
    /// Reads the fields; what is missing or wrong is noted in `fields`, all of it, and the answer is `None`.
    fn from_fields(fields: &mut Fields) -> Option<Self>;

    /// The login at `index` of [`Schema::logins`].
    fn login(&self, index: usize) -> Option<&str>;

    /// The same, to be brought into canonical form.
    fn login_mut(&mut self, index: usize) -> Option<&mut String>;
}

/// What a field under `#[auth(password_hash)]` may be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a password hash",
    label = "this type is the `#[auth(password_hash)]` field",
    note = "use `auth::PasswordHash`, or `Option<auth::PasswordHash>` for accounts without a password"
)]
pub trait HoldsHash {
    /// The hash as text.
    fn hash_text(&self) -> Option<&str>;
}

impl HoldsHash for crate::PasswordHash {
    fn hash_text(&self) -> Option<&str> {
        Some(self.expose())
    }
}

impl HoldsHash for String {
    fn hash_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: HoldsHash> HoldsHash for Option<T> {
    fn hash_text(&self) -> Option<&str> {
        self.as_ref().and_then(HoldsHash::hash_text)
    }
}

/// A sign-up on its way into the table.
#[non_exhaustive]
pub struct NewUser<U: AuthUser> {
    /// The id, where the library makes it.
    pub id: Option<U::Id>,
    /// The hash; `None` for an account without a password.
    pub password_hash: Option<crate::PasswordHash>,
    /// Logins (canonical) and `register` fields.
    pub registration: U::Registration,
}

impl<U: AuthUser> NewUser<U> {
    /// Puts the parts together.
    pub fn new(id: Option<U::Id>, password_hash: Option<crate::PasswordHash>, registration: U::Registration) -> Self {
        Self { id, password_hash, registration }
    }
}
