//! Requirements on the login rather than the account: how fresh it is, how many factors it used.
//!
//! There is one time of login, `auth_time`: when the user last proved who they are as strongly as the session requires.
//! A password does not freshen a session that began with two factors; otherwise a recent password and an old factor
//! would meet `Fresh && Has::Mfa`. (For the same reason a code of an app takes `Has::Passkey` from a session that it makes
//! fresh.) A time for each factor would say the same with more claims, and every rule would
//! have to choose one. A session whose time is unknown (0) is never fresh. `amr` keeps the names that a release does
//! not know, so that instances of two releases can work on the same sessions; such a name allows nothing.

use std::time::Duration;

use super::facts::{Facts, Requirement};
use crate::base::step_up::StepUp;
use crate::model::claims::Amr;
use crate::model::principal::Principal;

/// The maximum clock difference between two servers, in seconds: the largest value that `AuthBuilder::leeway` accepts.
const SKEW: u64 = 60;

/// Requires that the user proved their identity within this time: step-up authentication for sensitive actions
/// (payments, keys, factors).
///
/// ```
/// # use auth::{AuthUser, Fresh, PasswordHash, protected};
/// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
/// #[protected(Fresh::minutes(5))]
/// async fn pay() {}
/// ```
///
/// A caller refused only for this gets a 401 with the code `step_up_required` and, in `WWW-Authenticate`,
/// `error="insufficient_user_authentication", max_age="300"` (RFC 9470 §3). The client then calls
/// `POST /reauthenticate` and tries again. A refresh does not make a login fresh. A login in the future (after a clock
/// was set back) is not fresh, either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh {
    seconds: u64,
}

impl Fresh {
    /// Requires a login within this many seconds.
    ///
    /// # Panics
    /// If it is 0, which nobody could meet; in a rule that is a compile error.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        assert!(seconds > 0, "nobody is that fresh: give at least a second");
        Self { seconds }
    }

    /// Requires a login within this many minutes.
    ///
    /// # Panics
    /// If it is 0, which nobody could meet; in a rule that is a compile error.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// Requires a login within this many hours.
    ///
    /// # Panics
    /// If it is 0, which nobody could meet; in a rule that is a compile error.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self::seconds(hours.saturating_mul(60 * 60))
    }
}

impl<U: Principal> Requirement<U> for Fresh {
    fn holds(&self, caller: &Facts<'_, U>) -> bool {
        let Some(login) = caller.auth_time() else { return false };
        let (now, login) = (caller.now().as_secs(), login.as_secs());
        // A login in the future would be fresh until the clock has caught up.
        login <= now.saturating_add(SKEW) && now.saturating_sub(login) < self.seconds
    }

    fn step_up(&self) -> Option<StepUp> {
        Some(StepUp { max_age: Some(Duration::from_secs(self.seconds)), ..StepUp::default() })
    }
}

/// Requirements on the state of the account or of this login.
///
/// ```
/// # use auth::{AuthUser, Has, PasswordHash, protected};
/// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(verified)] email_verified: bool }
/// #[protected(Has::Verified && Has::Mfa)]
/// async fn invite() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Has {
    /// This login used more than one factor (`mfa` among the `amr` of RFC 8176). Otherwise the caller is told to step
    /// up.
    Mfa,
    /// This session began with a passkey, or was made fresh with one (`hwk` or `swk` among the `amr`): what no page of
    /// another site gets out of anybody. Otherwise the caller is told to step up (`acr_values="phr"`). A passkey is more
    /// than one factor, so such a caller meets [`Mfa`](Self::Mfa), too. There is one time of login: a session that is made
    /// fresh with something else does not meet this any more, so `Has::Passkey && Fresh::minutes(5)` asks for a recent
    /// passkey.
    ///
    /// ```
    /// # use auth::{AuthUser, Has, PasswordHash, protected};
    /// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// #[protected(Has::Passkey)]
    /// async fn sign_release() {}
    /// ```
    Passkey,
    /// The e-mail address is confirmed: the `#[auth(verified)]` field. Never met by users of a type without that field.
    Verified,
}

impl<U: Principal> Requirement<U> for Has {
    fn holds(&self, caller: &Facts<'_, U>) -> bool {
        match self {
            Self::Mfa => caller.amr().contains(Amr::MFA),
            Self::Passkey => caller.amr().has_passkey(),
            Self::Verified => caller.verified() == Some(true),
        }
    }

    fn step_up(&self) -> Option<StepUp> {
        match self {
            Self::Mfa => Some(StepUp { mfa: true, ..StepUp::default() }),
            Self::Passkey => Some(StepUp { mfa: true, passkey: true, ..StepUp::default() }),
            Self::Verified => None,
        }
    }
}
