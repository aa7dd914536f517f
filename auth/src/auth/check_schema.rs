//! What `build()` looks at, later on.

use super::Auth;
use crate::error::AuthError;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Compares the user type with the table as it is now, as `build()` does: columns that are missing, of the wrong type,
    /// too short, NULL where they must not be, or without the default that sign-up needs; an id that nobody makes; logins
    /// without a unique index or not in canonical form; rights that the user of the database lacks, where the database
    /// can be asked; and what is wrong with our own table. One sentence each, with the statement that would set it right;
    /// none if all is well.
    ///
    /// For a health page, or for a deployment that migrates while the application runs. It reads the catalogue, and the
    /// rows from one end to the other, once for each login (and once more if columns may be NULL that should not be): not
    /// for every request. Two million rows take one or two seconds; after five it gives up on rows, with a warning in the
    /// log under `auth::build`, and says what it has seen.
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
