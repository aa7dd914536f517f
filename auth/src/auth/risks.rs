//! Settings that are allowed, and that somebody who deploys the application should have meant.

mod former_tokens;
mod mail;
mod passkeys;
mod signing_keys;

use std::time::Duration;

use super::AuthBuilder;
use crate::http_settings::CookieSettings;
use crate::limit::CounterStore;
use crate::model::config::LONGEST_ACCESS_TTL;
use crate::model::user::AuthUser;

/// Sessions that live longer without a refresh are worth a thought.
const LONG_SESSION: Duration = Duration::from_hours(90 * 24);
/// Who waits longer for an answer has gone.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// A setting or a state to think about before a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Risk {
    /// A stable word.
    pub(crate) code: &'static str,
    /// Whether it is a mistake for nearly everybody.
    pub(crate) serious: bool,
    pub(crate) sentence: String,
    pub(crate) fix: &'static str,
}

impl Risk {
    pub(super) fn new(code: &'static str, sentence: impl Into<String>, fix: &'static str) -> Self {
        Self { code, serious: true, sentence: sentence.into(), fix }
    }

    pub(super) fn note(code: &'static str, sentence: impl Into<String>, fix: &'static str) -> Self {
        Self { serious: false, ..Self::new(code, sentence, fix) }
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns what the settings risk in production.
    pub(crate) fn risks(&self) -> Vec<Risk> {
        let (settings, mut risks) = (&self.settings, Vec::new());
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        add(
            !self.limits.on,
            Risk::new(
                "limits_off",
                "anybody may guess passwords without a limit",
                "leave out `Limits::insecure_none()`",
            ),
        );
        add(
            self.limits.on && matches!(self.limits.store, CounterStore::Memory),
            Risk::note(
                "limits_in_memory",
                "failures are counted by each instance for itself, and forgotten at a restart",
                "leave out `.in_memory()` if there are several instances",
            ),
        );
        add(
            self.cookies.as_ref().is_some_and(CookieSettings::are_insecure),
            Risk::new(
                "insecure_cookies",
                "cookies are sent over plain http",
                "call `insecure_for_localhost()` in development only",
            ),
        );
        add(
            self.allows_common_passwords,
            Risk::new(
                "common_passwords",
                "people may choose passwords that are the first to be guessed",
                "call `insecure_allow_common_passwords()` in development only",
            ),
        );
        let (ttl, most) = (humantime::format_duration(settings.access_ttl), LONGEST_ACCESS_TTL);
        add(
            settings.access_ttl > most,
            Risk::new(
                "long_access_tokens",
                format!("a stolen access token is of use for {ttl}"),
                "leave out `allow_long_access_tokens()` and shorten `access_ttl`",
            ),
        );
        add(
            self.limits.on && !self.proxies.is_set(),
            Risk::note(
                "no_trusted_proxies",
                "no proxy is trusted: behind one, all clients count as a single address",
                "name the proxy with `trusted_proxies`, or do nothing if there is none",
            ),
        );
        add(
            settings.feed_pace.is_zero(),
            Risk::new(
                "no_revocation_feed",
                "what another instance revokes is not noticed",
                "leave out `.revocation_feed(Duration::ZERO)` if there are several instances",
            ),
        );
        add(
            !settings.check_table,
            Risk::note("table_unchecked", "`build()` does not check the table", "leave out `skip_table_check()`"),
        );
        let secrets = || self.secret.iter().chain(&self.former_secrets);
        let odd = secrets().find_map(|secret| secret.without_line_end().0.odd_end());
        add(
            odd.is_some(),
            Risk::new(
                "odd_secret",
                format!("a secret begins or ends with {}", odd.unwrap_or_default()),
                "write it without, if that was not meant; the old one becomes a `former_secret`",
            ),
        );
        add(
            self.former_secrets.len() > 1,
            Risk::note(
                "many_former_secrets",
                format!("{} former secrets are still accepted", self.former_secrets.len()),
                "leave out those whose tokens have expired",
            ),
        );
        let ungranted = U::ungranted_permissions().join(", ");
        add(
            !ungranted.is_empty(),
            Risk::new("ungranted_permissions", format!("no role grants {ungranted}"), "grant them, or remove them"),
        );
        add(
            U::SCHEMA.active.is_none(),
            Risk::note(
                "no_active_field",
                "accounts cannot be disabled",
                "add a field under `#[auth(active)]` to disable one without deleting it",
            ),
        );
        risks.extend(self.session_risks());
        risks.extend(self.process_risks());
        risks.extend(self.mail_risks());
        risks.extend(self.passkey_risks());
        risks.extend([self.signing_key_risks(), self.former_token_risks()].concat());
        risks
    }

    fn session_risks(&self) -> Vec<Risk> {
        let (settings, mut risks) = (&self.settings, Vec::new());
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        add(
            settings.refresh_grace.is_zero(),
            Risk::new(
                "no_refresh_grace",
                "a second tab, or a lost answer to a refresh, ends the session",
                "leave out `.refresh_grace(Duration::ZERO)`",
            ),
        );
        let idle = humantime::format_duration(settings.refresh_idle);
        add(
            settings.refresh_idle > LONG_SESSION,
            Risk::note(
                "long_sessions",
                format!("a forgotten or stolen device stays signed in for {idle}"),
                "shorten `session_idle_timeout`",
            ),
        );
        add(
            settings.leeway.is_zero(),
            Risk::note(
                "no_leeway",
                "an instance whose clock is a second behind refuses tokens of the others",
                "leave out `.leeway(Duration::ZERO)` if there are several instances",
            ),
        );
        let behind_proxy = self.proxies.is_set() && self.cookies.as_ref().is_some_and(|cookies| !cookies.has_origin());
        add(
            behind_proxy,
            Risk::note(
                "cookies_without_origin",
                "the `Host` header says which pages are ours, and a proxy may rewrite it",
                "call `.origin(\"https://…\")` on the cookie settings, unless the proxy passes `Host` on",
            ),
        );
        risks
    }

    fn process_risks(&self) -> Vec<Risk> {
        let (settings, mut risks) = (&self.settings, Vec::new());
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        add(
            !settings.user_cache.is_zero() && settings.feed_pace.is_zero(),
            Risk::new(
                "cache_without_feed",
                "rows that another instance has changed are used as they were, until they leave the `user_cache`",
                "leave out `.revocation_feed(Duration::ZERO)` if there are several instances",
            ),
        );
        let wait = humantime::format_duration(settings.store_timeout);
        add(
            settings.store_timeout > LONG_WAIT,
            Risk::note(
                "long_store_timeout",
                format!("requests wait for the database for up to {wait}, and queue up while it is away"),
                "shorten `store_timeout`",
            ),
        );
        add(
            self.stores.accounts.is_none(),
            Risk::note(
                "two_stores",
                "users and records are changed one after the other, so a change that the table refuses may have ended \
                 sessions",
                "pass one pool to `Auth::builder` if both are in one database",
            ),
        );
        add(
            self.observers.is_empty(),
            Risk::note(
                "no_observer",
                "sign-ins, refusals and stolen refresh tokens are recorded nowhere but in the log",
                "add an `observer` that stores events",
            ),
        );
        risks
    }
}
