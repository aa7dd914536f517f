//! What can be asked of the settings before `build()`, which may refuse them: the tables, and what is wrong.

use super::AuthBuilder;
use crate::model::user::AuthUser;
use crate::store::{StoreError, TableReport};

impl<U: AuthUser> AuthBuilder<U> {
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
