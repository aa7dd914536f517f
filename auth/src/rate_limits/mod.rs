//! Applies the limits: what is counted for a login, a sign-up and a refresh, and in which order.
//!
//! The rate of an address is asked before any work (`Auth::begin_attempt`), in memory: before a login is folded (NFKC
//! of 60 KB takes 50 ms), before a permit to look up an account, before a query. Its result is an argument of everything that
//! counts an attempt, so no door can leave it out. A login that is too long is not folded either: it is replaced by a
//! text that no account has, and then takes the path of an unknown account, with the same counters, queries and hash.

mod api_keys;
mod count;
mod counted;
mod counter_cache;
mod factors;
mod mails;
pub(super) mod password;
mod records;
mod timeout;

use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::{Arc, Weak};

use zeroize::Zeroizing;

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::log_once::LogOnce;
use crate::context::Context;
use crate::keys::hmac_sha256;
use crate::limit::{CounterOp, CounterStore, Decision, DynLimiter, LimitError, LimitKey, Limits, MemoryLimiter};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::client_ip;
use crate::model::event::{EventKind, LimitedAction, LimitedBy, Reporter};
use crate::model::user::{AuthUser, Registration};

use count::Count;
#[cfg(feature = "password")]
pub(crate) use mails::CountedMail;
pub(crate) use mails::MailTo;
use records::RecordsLimiter;
use timeout::TimeoutLimiter;

/// Counts logins, sign-ups and refreshes, and refuses those that exceed a limit.
pub(crate) struct RateLimits<U: AuthUser> {
    /// This, for work that goes on after the request.
    this: Weak<Self>,
    user: PhantomData<fn() -> U>,
    reporter: Reporter,
    settings: Limits,
    key: Zeroizing<[u8; 32]>,
    /// Checked first for rates, and used instead of `shared` while that fails.
    local: MemoryLimiter,
    shared: Option<Arc<dyn DynLimiter>>,
    without_addresses: LogOnce,
    /// Whether the shared counters currently fail.
    degraded: LogOnce,
}

/// An attempt to sign in or up that the rate of its address admitted in this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct BegunAttempt {
    action: LimitedAction,
    of_address: Option<(LimitKey, Decision)>,
}

impl<U: AuthUser> RateLimits<U> {
    /// Creates the counters of one handle, whose names are made with `key`.
    pub(super) fn new(settings: Limits, key: Zeroizing<[u8; 32]>, context: &Context<U>) -> Arc<Self> {
        let Context { records, reporter, .. } = context.clone();
        let shared: Option<Arc<dyn DynLimiter>> = match &settings.store {
            CounterStore::Records => {
                let kind = format!("{}.limit", U::SCHEMA.realm());
                Some(Arc::new(RecordsLimiter::new(records, &kind)))
            }
            CounterStore::Memory => None,
            CounterStore::Custom(limiter) => Some(Arc::new(TimeoutLimiter(Arc::clone(limiter)))),
        };
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            user: PhantomData,
            reporter,
            settings,
            key,
            local: MemoryLimiter::new(),
            shared,
            without_addresses: LogOnce::default(),
            degraded: LogOnce::default(),
        })
    }

    fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    /// Returns the key of a counter. Each part is prefixed with its length, so that different lists never give the same
    /// input.
    fn key(&self, what: &[u8], parts: &[&[u8]]) -> LimitKey {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let mut all: Vec<&[u8]> = vec![what, b":"];
        for (length, part) in lengths.iter().zip(parts) {
            all.extend([length.as_slice(), part]);
        }
        let digest = hmac_sha256(&*self.key, &all);
        let mut key = [0; 16];
        key.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        LimitKey::from_bytes(key)
    }

    fn address(&self, what: &[u8], ip: Option<IpAddr>) -> Option<LimitKey> {
        if ip.is_none() && self.without_addresses.begins() {
            tracing::warn!(target: "auth::limit",
                "requests come without the client's address, so limits count accounts only, and strangers can make their \
                 owners wait: use `auth::serve`, or `into_make_service_with_connect_info::<SocketAddr>()`, and \
                 `trusted_proxies` behind a proxy");
        }
        ip.map(|ip| self.key(what, &[&client_ip::counted_as(ip)]))
    }

    /// Returns what stands for the network of a client in records.
    pub(crate) fn network_key(&self, client: &ClientInfo) -> Option<LimitKey> {
        client.ip.map(|ip| self.key(b"network", &[&client_ip::counted_as(ip)]))
    }

    /// Returns a hash that tells an account from others that have or had the same login; never 0.
    fn owner(&self, user: &U) -> u64 {
        let digest = hmac_sha256(&*self.key, &[b"owner:", user.id().to_string().as_bytes()]);
        digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte)).max(1)
    }

    /// Returns the key for a client and an account. All clients without an address count as one.
    fn client_account(&self, account: &LimitKey, ip: Option<IpAddr>) -> LimitKey {
        let account = account.to_string();
        match ip {
            Some(ip) => self.key(b"pair", &[account.as_bytes(), &client_ip::counted_as(ip)]),
            None => self.key(b"pair", &[account.as_bytes()]),
        }
    }

    /// Returns the key of the time at which the limits of an account were lifted.
    fn lifted(&self, account: &LimitKey) -> LimitKey {
        self.key(b"lifted", &[account.to_string().as_bytes()])
    }

    /// Evaluates the answer of the shared counters. Logs only changes, because there are several answers per request.
    fn observe<T>(&self, answer: Result<T, LimitError>) -> Option<T> {
        match &answer {
            Err(error) if self.degraded.begins() => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::warn!(target: "auth::limit", ?cause, "the store of the limits failed: each instance counts for itself until it works again");
            }
            Ok(_) if self.degraded.ends() => {
                tracing::info!(target: "auth::limit", "the store of the limits works again");
            }
            _ => {}
        }
        answer.ok()
    }
}

impl<U: AuthUser> RateLimits<U> {
    /// Converts a refusal to an error, and reports it.
    fn limited(
        &self,
        action: LimitedAction,
        by: LimitedBy,
        account: Option<&LimitKey>,
        decision: Decision,
        client: &ClientInfo,
    ) -> Result<Decision, AuthError> {
        let Decision::Refused { retry_after, locked } = decision else { return Ok(decision) };
        let by = if locked { LimitedBy::Locked } else { by };
        let event = EventKind::Limited { action, by, retry_after };
        match account {
            Some(account) => self.reporter.report_about(client, account.to_string(), event),
            None => self.reporter.report(client, event),
        }
        Err(AuthError::TooManyRequests { retry_after })
    }

    /// Counts an attempt to sign in or up at the rate of its address, in memory. Comes before all work: it needs
    /// neither the account nor the store, and even folding a login costs something, so a client over its rate costs
    /// nothing.
    pub(super) fn begin_attempt(&self, action: LimitedAction, client: &ClientInfo) -> Result<BegunAttempt, AuthError> {
        let (what, rate): (&[u8], _) = match action {
            LimitedAction::Register => (b"sign-up of address", self.settings.sign_ups_per_address),
            _ => (b"attempt of address", self.settings.attempts_per_address),
        };
        let key = self.settings.on.then(|| self.address(what, client.ip)).flatten();
        let of_address = key.map(|key| (key, self.local.apply_now(&key, CounterOp::take(rate), self.now())));
        if let Some((_, decision)) = of_address {
            self.limited(action, LimitedBy::Address, None, decision, client)?;
        }
        Ok(BegunAttempt { action, of_address })
    }

    /// Counts a sign-up before anything is looked up. The logins are canonical.
    pub(super) async fn limit_sign_up(
        &self,
        BegunAttempt { action, of_address }: BegunAttempt,
        registration: &U::Registration,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let settings = &self.settings;
        if !settings.on {
            return Ok(());
        }
        let at_address = of_address
            .map(|(key, here)| (Count::begun(key, CounterOp::take(settings.sign_ups_per_address), here), None));
        let logins = (0..U::SCHEMA.logins.len()).filter_map(|index| Some((index, registration.login(index)?)));
        let at_logins = logins.map(|(index, login)| {
            let key = self.login_key(b"sign-up of login", index, login);
            (Count::rate(key, CounterOp::take(settings.sign_ups_per_login)), Some(self.account_key(index, login)))
        });
        let (counts, accounts): (Vec<_>, Vec<_>) = at_address.into_iter().chain(at_logins).unzip();
        for (account, decision) in accounts.iter().zip(self.count(&counts).await) {
            let by = if account.is_some() { LimitedBy::Account } else { LimitedBy::Address };
            self.limited(action, by, account.as_ref(), decision, client)?;
        }
        Ok(())
    }

    /// Counts a refresh before anything is looked up. Only in memory: refreshes cost load, but their tokens cannot be
    /// guessed.
    pub(super) fn limit_refresh(&self, session: Option<SessionId>, client: &ClientInfo) -> Result<(), AuthError> {
        self.limit_load(LimitedAction::Refresh, [b"refresh of address", b"refresh of session"], session, client)
    }

    /// Counts a logout at the same rates, but separately: a client that refreshed too often can still log out.
    pub(crate) fn limit_logout(&self, session: SessionId, client: &ClientInfo) -> Result<(), AuthError> {
        self.limit_load(LimitedAction::Logout, [b"logout of address", b"logout of session"], Some(session), client)
    }

    fn limit_load(
        &self,
        action: LimitedAction,
        [of_address, of_session]: [&[u8]; 2],
        session: Option<SessionId>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (settings, now) = (&self.settings, self.now());
        if !settings.on {
            return Ok(());
        }
        if let Some(key) = self.address(of_address, client.ip) {
            let decision = self.local.apply_now(&key, CounterOp::take(settings.refreshes_per_address), now);
            self.limited(action, LimitedBy::Address, None, decision, client)?;
        }
        if let Some(session) = session {
            let key = self.key(of_session, &[session.to_string().as_bytes()]);
            let decision = self.local.apply_now(&key, CounterOp::take(settings.refreshes_per_session), now);
            self.limited(action, LimitedBy::Session, None, decision, client)?;
        }
        Ok(())
    }
}
