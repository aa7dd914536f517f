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

/// Whether a state (SQLSTATE) says that the table never accepts the row. Triggers and functions refuse in many ways: by a
/// state of their own, by one of the standard for what went wrong in them, or by a slip, such as a query with two rows.
/// Trying again helps with none of them. `of_server` are the classes in which the server itself reports other things.
pub(super) fn refuses_row(state: &str, of_server: &[&str]) -> bool {
    /// Triggered action exception, case not found, cardinality violation, data exception, triggered data change violation,
    /// SQL routine exception, external routines (two), WITH CHECK OPTION violation, "unhandled user-defined exception".
    const ABOUT_ROWS: [&str; 10] = ["09", "20", "21", "22", "27", "2F", "38", "39", "44", "45"];
    state.get(..2).is_some_and(|class| ABOUT_ROWS.contains(&class) || !of_server.contains(&class))
}

#[cfg(test)]
mod tests {
    use super::refuses_row;

    #[test]
    fn states_of_triggers_are_told_from_the_servers() {
        let of_server = ["08", "40", "XX"];
        for refused in ["45000", "45001", "22012", "21000", "20000", "44000", "UE001", "PT409"] {
            assert!(refuses_row(refused, &of_server), "{refused}");
        }
        for other in ["", "4", "08006", "40001", "XX000"] {
            assert!(!refuses_row(other, &of_server), "{other}");
        }
    }
}
