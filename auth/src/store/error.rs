//! Errors of stores.

use crate::base::error::{AuthError, Error};

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// An error of a store. It is opaque: inspect it with its methods.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    what: &'static str,
    kind: Kind,
    source: Option<Source>,
}

#[derive(Debug)]
enum Kind {
    Unavailable,
    Taken(usize),
    Corrupt,
    Refused,
    Referenced,
    Denied,
    Rejected(Option<String>),
    TakenValue(String),
    ByHook(Box<AuthError>),
    Unsupported,
}

impl StoreError {
    /// The store cannot be reached or is refusing requests; retrying later may succeed.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self { what: "the store is unavailable", kind: Kind::Unavailable, source: Some(source.into()) }
    }

    /// The login at `index` is in use.
    #[must_use]
    pub const fn taken(index: usize) -> Self {
        Self { what: "the login is taken", kind: Kind::Taken(index), source: None }
    }

    /// A stored value is invalid.
    pub fn corrupt(source: impl Into<Source>) -> Self {
        Self { what: "a stored value cannot be read", kind: Kind::Corrupt, source: Some(source.into()) }
    }

    /// The store will never accept this value: it violates a constraint of the table that is not about a login, or it
    /// cannot be bound.
    pub fn refused(source: impl Into<Source>) -> Self {
        Self { what: "the store refused the value", kind: Kind::Refused, source: Some(source.into()) }
    }

    /// The store does not allow us to do this, now or later: a missing privilege, a policy.
    pub fn denied(source: impl Into<Source>) -> Self {
        Self { what: "the store does not allow this", kind: Kind::Denied, source: Some(source.into()) }
    }

    /// A row cannot be deleted because others refer to it.
    pub fn referenced(source: impl Into<Source>) -> Self {
        Self { what: "other rows refer to the row", kind: Kind::Referenced, source: Some(source.into()) }
    }

    /// The table rejects a new row because of a value that the person signing up chose, such as one that is too long or
    /// violates a constraint. The column, if known, is named in the response; `source` is only logged.
    pub fn rejected(column: Option<&str>, source: impl Into<Source>) -> Self {
        let kind = Kind::Rejected(column.map(str::to_owned));
        Self { what: "the store refused a value of the new row", kind, source: Some(source.into()) }
    }

    /// Another row has the value that the person signing up chose for this column, which is no login: a unique name, a
    /// number of a customer. The response says that it is taken; `source` is only logged.
    pub fn taken_value(column: &str, source: impl Into<Source>) -> Self {
        let kind = Kind::TakenValue(column.to_owned());
        Self { what: "the value of a unique column is taken", kind, source: Some(source.into()) }
    }

    /// A hook of the application refuses what was to be stored: this is what it says.
    #[cfg_attr(not(feature = "_sqlx"), allow(dead_code, reason = "only databases have such hooks"))]
    pub(crate) fn by_hook(error: AuthError) -> Self {
        Self { what: "a hook refuses this", kind: Kind::ByHook(Box::new(error)), source: None }
    }

    /// The user type has no column for this operation.
    #[must_use]
    pub const fn unsupported(what: &'static str) -> Self {
        Self { what, kind: Kind::Unsupported, source: None }
    }

    /// Returns the index of the login that is in use, if that is the reason.
    #[must_use]
    pub const fn taken_login(&self) -> Option<usize> {
        match self.kind {
            Kind::Taken(index) => Some(index),
            _ => None,
        }
    }

    /// Returns the column whose value another row has, if that is the reason.
    #[must_use]
    pub fn taken_column(&self) -> Option<&str> {
        match &self.kind {
            Kind::TakenValue(column) => Some(column),
            _ => None,
        }
    }

    /// Returns `Some` if a value of the new row was the reason, with the name of its column, if known.
    #[must_use]
    pub fn rejected_column(&self) -> Option<Option<&str>> {
        match &self.kind {
            Kind::Rejected(column) => Some(column.as_deref()),
            _ => None,
        }
    }

    /// Returns whether the store will never accept the value or the change.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self.kind, Kind::Refused)
    }

    /// Returns whether the row cannot be deleted because others refer to it.
    #[must_use]
    pub const fn is_referenced(&self) -> bool {
        matches!(self.kind, Kind::Referenced)
    }

    /// Returns whether a stored value cannot be read.
    #[must_use]
    pub const fn is_corrupt(&self) -> bool {
        matches!(self.kind, Kind::Corrupt)
    }

    /// Returns whether retrying later may help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self.kind, Kind::Unavailable)
    }
}

/// A failing store becomes a 503 or a 500, never an accidental yes or no.
impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        match error.kind {
            Kind::Unavailable | Kind::Taken(_) => Self::unavailable(error),
            Kind::Referenced => Self::StillReferenced(Box::new(error)),
            Kind::ByHook(own) => *own,
            Kind::Corrupt
            | Kind::Refused
            | Kind::Denied
            | Kind::Rejected(_)
            | Kind::TakenValue(_)
            | Kind::Unsupported => Self::internal(error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}
