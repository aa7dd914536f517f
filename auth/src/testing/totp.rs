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
    /// ```
    /// # #[cfg(all(feature = "macros", feature = "password"))] {
    /// # use auth::{AuthUser, PasswordHash, testing::{TestApp, TestClient}};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// # async fn demo(app: TestApp<User>, ada: TestClient<User>) {
    /// let begun: serde_json::Value = ada.post("/auth/factors/totp").await.expect_status(200).json();
    /// let code = app.totp_code(begun["secret"].as_str().unwrap());
    /// let confirm = serde_json::json!({ "code": code });
    /// ada.post("/auth/factors/totp/confirm").json(&confirm).await.expect_status(200);
    /// # } }
    /// ```
    ///
    /// # Panics
    /// If that is no secret.
    #[must_use]
    pub fn totp_code(&self, secret: &str) -> String {
        totp_code(secret, self.auth().now())
    }
}
