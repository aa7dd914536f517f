//! Factors of test users.

use std::time::Duration;

use super::{SoftwareAuthenticator, TestApp, TestClient, fail, totp_code};
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::passkeys::Purpose;

/// How long a code is shown, in an authenticator app.
const STEP: Duration = Duration::from_secs(30);

/// A phone with an authenticator app, for [`TestClient::with_factor`].
#[derive(Clone, Default)]
pub struct AuthenticatorApp {
    secret: String,
    recovery_codes: Vec<String>,
}

impl AuthenticatorApp {
    /// Creates one that is not set up.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns its secret, for [`TestApp::totp_code`]; empty before it is set up.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Returns the recovery codes that were shown when it was set up.
    #[must_use]
    pub fn recovery_codes(&self) -> &[String] {
        &self.recovery_codes
    }
}

/// Without the secrets.
impl std::fmt::Debug for AuthenticatorApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (is_set_up, codes) = (!self.secret.is_empty(), self.recovery_codes.len());
        f.debug_struct("AuthenticatorApp")
            .field("is_set_up", &is_set_up)
            .field("recovery_codes", &codes)
            .finish_non_exhaustive()
    }
}

/// A factor that a test user gets by [`TestClient::with_factor`].
#[derive(Debug)]
#[non_exhaustive]
pub enum TestFactor<'a> {
    /// An authenticator app, with recovery codes.
    Totp(&'a mut AuthenticatorApp),
    /// A passkey.
    Passkey(&'a mut SoftwareAuthenticator),
}

impl<'a> From<&'a mut AuthenticatorApp> for TestFactor<'a> {
    fn from(app: &'a mut AuthenticatorApp) -> Self {
        Self::Totp(app)
    }
}

impl<'a> From<&'a mut SoftwareAuthenticator> for TestFactor<'a> {
    fn from(device: &'a mut SoftwareAuthenticator) -> Self {
        Self::Passkey(device)
    }
}

impl<U: AuthUser> TestApp<U> {
    /// Returns an authenticator for passkeys, with a browser that shows the pages of this application: those of
    /// [`base_url`](crate::AuthBuilder::base_url), or of the first [`origin`](crate::PasskeySettings::origin).
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{AuthUser, PasswordHash, testing::TestApp};
    /// # use serde_json::{Value, json};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// # async fn demo(app: TestApp<User>, ada: User) {
    /// let mut device = app.passkey();
    /// let ada = app.as_user(&ada).with_factor(&mut device).await;
    ///
    /// let options: Value = app.anonymous().post("/auth/sign-in/passkey/options").await.expect_status(200).json();
    /// let shown = json!({ "credential": device.get(&options) });
    /// app.anonymous().post("/auth/sign-in/passkey").json(&shown).await.expect_status(200);
    /// # let _ = ada; } }
    /// ```
    ///
    /// # Panics
    /// If [`passkeys`](crate::AuthBuilder::passkeys) are off.
    #[must_use]
    pub fn passkey(&self) -> SoftwareAuthenticator {
        let passkeys = self.auth().account_service().sign_in.passkeys();
        match passkeys.ok().and_then(|passkeys| passkeys.party().first_origin()) {
            Some(origin) => SoftwareAuthenticator::at(origin),
            None => fail(format_args!("passkeys are off: call `.passkeys(PasskeySettings::new(…))` on the builder")),
        }
    }
}

/// For benchmarks.
#[doc(hidden)]
impl<U: AuthUser> TestApp<U> {
    /// Adds a passkey, and returns what the device answered.
    pub async fn add_passkey(&self, user: &U, device: &mut SoftwareAuthenticator) -> serde_json::Value {
        let mut made = serde_json::Value::Null;
        let create = |options: &serde_json::Value| {
            made = device.create(options);
            made.clone()
        };
        if let Err(error) = self.auth().account_service().add_test_passkey(user, create).await {
            fail(format_args!("{error:?}"))
        }
        made
    }

    /// Whether an answer to the options of a sign-in is right. No session begins.
    pub async fn is_right_passkey(&self, answer: &serde_json::Value) -> bool {
        match self.auth().account_service().sign_in.passkeys() {
            Ok(passkeys) => passkeys.authenticate(Purpose::SignIn, None, answer).await.is_ok(),
            Err(error) => fail(format_args!("{error:?}")),
        }
    }
}

impl<U: AuthUser> TestClient<U> {
    /// Adds a factor to the account, and to the login of this client: `&mut AuthenticatorApp::new()`, or
    /// `&mut app.passkey()`. Nobody is asked whether they may; nothing is mailed, and no session ends.
    ///
    /// Afterwards the account is asked for the factor at sign-in, and its codes and passkeys are right. For a client who
    /// only has to look like it, [`with_mfa`](Self::with_mfa) or [`with_passkey`](Self::with_passkey) is enough.
    ///
    /// # Panics
    /// If nobody is signed in, the factor is off, or the account has an authenticator app already.
    #[must_use]
    pub async fn with_factor(self, factor: impl Into<TestFactor<'_>> + Send) -> Self {
        let Some(user) = self.user().cloned() else {
            fail(format_args!("nobody is signed in: begin with `app.as_user(&user)`"))
        };
        let factor = factor.into();
        let is_passkey = matches!(factor, TestFactor::Passkey(_));
        if let Err(error) = add(self.auth(), &user, factor).await {
            fail(format_args!("the account cannot have this factor: {error:?}"))
        }
        if is_passkey { self.with_passkey() } else { self.with_mfa() }
    }
}

async fn add<U: AuthUser>(auth: &Auth<U>, user: &U, factor: TestFactor<'_>) -> Result<(), AuthError> {
    let accounts = auth.account_service();
    match factor {
        TestFactor::Passkey(device) => accounts.add_test_passkey(user, |options| device.create(options)).await,
        TestFactor::Totp(app) => {
            if !accounts.has_factors() {
                fail(format_args!("authenticator apps are off: call `.totp(\"Name of your service\")` on the builder"))
            }
            // With the code before, so that the present one is not used up.
            let before = auth.now().minus(STEP);
            let Some((secret, codes)) = accounts.add_test_totp(user, |secret| totp_code(secret, before)).await? else {
                fail(format_args!("the account has an authenticator app already"))
            };
            *app = AuthenticatorApp { secret, recovery_codes: codes };
            Ok(())
        }
    }
}
