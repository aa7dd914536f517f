//! How much mail strangers can cause, and how many codes they can try.
//!
//! Mail over the limit is not sent, and the answer is the same: it tells nobody whether there is an account. (Whether
//! somebody else has just asked for mail to an address can be found out, by trying a code.) What is counted is the login
//! as typed, whether it exists or not, except for the bound on all mail: it counts what has somebody to go to, or
//! requests for addresses that nobody has would use it up.
//!
//! Notices have a counter of their own: whoever signs up with another person's address could otherwise fill their
//! mailbox by changing the password of that account.
//!
//! Codes are counted for the account, apart from passwords: a stranger who guesses codes keeps nobody from signing in,
//! and the link in the mail works all the same. Thirty at once and then one a day, each right with a chance of one in
//! 10⁸, are one account in a quarter of a million opened in a year of guessing without a pause (NIST SP 800-63B-4
//! §3.2.2 allows a hundred failures in a row).

use std::time::Duration;

use super::{BegunAttempt, RateLimits};
use crate::limit::{CounterOp, Decision, Rate};
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedBy;
use crate::model::user::AuthUser;

const PER_ADDRESS: Rate = Rate::new(20, Duration::from_hours(1));
/// Mails of one kind to one login.
const OF_A_KIND: [(&str, Rate); 2] = [("minute", Rate::per_minute(1)), ("hour", Rate::new(5, Duration::from_hours(1)))];
/// Mails of all kinds to one login. Not one a minute: somebody who has just confirmed an address may forget the password.
const PER_RECIPIENT: Rate = Rate::new(10, Duration::from_hours(1));
const OF_ALL: Rate = Rate::new(10_000, Duration::from_hours(1));
/// Notices to one user.
const NOTICES: Rate = Rate::new(5, Duration::from_hours(1));
const CODES: Rate = Rate::new(30, Duration::from_hours(24 * 30));

impl<U: AuthUser> RateLimits<U> {
    /// Counts a request for a mail, and returns whether it may be sent. The rate of the address has admitted the
    /// request, which is what `begun` says.
    pub(crate) async fn may_mail(&self, begun: BegunAttempt, index: usize, login: &str, client: &ClientInfo) -> bool {
        let (action, now) = (begun.action, self.now());
        if !self.settings.on {
            return true;
        }
        if let Some(key) = self.address(b"mail of address", client.ip) {
            let verdict = self.rate(&key, CounterOp::take(PER_ADDRESS), now).await;
            if self.limited(action, LimitedBy::Address, None, verdict, client).is_err() {
                return false;
            }
        }
        let account = self.account_key(index, login);
        let of_kind = OF_A_KIND.map(|(time, rate)| (format!("mail to {} in a {time}", action.name()), rate));
        for (what, rate) in of_kind.into_iter().chain([("mail to login".to_owned(), PER_RECIPIENT)]) {
            let verdict = self.rate(&self.login_key(what.as_bytes(), index, login), CounterOp::take(rate), now).await;
            if self.limited(action, LimitedBy::Account, Some(&account), verdict, client).is_err() {
                return false;
            }
        }
        true
    }

    /// Counts a mail among all, and returns whether it may be sent. What goes to nobody is counted apart, with as many
    /// calls, and never refused.
    pub(crate) async fn may_mail_all(&self, begun: BegunAttempt, to_somebody: bool, client: &ClientInfo) -> bool {
        if !self.settings.on {
            return true;
        }
        let key = self.key(if to_somebody { b"mail" } else { b"mail to nobody" }, &[]);
        let verdict = self.rate(&key, CounterOp::take(OF_ALL), self.now()).await;
        !to_somebody || self.limited(begun.action, LimitedBy::All, None, verdict, client).is_ok()
    }

    /// Counts a notice to a user, and returns whether it may be sent.
    pub(crate) async fn may_notify(&self, owner: &str) -> bool {
        if !self.settings.on {
            return true;
        }
        let key = self.key(b"notices to owner", &[owner.as_bytes()]);
        matches!(self.rate(&key, CounterOp::take(NOTICES), self.now()).await, Decision::Admitted { .. })
    }

    /// Counts a code that is tried, before it is compared, and returns whether it may be.
    pub(crate) async fn may_try_code(&self, begun: BegunAttempt, owner: &str, client: &ClientInfo) -> bool {
        if !self.settings.on {
            return true;
        }
        let key = self.key(b"code of owner", &[owner.as_bytes()]);
        let verdict = self.rate(&key, CounterOp::take(CODES), self.now()).await;
        self.limited(begun.action, LimitedBy::Account, None, verdict, client).is_ok()
    }

    /// A code was right: it does not count.
    pub(crate) async fn code_was_right(&self, owner: &str) {
        if self.settings.on {
            let key = self.key(b"code of owner", &[owner.as_bytes()]);
            let _: Decision = self.rate(&key, CounterOp::refund(CODES), self.now()).await;
        }
    }

    /// Returns a text that stands for the owner of a login that nobody has. No user has it as an id.
    pub(crate) fn nobody(&self, index: usize, login: &str) -> String {
        format!("?{}", self.login_key(b"nobody", index, login))
    }
}
