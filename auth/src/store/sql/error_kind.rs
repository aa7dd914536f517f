use sqlx::error::ErrorKind;

/// What a database error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlErrorKind {
    /// A unique key was violated.
    Conflict,
    /// The table will never accept the value.
    Refused,
    /// Our role may not do this: a missing privilege, or a policy for row-level security.
    Denied,
    /// The statement was aborted in favour of another one and may be retried.
    Retryable,
    /// The table has changed since the statement was prepared; it may be retried after preparing it again.
    Stale,
    /// The server has closed the connection, or only allows reads on it.
    Lost,
    /// The connection is not the one on which the statement was prepared: there is a pooler in between.
    Pooler,
    /// The column cannot represent the text that was searched for.
    Unrepresentable,
    /// Anything else: the database is unavailable.
    Other,
}

impl SqlErrorKind {
    /// Classifies by the kinds that sqlx knows for every database.
    pub(super) fn of_kind(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::UniqueViolation => Self::Conflict,
            ErrorKind::Other => Self::Other,
            _ => Self::Refused,
        }
    }
}
