//! Ends everything that was ever issued to users of this type.

use super::Sessions;
use crate::client_info::ClientInfo;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::user::AuthUser;

impl<U: AuthUser> Sessions<U> {
    /// Ends every session and every token of this user type.
    pub(crate) async fn end_everything(&self) -> Result<(), AuthError> {
        self.feed.raise_floor().await?;
        self.reporter.report(&ClientInfo::default(), EventKind::EverythingEnded);
        Ok(())
    }
}
