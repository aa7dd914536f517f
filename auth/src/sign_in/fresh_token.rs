//! What reauthentication returns.

use std::fmt;
use std::time::Duration;

use crate::model::claims::SessionId;

/// The result of reauthentication: an access token with a new `auth_time`. `Debug` does not print the token.
#[derive(Clone)]
#[non_exhaustive]
pub struct FreshToken {
    /// The access token, for `Authorization: Bearer …`.
    pub access_token: String,
    /// The lifetime of the access token.
    pub expires_in: Duration,
    /// The session it belongs to, which made the request.
    pub session: SessionId,
}

impl fmt::Debug for FreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreshToken")
            .field("session", &self.session)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
