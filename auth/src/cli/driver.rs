//! Errors of the database driver that an application's own function returns as they are.

use std::error::Error;

/// Returns whether the database could not be reached, or did not answer.
pub(super) fn is_driver_error(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref() {
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| NO_CONNECTION.contains(&&*code)),
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Protocol(_),
        ) => true,
        _ => false,
    }
}

/// A file that cannot be opened; no such database, no such user, too many of them, a server that is starting. Other
/// errors of a database are about a statement.
const NO_CONNECTION: [&str; 7] = ["14", "08004", "28000", "28P01", "3D000", "53300", "57P03"];
