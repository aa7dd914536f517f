//! How many second factors are tried at an account. Only who has shown a first factor tries one.
//!
//! Codes of the app: a hundred at once, and then a hundred in thirty days. Three of a million are right at a time, so
//! whoever knows the password and never stops gets in once in 270 years. (NIST SP 800-63B-4 §3.2.2 allows a hundred
//! failures in a row.) One network has a fifth of that in a day, so somebody who has stolen a password needs five of them
//! to keep the owner from signing in with the app. Recovery codes have 80 bits: nobody guesses one, so they are counted for
//! each network alone, and nobody can keep the owner from them.
//!
//! What this process has counted is used only while the shared counters fail: otherwise a limit that another instance or
//! the command line has lifted would stay in force here. That costs no more than there was, because each try changes the
//! record of its sign-in.

use std::time::Duration;

use super::count::Count;
use super::{BegunAttempt, RateLimits};
use crate::base::error::AuthError;
use crate::limit::{CounterOp, LimitKey, Rate};
use crate::model::claims::Amr;
use crate::model::client_info::ClientInfo;
use crate::model::client_ip;
use crate::model::event::LimitedBy;
use crate::model::user::AuthUser;

const AT_ACCOUNT: Rate = Rate::new(100, Duration::from_hours(24 * 30));
/// Everything that is counted at an account, as one.
const ALL: Rate = Rate::new(1, Duration::from_hours(24 * 30));
const FROM_NETWORK: Rate = Rate::new(20, Duration::from_hours(24));

impl<U: AuthUser> RateLimits<U> {
    /// Returns what factors of a user are counted under.
    pub(crate) fn factor_key(&self, owner: &str) -> LimitKey {
        self.key(b"factors of owner", &[owner.as_bytes()])
    }

    /// Counts a factor that is tried, before it is compared. `owner` is a [`factor_key`](Self::factor_key), as text.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`].
    pub(crate) async fn count_factor(
        &self,
        begun: BegunAttempt,
        method: Amr,
        owner: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        if !self.settings.on {
            return Ok(());
        }
        let counters = self.factor_counters(&method, owner, client).into_iter();
        let counts: Vec<_> = counters.map(|(key, rate)| Count::failures(key, CounterOp::take(rate))).collect();
        for decision in self.count(&counts).await {
            self.limited(begun.action, LimitedBy::Account, None, decision, client)?;
        }
        Ok(())
    }

    /// A factor was right: it does not count.
    pub(crate) async fn factor_was_right(&self, method: Amr, owner: &str, client: &ClientInfo) {
        if !self.settings.on {
            return;
        }
        let counters = self.factor_counters(&method, owner, client).into_iter();
        let counts: Vec<_> = counters.map(|(key, rate)| Count::failures(key, CounterOp::refund(rate))).collect();
        self.count(&counts).await;
    }

    /// The factors of a user were reset: codes that were tried in vain do not count any more.
    pub(crate) async fn factors_were_reset(&self, id: &str) {
        if self.settings.on {
            let (key, _) = self.at_account(&self.factor_key(id).to_string());
            self.failures(&key, CounterOp::refund(ALL)).await;
        }
    }

    /// The network first: over its limit, it takes nothing from the account.
    fn factor_counters(&self, method: &Amr, owner: &str, client: &ClientInfo) -> Vec<(LimitKey, Rate)> {
        let name: Vec<&str> = method.names().collect();
        let network = client.ip.map(|ip| client_ip::counted_as(ip).to_vec()).unwrap_or_default();
        let from = self.key(b"factor from network", &[name.concat().as_bytes(), owner.as_bytes(), &network]);
        let at = method.contains(Amr::OTP).then(|| self.at_account(owner));
        std::iter::once((from, FROM_NETWORK)).chain(at).collect()
    }

    fn at_account(&self, owner: &str) -> (LimitKey, Rate) {
        (self.key(b"factor", &[owner.as_bytes()]), AT_ACCOUNT)
    }
}
