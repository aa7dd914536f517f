//! Who calls, and what is known of them: claims, row, and the rules that let them in.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::http::Method;
use axum::http::request::Parts;

use super::check::{Asker, Checks, asker, put};
use super::client::client;
use super::probe;
use crate::auth::Auth;
use crate::error::AuthError;
use crate::event::{EventKind, Refusal};
use crate::policy::{Answers, Facts, Rule, Verdict};
use crate::rejection::Refused;
use crate::step_up::StepUp;
use crate::store::with_rest;
use crate::user::AuthUser;

/// Somebody whose token was verified, kept in the request for whoever asks next.
pub(crate) struct Caller<U: AuthUser> {
    known: Arc<Known<U>>,
}

struct Known<U: AuthUser> {
    claims: Arc<U::Claims>,
    /// Who verified them: another handle for the same type can have other keys and another table.
    by: Auth<U>,
    /// The method they were verified for: with cookies, it decides whether a page of somebody else may ask for it.
    method: Method,
    /// What is left of the time that this request may wait for stores: one budget for guard and extractors.
    patience: Mutex<Duration>,
    /// The row, once somebody needed it.
    row: OnceLock<Loaded<U>>,
    /// The same, once somebody needed it as it is now (`live`); then it counts instead.
    live_row: OnceLock<Loaded<U>>,
    /// The rule that let the caller in.
    rule: OnceLock<Kept<U>>,
    /// The rules of further guards: a layer and the handler behind it can both have one.
    more_rules: Mutex<Vec<Kept<U>>>,
}

/// A row of this request.
struct Loaded<U> {
    /// The account is active; of any other there is `None`.
    row: Option<Arc<U>>,
    /// Whether the rules that let the caller in by the token have been judged on it.
    settled: AtomicBool,
}

/// A rule that let the caller in, to be judged again on the row.
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

impl<U: AuthUser> Clone for Kept<U> {
    fn clone(&self) -> Self {
        Self { rule: self.rule, hidden: self.hidden, answers: self.answers, checks: self.checks.clone() }
    }
}

/// In the request while a check is asked about a row: what the check itself needs of the row waits for nobody.
#[derive(Clone)]
struct Settling<U>(PhantomData<fn() -> U>);

impl<U: AuthUser> Clone for Caller<U> {
    fn clone(&self) -> Self {
        Self { known: Arc::clone(&self.known) }
    }
}

impl<U: AuthUser> Caller<U> {
    /// Somebody whose token was verified for `method`; `patience` is what is left of the time to wait for stores.
    pub(super) fn new(claims: Arc<U::Claims>, by: Auth<U>, method: Method, patience: Duration) -> Self {
        let known = Known {
            claims,
            by,
            method,
            patience: Mutex::new(patience),
            row: OnceLock::new(),
            live_row: OnceLock::new(),
            rule: OnceLock::new(),
            more_rules: Mutex::default(),
        };
        Self { known: Arc::new(known) }
    }

    /// Whether `auth` verified it, and not another handle.
    pub(super) fn is_by(&self, auth: &Auth<U>) -> bool {
        self.known.by.is(auth)
    }

    /// The method the token was verified for.
    pub(super) fn method(&self) -> &Method {
        &self.known.method
    }

    pub(crate) fn claims(&self) -> &U::Claims {
        &self.known.claims
    }

    /// Whether `rule` lets the caller in: by the row if `live`, else by the token and, where the row has been loaded
    /// already (by a layer, say, or for a check), by the row as well. It is judged again on a row that is loaded later.
    pub(super) async fn admit<C: Checks<S>, S: Clone + Send + Sync + 'static>(
        &self,
        rule: &'static Rule<U>,
        (live, hidden): (bool, bool),
        parts: &mut Parts,
        state: &S,
        auth: &Auth<U>,
    ) -> Result<(), Refused> {
        // What is known of the row counts, even if a layer went on after it was refused.
        if live || self.known.loaded().is_some() {
            self.load_row(live, parts, auth).await?;
        }
        // Nothing is left to judge, now or on a row that comes later.
        if let Rule::SignedIn = rule {
            return Ok(());
        }
        let mut kept = Kept { rule, hidden, answers: Answers::NONE, checks: None };
        loop {
            let token = (!live).then(|| Facts::of_token(self.claims(), auth.now()));
            let row = self.known.loaded().and_then(|loaded| loaded.row.as_deref());
            let row = row.map(|row| Facts::of_row(self.claims(), row, auth.now()));
            let facts = token.iter().chain(&row);
            let verdict =
                facts.map(|facts| rule.judge(facts, kept.answers)).reduce(Verdict::and).unwrap_or(Verdict::No);
            match verdict {
                Verdict::Yes => break,
                Verdict::No => return Err(self.refuse(&kept, &[token, row], parts, auth)),
                Verdict::Ask(place) => {
                    if let Some(undecided) = probe::undecided(place, parts) {
                        return Err(undecided);
                    }
                    let answer = put::<C, S>(place, parts, state).await;
                    let answer = answer.inspect_err(|refused| self.tell_check(refused, parts, auth))?;
                    kept.answers = kept.answers.with(place, answer);
                }
            }
        }
        kept.checks = asker::<C, S>(state);
        if let Err(kept) = self.known.rule.set(kept) {
            self.known.more_rules.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        Ok(())
    }

    /// The caller's row. When it is loaded, the account must be active and every rule that let the caller in by the
    /// token must hold *on the row*, before the handler runs: a demoted admin with a fresh token does not pass.
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
        let id = U::subject(self.claims());
        let kept = if live { None } else { auth.kept_row(id) };
        let row = if kept.is_some() { kept } else { self.read_row(id, auth).await? };
        let row = row.filter(|row| row.is_active());
        let place = if live { &self.known.live_row } else { &self.known.row };
        Ok(place.get_or_init(|| Loaded { row, settled: AtomicBool::new(false) }))
    }

    async fn read_row(&self, id: &U::Id, auth: &Auth<U>) -> Result<Option<Arc<U>>, AuthError> {
        let patience = *self.known.patience.lock().unwrap_or_else(PoisonError::into_inner);
        let (row, left) = with_rest(patience, auth.row(id)).await;
        *self.known.patience.lock().unwrap_or_else(PoisonError::into_inner) = left;
        row
    }

    /// Judges on the row what was judged on the token. A check that nobody had to ask before may have to be asked now.
    async fn settle(&self, loaded: &Loaded<U>, row: &U, parts: &mut Parts, auth: &Auth<U>) -> Result<(), Refused> {
        if loaded.settled.load(Ordering::Acquire) || parts.extensions.get::<Settling<U>>().is_some() {
            return Ok(());
        }
        for mut kept in self.kept() {
            loop {
                let facts = Facts::of_row(self.claims(), row, auth.now());
                match kept.rule.judge(&facts, kept.answers) {
                    Verdict::Yes => break,
                    Verdict::No => return Err(self.refuse(&kept, &[None, Some(facts)], parts, auth)),
                    Verdict::Ask(place) => {
                        let answer = ask_of(&kept, place, parts).await;
                        let answer = answer.inspect_err(|refused| self.tell_check(refused, parts, auth))?;
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

    /// Why not, and what to do about it, if anything: by everything that was judged.
    fn refuse(&self, kept: &Kept<U>, judged: &[Option<Facts<'_, U>>; 2], parts: &Parts, auth: &Auth<U>) -> Refused {
        let no = judged.iter().flatten().filter(|facts| kept.rule.judge(facts, kept.answers) == Verdict::No);
        let steps: Option<Vec<_>> = no.map(|facts| kept.rule.step_up(facts, kept.answers)).collect();
        let step_up = steps.and_then(|steps| steps.into_iter().reduce(StepUp::and));
        let (error, reason) = match step_up {
            Some(step_up) => (AuthError::StepUpRequired(step_up), Refusal::StepUp),
            None if kept.hidden => (AuthError::NotFound, Refusal::Rule),
            None => (AuthError::Forbidden, Refusal::Rule),
        };
        refused(parts, auth, Some(self.claims()), reason);
        error.into()
    }

    /// A check refused. Of what an extractor of ours refused it, the observers know already.
    fn tell_check(&self, why: &Refused, parts: &Parts, auth: &Auth<U>) {
        if !why.is_told() {
            refused(parts, auth, Some(self.claims()), Refusal::Check);
        }
    }
}

/// Asks a check when its guard has long gone.
async fn ask_of<U: AuthUser>(kept: &Kept<U>, place: usize, parts: &mut Parts) -> Result<bool, Refused> {
    let Some(checks) = &kept.checks else {
        return Err(AuthError::internal(format!("the rule has no check {place}")).into());
    };
    parts.extensions.insert(Settling::<U>(PhantomData));
    let answer = checks.ask(place, parts).await;
    parts.extensions.remove::<Settling<U>>();
    answer
}

/// Tells the observers of a refusal.
pub(crate) fn refused<U: AuthUser>(parts: &Parts, auth: &Auth<U>, claims: Option<&U::Claims>, reason: Refusal) {
    let user = claims.map(|claims| U::subject(claims).to_string());
    auth.tell(&client(parts, auth), EventKind::Refused { user, reason });
}
