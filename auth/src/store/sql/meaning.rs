use sqlx::error::ErrorKind;

/// The meaning of a database error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A unique key was violated.
    Conflict,
    /// The table will never accept the value.
    Refused,
    /// Our role may not do this: a missing privilege, or a policy for row-level security.
    Denied,
    /// The statement was aborted in favour of another one and may be retried.
    Again,
    /// The table has changed since the statement was prepared; it may be retried after preparing it again.
    Stale,
    /// The server has closed the connection, or only allows reads on it.
    Lost,
    /// The connection is not the one on which the statement was prepared: there is a pooler in between.
    Pooler,
    /// The column cannot represent the text that was searched for.
    Foreign,
    /// Anything else: the database is unavailable.
    Other,
}

impl Meaning {
    /// Classifies by the kinds that sqlx knows for every database.
    pub(super) fn of_kind(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::UniqueViolation => Self::Conflict,
            ErrorKind::Other => Self::Other,
            _ => Self::Refused,
        }
    }
}
