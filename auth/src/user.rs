//! What the library knows about users: the traits that `#[derive(AuthUser)]` implements.

use std::any::Any;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use serde::Serialize;

use crate::claims::{Claims, RowStamp, TokenClaims};
use crate::fields::Fields;
use crate::permission::{HeldPermissions, HeldRoles};
use crate::profile::Profile;
use crate::schema::Schema;

/// [`AuthUser`] without its associated types, for bounds in generated code: given an unknown name, the compiler would
/// suggest the associated types of a bound.
pub trait IsUser: AuthUser {}

impl<U: AuthUser> IsUser for U {}

/// The type of a primary key: `i32`, `i64`, `String`, `Uuid`, or a newtype of one.
///
/// Tokens carry it as text (`sub` is a string, RFC 7519 §4.1.2), hence `Display` and `FromStr`; `GET /me` returns it as
/// JSON, hence `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a user",
    label = "this type is the `#[auth(id)]` field",
    note = "an id needs `Clone + Eq + Hash + Debug + Display + FromStr + serde::Serialize + Send + Sync`: a newtype must have them all"
)]
pub trait UserId: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T> UserId for T where T: Clone + Eq + Hash + Debug + Display + FromStr + Serialize + Send + Sync + 'static {}

/// A user type as described by `#[derive(AuthUser)]`: types, constants and getters, no decisions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user type",
    label = "no `AuthUser` for this type",
    note = "put `#[derive(AuthUser)]` and `#[auth(table = \"…\")]` on it"
)]
pub trait AuthUser: Clone + Send + Sync + Sized + 'static {
    /// The primary key.
    type Id: UserId;
    /// The claims of the user's access tokens.
    type Claims: Claims;
    /// What sign-up takes from the request body.
    type Registration: Registration;
    /// The role enum, [`Roles`](crate::Roles) of it, or [`NoRoles`](crate::NoRoles).
    type Roles: HeldRoles;
    /// The permissions each user has in addition to those of the roles: [`Permissions`](crate::Permissions), or
    /// [`NoPermissions`](crate::NoPermissions) for a type without such a field.
    type Permissions: HeldPermissions;

    /// The table, its columns and statements.
    const SCHEMA: &'static Schema;

    /// Returns the primary key of this row.
    fn id(&self) -> &Self::Id;

    /// Returns the value of the login field at `index` of [`Schema::logins`].
    fn login(&self, index: usize) -> Option<&str>;

    /// Returns the stored password hash; `None` for an account without a password.
    fn password_hash(&self) -> Option<&str>;

    /// Returns whether the account is active; `true` for a type without an `active` field.
    fn is_active(&self) -> bool;

    /// Returns whether the e-mail address is confirmed; `None` for a type without a `verified` field.
    fn is_verified(&self) -> Option<bool>;

    /// Returns what tells this row from a later one with the same id; `None` for a type without a `created` field.
    fn created(&self) -> Option<RowStamp> {
        None
    }

    /// Builds the claims of a token issued now.
    fn claims(&self, token: TokenClaims) -> Self::Claims;

    /// Returns the id of the user that `claims` are about.
    fn subject(claims: &Self::Claims) -> &Self::Id;

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

/// What sign-up takes from the request body, apart from the password: the logins and the `register` fields.
pub trait Registration: Clone + Send + Sync + 'static {
    /// Reads the fields. Everything missing or wrong is recorded in `fields`, and the result is then `None`.
    fn from_fields(fields: &mut Fields) -> Option<Self>;

    /// Returns the login at `index` of [`Schema::logins`].
    fn login(&self, index: usize) -> Option<&str>;

    /// Returns the same login, to be brought into canonical form.
    fn login_mut(&mut self, index: usize) -> Option<&mut String>;
}

/// A type that a field under `#[auth(password_hash)]` may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a password hash",
    label = "this type is the `#[auth(password_hash)]` field",
    note = "use `auth::PasswordHash`, or `Option<auth::PasswordHash>` for accounts without a password"
)]
pub trait HoldsHash {
    /// Whether no implementation of this type shows the hash, neither `Debug` nor `Serialize`. A user type that is
    /// either does not compile unless the type of its hash says so.
    const REDACTED: bool = false;

    /// Returns the hash as text.
    fn hash_text(&self) -> Option<&str>;
}

impl HoldsHash for crate::PasswordHash {
    const REDACTED: bool = true;

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
    const REDACTED: bool = T::REDACTED;

    fn hash_text(&self) -> Option<&str> {
        self.as_ref().and_then(HoldsHash::hash_text)
    }
}

/// A type that a field under `#[auth(verified)]` may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the address is confirmed",
    label = "this type is the `#[auth(verified)]` field",
    note = "use a `bool`, or an `Option` of the time when it was confirmed"
)]
pub trait Flag {
    /// Returns whether it is set.
    fn is_set(&self) -> bool;
}

impl Flag for bool {
    fn is_set(&self) -> bool {
        *self
    }
}

/// A time that is there. A nullable flag or number is set as it would be without the `Option`: tables that were made by
/// other frameworks have `BOOLEAN NULL` and `TINYINT NULL`, where zero is no.
impl<T: 'static> Flag for Option<T> {
    fn is_set(&self) -> bool {
        fn is_no<T: Any + Default + PartialEq>(value: &dyn Any) -> bool {
            value.downcast_ref::<T>().is_some_and(|value| *value == T::default())
        }
        let no = [is_no::<bool>, is_no::<i8>, is_no::<i16>, is_no::<i32>, is_no::<i64>];
        let unsigned = [is_no::<u8>, is_no::<u16>, is_no::<u32>, is_no::<u64>];
        self.as_ref().is_some_and(|value| !no.iter().chain(&unsigned).any(|is_no| is_no(value)))
    }
}

/// A sign-up about to be inserted into the table.
#[non_exhaustive]
pub struct NewUser<U: AuthUser> {
    /// The id, if the library generates it.
    pub id: Option<U::Id>,
    /// The hash; `None` for an account without a password.
    pub password_hash: Option<crate::PasswordHash>,
    /// The logins (canonical) and `register` fields.
    pub registration: U::Registration,
}

impl<U: AuthUser> NewUser<U> {
    /// Creates it from its parts.
    pub fn new(id: Option<U::Id>, password_hash: Option<crate::PasswordHash>, registration: U::Registration) -> Self {
        Self { id, password_hash, registration }
    }
}

/// Returns whether the row is the one for which something was issued, as far as its stamp tells: what was issued before
/// the user type had a `created` field has none.
pub(crate) fn is_same_row<U: AuthUser>(row: &U, stamp: Option<RowStamp>) -> bool {
    stamp.is_none() || row.created() == stamp
}
