//! Repeats the checks of `build()` at run time.

use super::Auth;
use crate::error::AuthError;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Compares the user type with the current table, like `build()` does, and returns one sentence per problem with
    /// the statement that fixes it. Empty if all is well. It finds:
    ///
    /// - columns that are missing, of the wrong type, too short, nullable when they must not be, or without the default
    ///   that sign-up needs;
    /// - an id that is not generated anywhere;
    /// - logins without a unique index or not in canonical form;
    /// - missing privileges of the database user, if the database can be asked;
    /// - problems with the library's own table.
    ///
    /// Meant for a health page, or for deployments that migrate while the application runs, not for every request: it
    /// reads the catalog, and scans all rows once per login field (and once more if columns are nullable that should
    /// not be). Two million rows take one or two seconds. After five seconds the scan gives up, logs a warning under
    /// `auth::build`, and reports what it has found so far.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser};
    /// async fn ready<U: AuthUser>(auth: &Auth<U>) -> Result<(), String> {
    ///     let problems = auth.check_schema().await.map_err(|error| error.to_string())?;
    ///     if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn check_schema(&self) -> Result<Vec<String>, AuthError> {
        let inner = self.inner();
        let mut problems = inner.users.problems().await?;
        problems.extend(inner.records.problems().await?);
        Ok(problems)
    }
}
