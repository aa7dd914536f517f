//! The caller of a request and what is known about it: claims, row, and the rules that admitted it.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::request::Parts;

use super::callers;
use super::check::{Asker, Checks, asker, put};
use super::client::client;
use super::probe;
use crate::auth::Auth;
use crate::base::catch_panic::catch_panic_now;
use crate::base::error::AuthError;
use crate::base::step_up::StepUp;
use crate::http::rejection::Refused;
use crate::model::claims::Claims as _;
use crate::model::event::{EventKind, Refusal};
use crate::model::user::{AuthUser, is_same_row};
use crate::policy::{Answers, Facts, Rule, Verdict};
use crate::store::Budget;
use crate::token::cache::same_token;

/// A caller with a verified token, kept in the request for later guards and extractors.
pub(crate) struct Caller<U: AuthUser> {
    known: Arc<Known<U>>,
}

struct Known<U: AuthUser> {
    claims: Arc<U::Claims>,
    /// The handle that verified the claims: another handle for the same type can have other keys and another table.
    by: Auth<U>,
    /// The token they are the content of.
    token: Box<str>,
    /// The time this request may wait for stores: a single budget for guards and extractors.
    budget: Budget,
    /// The row, once it has been needed.
    row: OnceLock<Loaded<U>>,
    /// The row as it is now, once a `live` rule has needed it; it then takes precedence over `row`.
    live_row: OnceLock<Loaded<U>>,
    /// The rule that admitted the caller.
    rule: OnceLock<Kept<U>>,
    /// The rules of further guards: a layer and the handler behind it can each have one.
    more_rules: Mutex<Vec<Kept<U>>>,
}

/// A row loaded by this request.
struct Loaded<U> {
    /// The row of an active account; `None` for any other.
    row: Option<Arc<U>>,
    /// Whether the rules that admitted the caller by the token have been checked against the row.
    settled: AtomicBool,
}

/// A rule that admitted the caller, to be checked again once the row is loaded.
struct Kept<U: AuthUser> {
    rule: &'static Rule<U>,
    hidden: bool,
    answers: Answers,
    checks: Option<Arc<dyn Asker>>,
}

impl<U: AuthUser> Known<U> {
    fn loaded(&self) -> Option<&Loaded<U>> {
        self.live_row.get().or_else(|| self.row.get())
    }
}

impl<U: AuthUser> Kept<U> {
    /// Judges the rule by each of these facts. A panic in a requirement of the application is an error and never admits
    /// the caller (HTTP-19), whatever stands around the requirement.
    fn judge<'a>(&self, facts: impl IntoIterator<Item = &'a Facts<'a, U>>) -> Result<Verdict, AuthError> {
        let judged = facts.into_iter().map(|facts| self.rule.judge(facts, self.answers));
        catch_panic_now(|| judged.reduce(Verdict::and).unwrap_or(Verdict::No)).ok_or_else(panicked)
    }

    /// Returns the step-up, if any, that would satisfy everything that the rule was checked against. This asks
    /// requirements that the verdict did not need.
    fn step_up(&self, judged: &[Option<Facts<'_, U>>; 2]) -> Result<Option<StepUp>, AuthError> {
        let steps = || {
            let no = judged.iter().flatten().filter(|facts| self.rule.judge(facts, self.answers) == Verdict::No);
            let steps: Option<Vec<_>> = no.map(|facts| self.rule.step_up(facts, self.answers)).collect();
            steps.and_then(|steps| steps.into_iter().reduce(StepUp::and))
        };
        catch_panic_now(steps).ok_or_else(panicked)
    }
}

impl<U: AuthUser> Clone for Kept<U> {
    fn clone(&self) -> Self {
        Self { rule: self.rule, hidden: self.hidden, answers: self.answers, checks: self.checks.clone() }
    }
}

/// Marks a request while a check is evaluated against the row: if the check itself loads the row, it must not trigger
/// the same evaluation again.
#[derive(Clone)]
struct Settling<U>(PhantomData<fn() -> U>);

impl<U: AuthUser> Clone for Caller<U> {
    fn clone(&self) -> Self {
        Self { known: Arc::clone(&self.known) }
    }
}

impl<U: AuthUser> Caller<U> {
    /// Creates the caller that `token` names to the handle `by`; `budget` is what is left of the time to wait for stores.
    pub(super) fn new(claims: Arc<U::Claims>, token: &str, by: Auth<U>, budget: Budget) -> Self {
        let known = Known {
            claims,
            by,
            token: token.into(),
            budget,
            row: OnceLock::new(),
            live_row: OnceLock::new(),
            rule: OnceLock::new(),
            more_rules: Mutex::default(),
        };
        Self { known: Arc::new(known) }
    }

    /// Whether this is who `token` names to this handle, and not to another one.
    pub(super) fn is(&self, token: &str, auth: &Auth<U>) -> bool {
        self.known.by.is(auth) && same_token(&self.known.token, token)
    }

    /// Returns the time that the request may wait for stores.
    pub(super) fn budget(&self) -> &Budget {
        &self.known.budget
    }

    /// Returns the caller whom an earlier guard or extractor of this request has verified. Whether that is still who
    /// the request comes from is for the reader to find out.
    pub(super) fn of(parts: &Parts) -> Option<Self> {
        Some(Self { known: callers::kept(parts)? })
    }

    /// Keeps the caller for later guards and extractors of the request.
    pub(super) fn keep_in(&self, parts: &mut Parts) {
        callers::keep(parts, Arc::clone(&self.known));
    }

    pub(crate) fn claims(&self) -> &U::Claims {
        &self.known.claims
    }

    /// Admits or refuses the caller: by the row if the rule is `live`, otherwise by the token and, if the row has
    /// already been loaded (by a layer or a check, for example), by the row as well. The rule is checked again when a
    /// row is loaded later.
    pub(super) async fn admit<C: Checks<S>, S: Clone + Send + Sync + 'static>(
        &self,
        rule: &'static Rule<U>,
        (live, hidden): (bool, bool),
        parts: &mut Parts,
        state: &S,
        auth: &Auth<U>,
    ) -> Result<(), Refused> {
        // A loaded row counts, even if a layer continued after it was refused.
        if live || self.known.loaded().is_some() {
            self.load_row(live, parts, auth).await?;
        }
        // There is nothing to check, now or when a row is loaded later.
        if let Rule::SignedIn = rule {
            return Ok(());
        }
        let mut kept = Kept { rule, hidden, answers: Answers::NONE, checks: None };
        loop {
            let token = (!live).then(|| Facts::of_token(self.claims(), auth.now()));
            let row = self.known.loaded().and_then(|loaded| loaded.row.as_deref());
            let row = row.map(|row| Facts::of_row(self.claims(), row, auth.now()));
            match kept.judge(token.iter().chain(&row))? {
                Verdict::Yes => break,
                Verdict::No => return Err(self.refuse(&kept, &[token, row], parts, auth)),
                Verdict::Ask(place) => {
                    if let Some(undecided) = probe::undecided(place, parts) {
                        return Err(Refused::answered(undecided));
                    }
                    let answer = put::<C, S>(place, parts, state).await;
                    let answer = answer.map_err(|refused| self.refused_by_check(refused, &kept, parts, auth))?;
                    kept.answers = kept.answers.with(place, answer);
                }
            }
        }
        kept.checks = asker::<C, S>(state, parts, kept.answers);
        if let Err(kept) = self.known.rule.set(kept) {
            self.known.more_rules.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        Ok(())
    }

    /// Returns the caller's row. Whenever it is loaded, the account must be active and every rule that admitted the
    /// caller by the token must also hold *for the row* before the handler runs: a demoted admin with a fresh token
    /// does not pass.
    pub(crate) async fn row(&self, parts: &mut Parts, auth: &Auth<U>) -> Result<&U, Refused> {
        self.load_row(false, parts, auth).await
    }

    async fn load_row(&self, live: bool, parts: &mut Parts, auth: &Auth<U>) -> Result<&U, Refused> {
        let loaded = match if live { self.known.live_row.get() } else { self.known.loaded() } {
            Some(loaded) => loaded,
            None => self.load(live, auth).await?,
        };
        let Some(row) = &loaded.row else {
            refused(parts, auth, Some(self.claims()), Refusal::Inactive);
            return Err(AuthError::InvalidToken.into());
        };
        self.settle(loaded, row, parts, auth).await?;
        Ok(row)
    }

    async fn load(&self, live: bool, auth: &Auth<U>) -> Result<&Loaded<U>, AuthError> {
        let kept = if live { None } else { auth.feed().cached_user(self.claims()) };
        let row = if kept.is_some() { kept } else { self.read_row(auth).await? };
        let row = row.filter(|row| row.is_active() && is_same_row(&**row, self.claims().created()));
        let place = if live { &self.known.live_row } else { &self.known.row };
        Ok(place.get_or_init(|| Loaded { row, settled: AtomicBool::new(false) }))
    }

    async fn read_row(&self, auth: &Auth<U>) -> Result<Option<Arc<U>>, AuthError> {
        self.known.budget.spend(auth.feed().row(self.claims())).await
    }

    /// Checks the rules against the row that so far were checked against the token. This may need checks that did not
    /// run before.
    async fn settle(&self, loaded: &Loaded<U>, row: &U, parts: &mut Parts, auth: &Auth<U>) -> Result<(), Refused> {
        if loaded.settled.load(Ordering::Acquire) || parts.extensions.get::<Settling<U>>().is_some() {
            return Ok(());
        }
        for mut kept in self.kept() {
            loop {
                let facts = Facts::of_row(self.claims(), row, auth.now());
                match kept.judge([&facts])? {
                    Verdict::Yes => break,
                    Verdict::No => return Err(self.refuse(&kept, &[None, Some(facts)], parts, auth)),
                    Verdict::Ask(place) => {
                        let answer = self.ask_of(&kept, place).await;
                        let answer = answer.map_err(|refused| self.refused_by_check(refused, &kept, parts, auth))?;
                        kept.answers = kept.answers.with(place, answer);
                    }
                }
            }
        }
        loaded.settled.store(true, Ordering::Release);
        Ok(())
    }

    fn kept(&self) -> Vec<Kept<U>> {
        let more = self.known.more_rules.lock().unwrap_or_else(PoisonError::into_inner);
        self.known.rule.get().into_iter().chain(more.iter()).cloned().collect()
    }

    /// Runs a check after its guard has returned, on the request that the guard saw.
    async fn ask_of(&self, kept: &Kept<U>, place: usize) -> Result<bool, Refused> {
        let Some(checks) = &kept.checks else {
            return Err(AuthError::internal(format!("the rule has no check {place}")).into());
        };
        let mut parts = checks.request();
        self.keep_in(&mut parts);
        parts.extensions.insert(Settling::<U>(PhantomData));
        checks.ask(place, &mut parts).await
    }

    /// Builds the refusal, with the step-up that would help.
    fn refuse(&self, kept: &Kept<U>, judged: &[Option<Facts<'_, U>>; 2], parts: &Parts, auth: &Auth<U>) -> Refused {
        let (error, reason) = match kept.step_up(judged) {
            Ok(Some(step_up)) => (AuthError::StepUpRequired(step_up).into(), Refusal::StepUp),
            Ok(None) if kept.hidden => (Refused::hidden(), Refusal::Rule),
            Ok(None) => (AuthError::Forbidden.into(), Refusal::Rule),
            Err(error) => return error.into(),
        };
        refused(parts, auth, Some(self.claims()), reason);
        error
    }

    /// Reports the refusal by a check. If it comes from one of our own extractors, the observers already know about it.
    fn refused_by_check(&self, why: Refused, kept: &Kept<U>, parts: &Parts, auth: &Auth<U>) -> Refused {
        if !why.is_told() {
            refused(parts, auth, Some(self.claims()), Refusal::Check);
        }
        if kept.hidden { why.hide() } else { why }
    }
}

fn panicked() -> AuthError {
    AuthError::internal("a requirement panicked")
}

/// Reports a refusal to the observers.
pub(crate) fn refused<U: AuthUser>(parts: &Parts, auth: &Auth<U>, claims: Option<&U::Claims>, reason: Refusal) {
    let user = claims.map(|claims| U::subject(claims).to_string());
    auth.tell(&client(parts, auth), EventKind::Refused { user, reason });
}
