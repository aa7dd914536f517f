//! The caller of a request and what is known about it: credential, row, and the rules that admitted it.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::request::Parts;

use super::admitted_rule::{AdmittedRule, Basis};
use super::check::Checks;
use super::client::client;
use super::credential::Credential;
use super::erased_checks::{erase, no_check, run_check_at};
use super::gate::Gate;
use super::{caller_cache, test_probe};
use crate::api_keys::{KeyCaller, VerifiedKey};
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::model::event::{EventKind, KeyRefusal, Refusal};
use crate::model::principal::{PermissionSet, Presented as _, Principal};
use crate::model::user::AuthUser;
use crate::policy::{Rule, Verdict};
use crate::proof::{SEVERAL_FACTORS, claims_lack_mfa, row_lacks_mfa};
use crate::store::Budget;
use crate::token::cache::same_token;

/// A caller with a verified token, kept in the request for later guards and extractors.
pub(crate) struct Caller<G: Gate> {
    state: Arc<CallerState<G>>,
}

struct CallerState<G: Gate> {
    credential: Credential<G::Of>,
    /// The handle that verified it: another handle for the same type can have other keys and another table.
    by: G,
    /// What the request presented.
    presented: Box<str>,
    /// The time this request may wait for stores: a single budget for guards and extractors.
    budget: Budget,
    /// The row, once it has been needed.
    row: OnceLock<Loaded<G::Of>>,
    /// The row as it is now, once a `live` rule has needed it; it then takes precedence over `row`.
    live_row: OnceLock<Loaded<G::Of>>,
    /// The rule that admitted the caller.
    rule: OnceLock<AdmittedRule<G::Of>>,
    /// The rules of further guards: a layer and the handler behind it can each have one.
    more_rules: Mutex<Vec<AdmittedRule<G::Of>>>,
    /// Whether a guard takes API keys; one that does not refuses them.
    takes_keys: AtomicBool,
}

/// A row loaded by this request.
struct Loaded<P> {
    /// The row of an active account; `None` for any other.
    row: Option<Arc<P>>,
    /// What an API key may do whose owner has this row.
    permissions: PermissionSet,
    /// Whether the rules that admitted the caller by the token have been evaluated on the row.
    rechecked: AtomicBool,
}

impl<G: Gate> CallerState<G> {
    fn loaded(&self) -> Option<&Loaded<G::Of>> {
        self.live_row.get().or_else(|| self.row.get())
    }
}

/// Marks a request while a rule is evaluated on the row: if one of its checks itself loads the row, it must not trigger
/// the same evaluation again.
struct Rechecking<U>(PhantomData<fn() -> U>);

impl<U> Clone for Rechecking<U> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

/// Marks a request to one of our own routes that is there for those who have to sign in with several factors, and have
/// not.
struct AnyFactors<U>(PhantomData<fn() -> U>);

impl<U> Clone for AnyFactors<U> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

/// Marks a request to one of our own routes that is for programs alone.
struct KeysOnly<U>(PhantomData<fn() -> U>);

impl<U> Clone for KeysOnly<U> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<G: Gate> Clone for Caller<G> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state) }
    }
}

impl<G: Gate> Caller<G> {
    /// Creates the caller whose `credential` the handle `by` has verified; `budget` is what is left of the time to wait
    /// for stores.
    pub(super) fn new(credential: Credential<G::Of>, presented: &str, by: G, budget: Budget) -> Self {
        let state = CallerState {
            credential,
            by,
            presented: presented.into(),
            budget,
            row: OnceLock::new(),
            live_row: OnceLock::new(),
            rule: OnceLock::new(),
            more_rules: Mutex::default(),
            takes_keys: AtomicBool::new(false),
        };
        Self { state: Arc::new(state) }
    }

    /// Whether this is who presents that to this handle, and not to another one.
    pub(super) fn is(&self, presented: &str, gate: &G) -> bool {
        self.state.by.is(gate) && same_token(&self.state.presented, presented)
    }

    /// Returns the time that the request may wait for stores.
    pub(super) fn budget(&self) -> &Budget {
        &self.state.budget
    }

    /// Returns the caller whom an earlier guard or extractor of this request has verified. Whether that is still who
    /// the request comes from is for the reader to find out.
    pub(super) fn of(parts: &Parts) -> Option<Self> {
        Some(Self { state: caller_cache::kept(parts)? })
    }

    /// Keeps the caller for later guards and extractors of the request.
    pub(super) fn keep_in(&self, parts: &mut Parts) {
        caller_cache::keep(parts, Arc::clone(&self.state));
    }

    /// Returns the claims of the caller's session.
    ///
    /// # Errors
    /// [`AuthError::KeyNotAccepted`] for an API key, which has none.
    pub(crate) fn claims(&self) -> Result<&<G::Of as Principal>::Claims, AuthError> {
        self.state.credential.claims().ok_or(AuthError::KeyNotAccepted)
    }

    /// Returns the id of whom the credential belongs to.
    fn subject(&self) -> &<G::Of as Principal>::Id {
        self.state.credential.subject()
    }

    /// Decides about the kind of credential: an API key is refused by every guard that does not say `keys`.
    pub(super) fn admit_kind(&self, keys: bool, hidden: bool, parts: &Parts, gate: &G) -> Result<(), Refused> {
        if self.state.credential.key().is_none() {
            if parts.extensions.get::<KeysOnly<G::Of>>().is_none() {
                return Ok(());
            }
            refused(parts, gate, Some(self.subject()), Refusal::KeyRequired);
            return Err(if hidden { Refused::hidden() } else { AuthError::KeyRequired.into() });
        }
        if keys {
            self.state.takes_keys.store(true, Ordering::Release);
            return Ok(());
        }
        let error = self.key_not_accepted(parts, gate);
        Err(if hidden { Refused::hidden() } else { error.into() })
    }

    /// Refuses an API key that no guard has let in: on a route without one, or that is open to everybody.
    pub(super) fn is_let_in(&self, parts: &Parts, gate: &G) -> Result<(), AuthError> {
        let is_key = self.state.credential.key().is_some();
        if is_key && !self.state.takes_keys.load(Ordering::Acquire) {
            return Err(self.key_not_accepted(parts, gate));
        }
        Ok(())
    }

    fn key_not_accepted(&self, parts: &Parts, gate: &G) -> AuthError {
        let key_id = self.state.credential.key().map(|key| key.id());
        let event =
            EventKind::KeyRefused { user: Some(self.subject().to_string()), key_id, reason: KeyRefusal::NotAccepted };
        gate.report(&client(parts, gate), event);
        AuthError::KeyNotAccepted
    }

    /// Admits callers to this request who have not shown as many factors as they must.
    pub(crate) fn admit_any_factors(parts: &mut Parts) {
        parts.extensions.insert(AnyFactors::<G::Of>(PhantomData));
    }

    /// Admits nobody to this request but programs with an API key.
    pub(crate) fn admit_keys_only(parts: &mut Parts) {
        parts.extensions.insert(KeysOnly::<G::Of>(PhantomData));
    }

    /// Whether the user must sign in with several factors, and has not: by the token, and by the row if it was loaded.
    pub(super) fn lacks_factors(&self) -> bool {
        let Some(claims) = self.state.credential.claims().filter(|_| <G::Of as Principal>::MFA.is_some()) else {
            return false;
        };
        let by_row =
            |loaded: &Loaded<G::Of>| loaded.row.as_ref().is_some_and(|row| row_lacks_mfa(&**row, claims.amr()));
        claims_lack_mfa::<G::Of>(claims) || self.state.loaded().is_some_and(by_row)
    }

    /// Asks such a caller for them, unless this request is one of those that they may make.
    pub(super) fn ask_for_factors(&self, parts: &Parts, gate: &G) -> Result<(), AuthError> {
        if parts.extensions.get::<AnyFactors<G::Of>>().is_some() {
            return Ok(());
        }
        refused(parts, gate, Some(self.subject()), Refusal::StepUp);
        Err(AuthError::StepUpRequired(SEVERAL_FACTORS))
    }

    /// Admits or refuses the caller: by the row if the rule is `live`, otherwise by the token and, if the row has
    /// already been loaded (by a layer or a check, for example), by the row as well. The rule is evaluated again when a
    /// row is loaded later.
    pub(super) async fn admit<C: Checks<S>, S: Clone + Send + Sync + 'static>(
        &self,
        rule: &'static Rule<G::Of>,
        (live, hidden): (bool, bool),
        parts: &mut Parts,
        state: &S,
        gate: &G,
    ) -> Result<(), Refused> {
        // A loaded row counts, even if a layer continued after it was refused. A key may do what its owner may now.
        if live || self.state.loaded().is_some() || self.state.credential.key().is_some() {
            self.load_row(live, parts, gate).await?;
        }
        // There is nothing to evaluate, now or when a row is loaded later.
        if let Rule::SignedIn = rule {
            return Ok(());
        }
        let mut rule = AdmittedRule::new(rule, hidden);
        while let Some(check) = self.decide(&rule, !live, parts, gate)? {
            if let Some(undecided) = test_probe::undecided(check, parts) {
                return Err(Refused::answered(undecided));
            }
            let answer = run_check_at::<C, S>(check, parts, state).await;
            self.record(check, answer, &mut rule, parts, gate)?;
        }
        rule.checks = erase::<C, S>(state, parts, rule.answers);
        if let Err(rule) = self.state.rule.set(rule) {
            self.state.more_rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
        }
        Ok(())
    }

    /// Evaluates the rule on the row, if there is one, and on the token. Returns the index of a check that has to run
    /// first, if one has to.
    fn decide(
        &self,
        rule: &AdmittedRule<G::Of>,
        by_token: bool,
        parts: &Parts,
        gate: &G,
    ) -> Result<Option<usize>, Refused> {
        let row = self.state.loaded().and_then(|loaded| Some((loaded.row.as_deref()?, &loaded.permissions)));
        let basis = self.state.credential.basis(by_token, row, gate.now());
        match rule.evaluate(&basis)? {
            Verdict::Yes => Ok(None),
            Verdict::NeedsCheck(index) => Ok(Some(index)),
            Verdict::No => Err(self.refuse(rule, &basis, parts, gate)),
        }
    }

    /// Adds the answer of a check. An error is returned at once; if it comes from one of our own extractors, the
    /// observers already know about it.
    fn record(
        &self,
        check: usize,
        answer: Result<bool, Refused>,
        rule: &mut AdmittedRule<G::Of>,
        parts: &Parts,
        gate: &G,
    ) -> Result<(), Refused> {
        let answer = answer.map_err(|why| {
            if !why.is_reported() {
                refused(parts, gate, Some(self.subject()), Refusal::Check);
            }
            if rule.hidden { why.hide() } else { why }
        })?;
        rule.answers = rule.answers.with(check, answer);
        Ok(())
    }

    /// Returns the caller's row. Whenever it is loaded, the account must be active and every rule that admitted the
    /// caller by the token must also hold *for the row* before the handler runs: a demoted admin with a fresh token
    /// does not pass.
    pub(crate) async fn row(&self, parts: &mut Parts, gate: &G) -> Result<&G::Of, Refused> {
        self.load_row(false, parts, gate).await
    }

    /// Does the same with a row that is not from the cache.
    pub(crate) async fn live_row(&self, parts: &mut Parts, gate: &G) -> Result<&G::Of, Refused> {
        self.load_row(true, parts, gate).await
    }

    /// Returns the caller as a handler sees it that takes keys, too.
    pub(super) async fn key_caller(&self, parts: &mut Parts, gate: &G) -> Result<KeyCaller<G::Of>, Refused>
    where
        G::Of: AuthUser,
    {
        self.load_row(false, parts, gate).await?;
        let loaded = self.state.loaded().ok_or(AuthError::InvalidToken)?;
        let user = Arc::clone(loaded.row.as_ref().ok_or(AuthError::InvalidToken)?);
        Ok(match &self.state.credential {
            Credential::Session(claims) => KeyCaller::of_session(user, Arc::clone(claims)),
            Credential::Key(key) => {
                let (key, permissions) = (Arc::clone(key), loaded.permissions.clone());
                KeyCaller::of_key(Arc::new(VerifiedKey { key, user, permissions }))
            }
            // Nobody of whom there is a row has one.
            Credential::Foreign(_) => return Err(AuthError::InvalidToken.into()),
        })
    }

    async fn load_row(&self, live: bool, parts: &mut Parts, gate: &G) -> Result<&G::Of, Refused> {
        let loaded = match if live { self.state.live_row.get() } else { self.state.loaded() } {
            Some(loaded) => loaded,
            None => self.load(live, gate).await?,
        };
        let Some(row) = &loaded.row else {
            refused(parts, gate, Some(self.subject()), Refusal::Inactive);
            return Err(AuthError::InvalidToken.into());
        };
        if self.state.credential.claims().is_some_and(|claims| row_lacks_mfa(&**row, claims.amr())) {
            self.ask_for_factors(parts, gate)?;
        }
        self.recheck_on_row(loaded, parts, gate).await?;
        Ok(row)
    }

    async fn load(&self, live: bool, gate: &G) -> Result<&Loaded<G::Of>, AuthError> {
        let row = gate.row(&self.state.credential, live, &self.state.budget).await?;
        let place = if live { &self.state.live_row } else { &self.state.row };
        let permissions = match (self.state.credential.key(), &row) {
            (Some(key), Some(row)) => gate.permissions_of_key(key, row),
            _ => PermissionSet::default(),
        };
        Ok(place.get_or_init(|| Loaded { row, permissions, rechecked: AtomicBool::new(false) }))
    }

    /// Evaluates the rules that admitted the caller by the token on the row. This may need checks that did not run
    /// before.
    async fn recheck_on_row(&self, loaded: &Loaded<G::Of>, parts: &mut Parts, gate: &G) -> Result<(), Refused> {
        if loaded.rechecked.load(Ordering::Acquire) || parts.extensions.get::<Rechecking<G::Of>>().is_some() {
            return Ok(());
        }
        for mut rule in self.rules() {
            while let Some(check) = self.decide(&rule, false, parts, gate)? {
                let answer = self.run_later(check, &rule).await;
                self.record(check, answer, &mut rule, parts, gate)?;
            }
        }
        loaded.rechecked.store(true, Ordering::Release);
        Ok(())
    }

    /// Returns the rules that have admitted the caller.
    fn rules(&self) -> Vec<AdmittedRule<G::Of>> {
        let more = self.state.more_rules.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.rule.get().into_iter().chain(more.iter()).cloned().collect()
    }

    /// Runs a check after its guard has returned, on the request that the guard saw.
    async fn run_later(&self, check: usize, rule: &AdmittedRule<G::Of>) -> Result<bool, Refused> {
        let Some(checks) = &rule.checks else { return Err(no_check(check).into()) };
        let mut parts = checks.request();
        self.keep_in(&mut parts);
        parts.extensions.insert(Rechecking::<G::Of>(PhantomData));
        checks.run(check, &mut parts).await
    }

    /// Builds the refusal, with the step-up that would help.
    fn refuse(&self, rule: &AdmittedRule<G::Of>, basis: &Basis<'_, G::Of>, parts: &Parts, gate: &G) -> Refused {
        // Nobody signs in with a key, however recently.
        let step_up = if self.state.credential.key().is_some() { Ok(None) } else { rule.step_up(basis) };
        let (error, reason) = match step_up {
            Ok(Some(step_up)) => (AuthError::StepUpRequired(step_up).into(), Refusal::StepUp),
            Ok(None) if rule.hidden => (Refused::hidden(), Refusal::Rule),
            Ok(None) => (AuthError::Forbidden.into(), Refusal::Rule),
            Err(error) => return error.into(),
        };
        refused(parts, gate, Some(self.subject()), reason);
        error
    }
}

/// Reports a refusal to the observers.
pub(crate) fn refused<G: Gate>(parts: &Parts, gate: &G, user: Option<&<G::Of as Principal>::Id>, reason: Refusal) {
    let user = user.map(ToString::to_string);
    gate.report(&client(parts, gate), EventKind::Refused { user, reason });
}
