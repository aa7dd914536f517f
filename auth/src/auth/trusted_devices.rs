//! Trusted devices, by the handle.

use std::time::Duration;

use super::{Auth, AuthBuilder};
use crate::account::TrustedDevice;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;

/// How long a device may be trusted at most (STEP-07).
const LONGEST: Duration = Duration::from_hours(24 * 30);

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets people trust a device for this long, 30 days at most: off by default. Whoever has taken the second step of a
    /// sign-in with `trust_device` is not asked for it there again, after the password.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser};
    /// # use std::time::Duration;
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    /// builder.totp("Example Shop").trusted_devices(Duration::from_hours(24 * 30))
    /// # }
    /// ```
    ///
    /// It is no factor: a session that begins so has no `mfa` in `amr`, meets no [`Fresh`](crate::Fresh) rule before its
    /// user reauthenticates with everything, and whoever must have a second factor (`#[auth(mfa(…))]`) is asked for it all
    /// the same. The page of the guide about factors has the rest.
    ///
    /// `build()` refuses zero, more than 30 days, and devices without [`totp`](Self::totp).
    pub fn trusted_devices(mut self, life: Duration) -> Self {
        self.factors.trusted_devices = Some(life);
        self
    }

    /// Returns what is wrong with what people may have beside a password.
    pub(super) fn factor_problems(&self) -> Vec<String> {
        self.passkey_problems().into_iter().chain(self.trusted_device_problems()).collect()
    }

    fn trusted_device_problems(&self) -> Vec<String> {
        let Some(life) = self.factors.trusted_devices else { return Vec::new() };
        let mut problems = Vec::new();
        if life.is_zero() || life > LONGEST {
            problems.push(format!(
                "`trusted_devices({life:?})`: trust a device for 30 days at most, or leave it out to trust none"
            ));
        }
        if self.factors.issuer.is_none() {
            problems.push("`trusted_devices` leaves a second step out, and there is none: call `.totp(…)`".to_owned());
        }
        problems
    }
}

impl<U: AuthUser> Auth<U> {
    /// Whether people may trust devices.
    pub(crate) fn trusts_devices(&self) -> bool {
        self.inner.accounts.trusts_devices()
    }

    /// Trusts the device of this session, for pages of your own: the routes of a second step do so for `trust_device`. The
    /// days count from when its user has shown everything. `None` if nobody would ask for it: devices cannot be trusted,
    /// the session has shown no second factor, the account has none, or must have one.
    ///
    /// ```
    /// # use auth::{Answer, Auth, AuthError, AuthUser, ClientInfo, Credentials, TrustedDevice};
    /// async fn second_step<U: AuthUser>(
    ///     auth: &Auth<U>,
    ///     sign_in: &str,
    ///     code: &str,
    ///     client: &ClientInfo,
    /// ) -> Result<Option<TrustedDevice>, AuthError> {
    ///     let (user, tokens) = auth.answer(sign_in, Answer::Totp(code), client).await?.signed_in()?;
    ///     auth.trust_device(user.id(), tokens.session, client).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the session has ended or the account is gone or disabled;
    /// [`AuthError::Unavailable`].
    pub async fn trust_device(
        &self,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<Option<TrustedDevice>, AuthError> {
        self.inner.accounts.trust_device(id, session, client).await
    }

    /// Trusts no device of the signed-in user of these claims any more; sessions go on. Whatever ends all sessions of the
    /// user does this, too. Call it under a rule that asks for a recent login.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the account is gone or disabled; [`AuthError::Unavailable`].
    pub async fn forget_devices(&self, claims: &U::Claims, client: &ClientInfo) -> Result<(), AuthError> {
        self.inner.accounts.forget_devices(claims, client).await
    }
}
