//! Passkeys, by the handle.

use super::AuthBuilder;
use crate::model::user::AuthUser;
use crate::passkeys::{PasskeySettings, RelyingParty};

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets people sign in with passkeys (`WebAuthn` Level 3), which belong to the domain of your pages: off by default.
    ///
    /// The domain and the origin of the pages come from [`base_url`](Self::base_url), or from the settings. Neither is ever
    /// taken from a request.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser, PasskeySettings};
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    /// builder.base_url("https://app.example").passkeys(PasskeySettings::new("Example Shop"))
    /// # }
    /// ```
    ///
    /// `build()` refuses a domain or an origin with which no browser makes a passkey: an IP address, `http` on another host
    /// than localhost, a page outside of the domain.
    pub fn passkeys(mut self, settings: PasskeySettings) -> Self {
        self.passkeys = Some(settings);
        self
    }

    /// Returns what is wrong with the settings of passkeys.
    pub(super) fn passkey_problems(&self) -> Vec<String> {
        let Some(settings) = &self.passkeys else { return Vec::new() };
        let mut problems = RelyingParty::new(settings, self.mail.base_url.as_deref()).err().unwrap_or_default();
        if self.mail.mailer.is_some() && U::SCHEMA.verified.is_none() {
            problems.push(format!(
                "`passkeys` with a mailer needs to know which addresses are confirmed: a stranger who signs up with the \
                 address of somebody else could add a passkey that stays when its owner comes. Give `{}` a field under \
                 `#[auth(verified)]`",
                U::SCHEMA.name
            ));
        }
        problems
    }
}
