//! What `build()` looks at, later on.

use super::Auth;
use crate::error::AuthError;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Compares the user type with the table as it is now, as `build()` does: columns that are missing, of the wrong
    /// type, or NULL where they must not be, logins without a unique index or not in canonical form, and what is wrong
    /// with our own table. One sentence each, with the statement that would set it right; none if all is well.
    ///
    /// For a health page, or for a deployment that migrates while the application runs. It reads the catalogue, and
    /// looks through the logins: not for every request.
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
