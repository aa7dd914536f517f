//! Repeats the checks of `build()` at run time.

use super::Auth;
use crate::base::error::AuthError;
use crate::model::user::{AuthUser, NewUser};
use crate::model::uuid_v7::uuid_v7;
use crate::store::TableReport;

impl<U: AuthUser> Auth<U> {
    /// Compares the user type with the current table, like `build()` does, and changes nothing. It returns one sentence
    /// per finding, with the statement that helps, in three lists:
    ///
    /// - [`schema`](TableReport::schema), what `build()` refuses: columns that are missing, of the wrong type, too
    ///   short, or without the default that sign-up needs; an id that is not generated anywhere; logins without a unique
    ///   index; constraints, enums and domains that refuse what the library writes; row-level security and missing
    ///   privileges; a database that takes no writes; problems with the library's own table;
    /// - [`rows`](TableReport::rows): NULL where a field is no `Option`, logins that are not in canonical form (which it
    ///   remembers, so that nobody else signs up with them), unknown roles and permissions, hashes and claims that cannot
    ///   be read;
    /// - [`notes`](TableReport::notes): what may be meant, or depends on values that only the application knows, such as
    ///   triggers and policies. [`try_sign_up`](Self::try_sign_up) judges those.
    ///
    /// Meant for a health page, or for deployments that migrate while the application runs, not for every request: it
    /// reads the catalog, and scans all rows once per login field (and once more if columns are nullable that should
    /// not be). Two million rows take one or two seconds. After five seconds the scan gives up, logs a warning under
    /// `auth::build`, and reports what it has found so far.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser};
    /// async fn ready<U: AuthUser>(auth: &Auth<U>) -> Result<(), String> {
    ///     let report = auth.check_schema().await.map_err(|error| error.to_string())?;
    ///     if report.is_ready() { Ok(()) } else { Err(report.schema.join("\n")) }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn check_schema(&self) -> Result<TableReport, AuthError> {
        let inner = &*self.inner;
        let mut report = inner.context.users.problems().await?;
        report.schema.extend(inner.context.records.problems().await?);
        Ok(report)
    }

    /// Signs somebody up in the real table, with the values of `sample`, a login that nobody has and a hash that no
    /// password has, reads the row back as a login does, and rolls everything back. Returns what went wrong, one
    /// sentence each; empty if it worked.
    ///
    /// It sees what [`check_schema`](Self::check_schema) cannot judge from outside: triggers, policies, foreign keys and
    /// deferred constraints, with values that the application knows to be good. Meant for a test or a step of a
    /// deployment; give up after two seconds is part of it.
    ///
    /// Its effects: an id may be used up (PostgreSQL and MySQL do not give numbers back), and triggers run. What they do
    /// outside the transaction (another connection, a file, a table without transactions) stays. A sign-up of the same
    /// moment may wait for it. On a table without transactions it refuses to run.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser};
    /// async fn smoke<U: AuthUser>(auth: &Auth<U>, sample: U::Registration) -> Result<(), String> {
    ///     let wrong = auth.try_sign_up(sample).await.map_err(|error| error.to_string())?;
    ///     if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed or took too long, [`AuthError::Internal`] if the store cannot take
    /// a sign-up back.
    pub async fn try_sign_up(&self, sample: U::Registration) -> Result<Vec<String>, AuthError> {
        let inner = &*self.inner;
        let id = U::new_id(&uuid_v7(&*inner.context.random, self.now())?);
        Ok(inner.context.users.try_create(NewUser::new(id, None, sample)).await?)
    }
}
