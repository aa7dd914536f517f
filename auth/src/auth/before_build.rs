//! What can be asked of the settings before `build()`, which may refuse them: the tables, and what is wrong.

use std::time::Duration;

use super::AuthBuilder;
use crate::model::user::AuthUser;
use crate::store::{StoreError, TableReport};

/// How long an operator waits for the store: requests give up after `store_timeout`, so that clients get an answer.
const OPERATOR_TIMEOUT: Duration = Duration::from_secs(30);

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns the same settings for a command, which waits while requests of other processes hold the database up, and
    /// leaves mail to them: one that it began to send when it ends would be sent again.
    pub(crate) fn for_operator(mut self) -> Self {
        let timeout = &mut self.settings.store_timeout;
        // What `build()` refuses stays as it is, and is refused.
        if (Duration::from_millis(10)..OPERATOR_TIMEOUT).contains(&*timeout) {
            *timeout = OPERATOR_TIMEOUT;
        }
        self.mail.interval = Duration::ZERO;
        self
    }

    /// Returns what is wrong with the settings, one sentence each.
    pub(crate) fn check_settings(&mut self) -> Vec<String> {
        let given = self.problems.clone();
        let problems = self.wrong_settings();
        self.problems = given;
        problems
    }

    /// Returns what [`Auth::check_schema`](super::Auth::check_schema) does.
    pub(crate) async fn check_tables(&self) -> Result<TableReport, StoreError> {
        let mut report = self.stores.users.problems().await?;
        report.schema.extend(self.stores.records.problems().await?);
        Ok(report)
    }

    /// Creates the library's own tables, or brings them up to date.
    pub(crate) async fn create_tables(&self) -> Result<(), StoreError> {
        self.stores.records.prepare().await
    }

    /// Returns the statements that do so.
    pub(crate) async fn migrations(&self) -> Result<Option<String>, StoreError> {
        self.stores.records.migrations().await
    }
}
