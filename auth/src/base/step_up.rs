//! What a refused caller can do about it.

use std::fmt;
use std::time::Duration;

/// The login that would meet a rule: tells a refused caller what to do about it (RFC 9470).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// The user must have proved their identity within this time (`max_age`).
    pub max_age: Option<Duration>,
    /// More than one factor is required (`acr_values="mfa"`).
    pub mfa: bool,
    /// A passkey is required (`acr_values="phr"`, phishing-resistant, as in OpenID Connect EAP ACR Values 1.0). It is more
    /// than one factor, too.
    pub passkey: bool,
}

impl StepUp {
    /// Returns the value of `acr_values`: one class, which includes what is less.
    pub(crate) const fn acr_values(self) -> Option<&'static str> {
        match (self.passkey, self.mfa) {
            (true, _) => Some("phr"),
            (false, true) => Some("mfa"),
            (false, false) => None,
        }
    }

    /// Returns the login that satisfies both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ages = [self.max_age, other.max_age];
        Self {
            max_age: ages.into_iter().flatten().min(),
            mfa: self.mfa || other.mfa,
            passkey: self.passkey || other.passkey,
        }
    }
}

/// One sentence for humans.
impl fmt::Display for StepUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.mfa, self.max_age) {
            _ if self.passkey => "a passkey is required: reauthenticate or sign in with one",
            (true, None) => "a second factor is required: sign in with one",
            (true, Some(_)) => "a recent login with a second factor is required: reauthenticate",
            (false, _) => "a recent login is required: reauthenticate",
        })
    }
}
