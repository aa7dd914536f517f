//! Turns settings into an [`Auth`], or into a list of everything wrong with them.

use std::sync::Arc;
use std::time::Duration;

use super::build_keys::{KeySources, OpenedKeys};
use super::{Auth, AuthBuilder, Inner};
use crate::account::AccountService;
use crate::api_keys::ApiKeys;
use crate::base::clock::Timestamp;
use crate::base::error::{ConfigError, Error};
use crate::base::secret::Secret;
use crate::broadcast::DynBroadcast;
use crate::context::{Context, Kinds};
use crate::factors::{AccountFactors, Factors};
use crate::former_tokens::{FormerTokenService, FormerTokens};
use crate::http_settings::{CookieSettings, Cookies, HttpSettings, ProtectedResource};
use crate::keys::{self, IssuedAs, KeyPlan};
use crate::limit::CounterStore;
use crate::mail::{MailTokens, Outbox};
use crate::model::config::Settings;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
#[cfg(feature = "password")]
use crate::passkeys::Passkeys;
use crate::rate_limits::RateLimits;
use crate::revocation::RevocationFeed;
use crate::session::{SessionSettings, Sessions};
use crate::sign_in::logins::Logins;
#[cfg(feature = "password")]
use crate::sign_in::{EngineParts, PasswordSignIn};
use crate::store::{DynUsers, InvalidatingUsers, StoreError, Stores, TableReport, UserCache};
use crate::token::access::{AccessTokens, Rules};

impl<U: AuthUser> AuthBuilder<U> {
    /// Checks all settings and the table, creates the library's own tables, and loads the revocations.
    ///
    /// # Errors
    /// [`Error::Config`] with every mistake in settings and table; [`Error::Store`] if the database cannot be queried.
    #[expect(clippy::too_many_lines, reason = "it wires the parts, each in a line or a literal of its own")]
    pub async fn build(mut self) -> Result<Auth<U>, Error> {
        let name = U::SCHEMA.name;
        keys::install();
        let mut problems = self.wrong_settings();
        #[cfg(feature = "password")]
        let passwords = self.checked_passwords(&mut problems);
        if self.settings.check_table {
            problems.extend(wrong_tables(&self.stores, self.has_legacy).await?);
        }
        ConfigError::unless_empty(problems)?;
        warn_of_ungranted::<U>();
        self.signing_keys.warn(name);
        let former_tokens = self.former_tokens_of_now(name);
        let plan = self.signing_keys.plan(&self.settings, issued_as(&self.settings, name), name);
        self.choose_limiter();
        let http = self.http(&plan);
        #[cfg(feature = "password")]
        let party = self.relying_party();
        let secret = self.secret.ok_or_else(|| ConfigError::of("no secret"))?;
        warn_of_odd_ends(std::iter::once(&secret).chain(&self.former_secrets));
        #[cfg(feature = "password")]
        let passwords = passwords.ok_or_else(|| ConfigError::of("the threads that hash passwords were not started"))?;

        let settings = self.settings;
        let (pace, rules) = (settings.feed_pace, Rules { ttl: settings.access_ttl, leeway: settings.leeway });
        self.stores.records.prepare().await?;
        let stores = self.stores.with_budget(settings.store_timeout);
        let user_cache = (!settings.user_cache.is_zero()).then(|| Arc::new(UserCache::new(settings.user_cache)));
        let users = invalidating(stores.users, user_cache.as_ref());
        let (records, random, reporter) = (stores.records, self.random, Reporter::new(self.clock, self.observers));
        let (realm, now) = (U::SCHEMA.realm(), reporter.now());
        let kinds = Arc::new(Kinds::of(&realm));
        let sources = KeySources {
            secret: &secret,
            former_secrets: &self.former_secrets,
            pairs: &self.signing_keys,
            settings: &settings,
            records: &records,
            kinds: &kinds,
            random: &random,
            now,
        };
        let OpenedKeys { keys, own, data_key, managed } = Box::pin(sources.open::<U>(plan)).await?;
        let context = Context {
            users,
            records,
            kinds,
            tokens: Arc::new(AccessTokens::new(keys, own, rules, settings.token_cache)),
            reporter,
            random,
            store_timeout: settings.store_timeout,
        };
        let feed = RevocationFeed::new(&context, user_cache, pace);
        let (address_changes, mail_sign_in) = (self.mail.address_changes, self.mail.sign_in);
        let tokens = Arc::new(MailTokens::new(&context, data_key.addresses(&realm)));
        let outbox =
            self.mail.outbox().and_then(|settings| Outbox::new(&context, &feed, settings, Arc::clone(&tokens)));
        let factors = Factors::new(&context, self.factors, data_key.factors(&realm));
        let limits = RateLimits::new(self.limits, data_key.counters(&realm), &context);
        let (of_sessions, at_once) = (SessionSettings::of(&settings), stores.accounts.is_some());
        let sessions = Sessions::new(&context, &feed, &limits, outbox.clone(), of_sessions, at_once);
        #[cfg(feature = "password")]
        let parts = EngineParts {
            sessions: Arc::clone(&sessions),
            limits: Arc::clone(&limits),
            tokens: Arc::clone(&tokens),
            outbox: outbox.clone(),
            factors: Arc::clone(&factors),
            hooks: self.hooks,
        };
        #[cfg(feature = "password")]
        let passkeys = party.map(|party| Passkeys::new(&context, &factors, party, &data_key));
        #[cfg(feature = "password")]
        let sign_in = PasswordSignIn::new(&context, parts, passwords, passkeys);
        warn_of_unasked_factors(&context, factors.are_on()).await?;
        let api_keys = self.api_keys.map(|settings| ApiKeys::new(&context, &feed, &limits, settings));
        let accounts = Arc::new(AccountService {
            users: Arc::clone(&context.users),
            records: Arc::clone(&context.records),
            at_once: stores.accounts,
            kinds: Arc::clone(&context.kinds),
            logins: Logins::new(&context.users),
            feed: Arc::clone(&feed),
            sessions: Arc::clone(&sessions),
            limits: Arc::clone(&limits),
            reporter: context.reporter.clone(),
            random: Arc::clone(&context.random),
            tokens,
            outbox: outbox.clone(),
            factors,
            api_keys,
            #[cfg(feature = "password")]
            sign_in,
            address_changes,
        });
        let bounds = (settings.leeway, settings.token_cache);
        let former_tokens = former_tokens
            .and_then(|tokens| FormerTokenService::new(&context, &feed, &sessions, &limits, tokens, bounds));
        start(&feed, pace, self.broadcast).await?;
        if let Some(outbox) = &outbox {
            outbox.start();
        }
        let rotating = Arc::default();
        let signing_keys = managed.map(|managed| managed.start(&context, &rotating, pace));
        let inner = Inner {
            context,
            feed,
            limits,
            sessions,
            accounts,
            outbox,
            mail_sign_in,
            http,
            introspection: self.introspection,
            data_key,
            rotating,
            signing_keys,
            former_tokens,
        };
        Ok(Auth { inner: Arc::new(inner) })
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Starts what hashes passwords, unless its settings are wrong.
    #[cfg(feature = "password")]
    fn checked_passwords(&mut self, problems: &mut Vec<String>) -> Option<crate::password::Passwords> {
        match crate::password::Passwords::new(std::mem::take(&mut self.passwords), Arc::clone(&self.random)) {
            Ok(passwords) => Some(passwords),
            Err(errors) => {
                problems.extend(errors.iter().map(ToString::to_string));
                None
            }
        }
    }

    fn http(&mut self, plan: &KeyPlan) -> Arc<HttpSettings> {
        Arc::new(HttpSettings {
            realm: plan.published_as().unwrap_or(&plan.of_secret).audience.to_string(),
            on_error: self.on_error.take(),
            scheme: std::mem::take(&mut self.scheme),
            cookies: Cookies::for_realm(U::SCHEMA.name, self.cookies.take()),
            proxies: std::mem::take(&mut self.proxies),
            store_timeout: self.settings.store_timeout,
            change_password_page: self.change_password_page.take(),
            resource: self.resource.as_ref().and_then(|resource| {
                let issued_as = plan.published_as().unwrap_or(&plan.of_secret);
                resource.metadata(&[issued_as.issuer.to_string()])
            }),
        })
    }

    /// Returns the tokens of the former auth while they are accepted, and says so.
    fn former_tokens_of_now(&mut self, user: &'static str) -> Option<FormerTokens> {
        let now = self.clock.now();
        let tokens = self.former_tokens.take().filter(|tokens| tokens.announce(user, now))?;
        self.settings.former_until = tokens.until();
        Some(tokens)
    }

    /// Counters are where the limits say; otherwise where the builder does.
    fn choose_limiter(&mut self) {
        if let (CounterStore::Records, Some(limiter)) = (&self.limits.store, self.limiter.take()) {
            self.limits.store = CounterStore::Custom(limiter);
        }
    }

    pub(super) fn wrong_settings(&mut self) -> Vec<String> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.extend(keys::problem().map(str::to_owned));
        problems.extend(self.settings.problems());
        problems.extend(self.signing_keys.problems(&self.settings));
        problems.extend(self.resource.iter().filter_map(ProtectedResource::problem));
        if self.resource.is_some() && !self.signing_keys.has_pairs() {
            problems.push(
                "`resource` leads clients to the issuer by its URL: call `.managed_keys(…)` or `.signing_key(…)`, so that it \
                 has one"
                    .to_owned(),
            );
        }
        problems.extend(self.introspection_problems());
        problems.extend(self.former_tokens.iter().flat_map(|tokens| tokens.problems::<U>(self.clock.now())));
        problems.extend(self.limits.problems());
        problems.extend(self.proxies.problems().cloned());
        if self.broadcast.is_some() && self.settings.feed_pace.is_zero() {
            problems
                .push("a `broadcast` needs the feed of the store: leave out `.revocation_feed(Duration::ZERO)`".into());
        }
        problems.extend(self.cookies.iter().flat_map(CookieSettings::problems));
        problems.extend(self.mail.problems());
        if self.factors.issuer.is_some() && self.mail.mailer.is_some() && U::SCHEMA.verified.is_none() {
            problems.push(format!(
                "`totp` with a mailer needs to know which addresses are confirmed: a stranger who signs up with the \
                 address of somebody else could add a factor that its owner does not have. Give `{}` a field under \
                 `#[auth(verified)]`",
                U::SCHEMA.name
            ));
        }
        problems.extend(unmet_mfa::<U>(self.factors.issuer.is_some()));
        #[cfg(feature = "password")]
        problems.extend(self.factor_problems());
        if self.secret.is_none() && !problems.iter().any(|problem| problem.contains("JWT_SECRET_KEY")) {
            problems.push(
                "no secret: call `.secret(Secret::env_or_file(\"JWT_SECRET_KEY\", \"auth.key\")?)`, or `.from_env()`"
                    .to_owned(),
            );
        }
        problems
    }
}

/// Returns why nobody of those who must have a second factor could sign in.
fn unmet_mfa<U: AuthUser>(has_totp: bool) -> Option<String> {
    let rule = U::MFA?;
    let name = U::SCHEMA.name;
    let who = match rule.to_string() {
        everybody if everybody == "signed in" => "everybody".to_owned(),
        rule => format!("everybody who meets `{rule}`"),
    };
    if U::SCHEMA.password.is_none() {
        return Some(format!(
            "`{name}` has `mfa`, and no password: a mailbox and an authenticator app are not two factors, so nobody could \
             meet it. Give it a field under `#[auth(password_hash)]`, or leave `mfa` out"
        ));
    }
    (!has_totp).then(|| {
        format!(
            "`{name}` has `mfa`: {who} needs a second factor, and there is none to add. Call `.totp(\"Name of your \
             service\")` (feature `password`), or leave `mfa` out"
        )
    })
}

/// Returns who issues tokens for whom: the user type by itself, unless the application says so.
fn issued_as(settings: &Settings, name: &'static str) -> IssuedAs {
    IssuedAs {
        issuer: settings.issuer.clone().map_or_else(|| name.into(), Into::into),
        audience: settings.audience.clone().map_or_else(|| name.into(), Into::into),
        client_id: None,
    }
}

/// Loads the revocations, and goes on learning of those of other instances.
async fn start<U: AuthUser>(
    feed: &RevocationFeed<U>,
    pace: Duration,
    broadcast: Option<Arc<dyn DynBroadcast>>,
) -> Result<(), StoreError> {
    feed.load_revocations().await?;
    if !pace.is_zero() {
        feed.start(pace);
    }
    if let Some(broadcast) = broadcast {
        feed.start_exchange(broadcast);
    }
    Ok(())
}

/// Returns what refuses a start, and logs the work.
async fn wrong_tables<U: AuthUser>(stores: &Stores<U>, has_legacy: bool) -> Result<Vec<String>, StoreError> {
    let mut report = stores.users.problems().await?;
    let mut problems = std::mem::take(&mut report.schema);
    problems.extend(stores.records.problems().await?);
    say::<U>(report, has_legacy);
    Ok(problems)
}

/// Logs what does not refuse a start.
fn say<U: AuthUser>(report: TableReport, has_legacy: bool) {
    let user = U::SCHEMA.name;
    for found in report.rows.into_iter().chain(report.notes) {
        tracing::warn!(target: "auth::build", user, found, "the table is not as it should be");
    }
    for found in report.other_hashes {
        if has_legacy {
            tracing::info!(target: "auth::build", user, found, "there are hashes of another scheme");
        } else {
            tracing::warn!(target: "auth::build", user, found, "nobody can sign in with hashes of another scheme");
        }
    }
}

/// Tells the operator about permissions that nobody can have by a role.
fn warn_of_ungranted<U: AuthUser>() {
    let ungranted = U::ungranted_permissions();
    if !ungranted.is_empty() {
        let permissions = ungranted.join(", ");
        tracing::warn!(target: "auth::build", user = U::SCHEMA.name, permissions, "no role grants these permissions");
    }
}

/// Tells the operator about secrets that were probably not meant to be like that. They are used as they are, except
/// that a line end is dropped: changing them would refuse every token issued so far.
fn warn_of_odd_ends<'a>(secrets: impl Iterator<Item = &'a Secret>) {
    for end in secrets.filter_map(|secret| secret.without_line_end().0.odd_end()) {
        tracing::warn!(target: "auth::secret", end, "a signing secret begins or ends with it: was that meant?");
    }
}

/// Returns the users; whoever writes them drops the rows that are cached.
fn invalidating<U: AuthUser>(users: Arc<dyn DynUsers<U>>, cache: Option<&Arc<UserCache<U>>>) -> Arc<dyn DynUsers<U>> {
    match cache {
        Some(cache) => Arc::new(InvalidatingUsers { users, cache: Arc::clone(cache) }),
        None => users,
    }
}

/// Looks whether somebody has a factor that is asked for no more. The first few records are enough to tell.
async fn warn_of_unasked_factors<U: AuthUser>(context: &Context<U>, are_on: bool) -> Result<(), StoreError> {
    if are_on {
        return Ok(());
    }
    let found = context.records.changed_since(&context.kinds.factors, Timestamp::default(), None, 32).await?;
    if found.iter().any(AccountFactors::record_has_second_step) {
        tracing::warn!(target: "auth::build", user = U::SCHEMA.name,
            "accounts have second factors, and nobody is asked for theirs: set `totp` on the builder again, or remove \
             them with `auth user reset-factors`");
    }
    Ok(())
}
