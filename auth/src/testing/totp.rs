//! The authenticator app of a test user.

use super::{TestApp, fail};
use crate::base::clock::Timestamp;
use crate::model::user::AuthUser;

/// Returns the code that an authenticator app shows at this time, whose secret is what `POST /factors/totp` returned.
/// [`TestApp::totp_code`] knows the time.
///
/// # Panics
/// If that is no secret.
#[must_use]
pub fn totp_code(secret: &str, at: Timestamp) -> String {
    match crate::factors::totp_code(secret, at) {
        Some(code) => code,
        None => fail(format_args!("`{secret}` is not the secret of an authenticator app")),
    }
}

impl<U: AuthUser> TestApp<U> {
    /// Returns the code that an authenticator app shows now, whose secret is what `POST /factors/totp` returned.
    ///
    /// The guide has a whole test: [second factors](crate::guide::factors#in-tests).
    ///
    /// # Panics
    /// If that is no secret.
    #[must_use]
    pub fn totp_code(&self, secret: &str) -> String {
        totp_code(secret, self.auth().now())
    }
}
