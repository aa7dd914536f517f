//! Ends everything that was ever issued to users of this type.

use super::Sessions;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;

impl<U: AuthUser> Sessions<U> {
    /// Ends every session and every token of this user type.
    pub(crate) async fn end_everything(&self) -> Result<(), AuthError> {
        self.feed.raise_floor().await?;
        self.reporter.report(&ClientInfo::default(), EventKind::EverythingEnded);
        Ok(())
    }
}
