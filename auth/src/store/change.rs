//! Changes of a row of the user table.

use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::AuthUser;

/// A change of one row of the user table, for [`Users::update`](super::Users::update).
#[derive(Clone)]
#[non_exhaustive]
pub enum Change<U: AuthUser> {
    /// Store this hash.
    PasswordHash(PasswordHash),
    /// Activate or deactivate the account; the time is for a column that records when.
    Active(bool, Timestamp),
    /// Store this login (canonical) in the login field at this index.
    Login(usize, String),
    /// Record whether the address is confirmed; the time is for a column that records when.
    Verified(bool, Timestamp),
    /// Store these roles.
    Roles(U::Roles),
    /// Store these permissions.
    Permissions(U::Permissions),
}

/// The kind of a [`Change`], for [`Users::supports`](super::Users::supports).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// [`Change::PasswordHash`].
    PasswordHash,
    /// [`Change::Active`].
    Active,
    /// [`Change::Login`].
    Login,
    /// [`Change::Verified`].
    Verified,
    /// [`Change::Roles`].
    Roles,
    /// [`Change::Permissions`].
    Permissions,
}

impl<U: AuthUser> Change<U> {
    /// Returns what is changed, without the new value.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::PasswordHash(_) => ChangeKind::PasswordHash,
            Self::Active(..) => ChangeKind::Active,
            Self::Login(..) => ChangeKind::Login,
            Self::Verified(..) => ChangeKind::Verified,
            Self::Roles(_) => ChangeKind::Roles,
            Self::Permissions(_) => ChangeKind::Permissions,
        }
    }
}

impl ChangeKind {
    /// Returns whether the user type has a column for it.
    #[cfg_attr(
        not(any(feature = "_sqlx", feature = "testing")),
        allow(dead_code, reason = "no store of ours is built")
    )]
    pub(crate) const fn has_column<U: AuthUser>(self) -> bool {
        let sql = &U::SCHEMA.sql;
        match self {
            Self::PasswordHash => sql.set_password.is_some(),
            Self::Active => sql.enable.is_some() && sql.disable.is_some(),
            Self::Login => true,
            Self::Verified => sql.set_verified.is_some() && sql.clear_verified.is_some(),
            Self::Roles => sql.set_roles.is_some(),
            Self::Permissions => sql.set_permissions.is_some(),
        }
    }
}
