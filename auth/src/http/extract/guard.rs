//! The first extractor of every declared handler: it decides before any other part of the request is read.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::authenticate::identified;
use super::caller::Caller;
use super::check::Checks;
use super::gate::Gate;
use super::test_probe;
use crate::http::rejection::{Refused, Rejection, RequiredScope};
use crate::http::state::{AuthState, InState};
use crate::http::transport;
use crate::policy::{Access, Policy};

/// Proof that the rule `P` admitted the caller. `#[protected]` and `#[public]` make it the first parameter of a
/// handler.
pub struct Guard<P, Sel = FromState> {
    decided: PhantomData<fn() -> (P, Sel)>,
}

/// Selects the user type of the router's state ([`AuthState::User`]).
#[derive(Debug)]
pub struct FromState;

/// Selects the user type `U`: `#[protected(user = U)]`.
pub struct Of<U>(PhantomData<fn() -> U>);

impl<U> fmt::Debug for Of<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Of")
    }
}

/// How a guard finds its user type in the state `S`.
#[diagnostic::on_unimplemented(
    message = "the state `{S}` does not say who its users are",
    label = "this router's state is `{S}`",
    note = "add `impl auth::AuthState for {S} {{ type User = YourUser; }}`, and `#[derive(axum::extract::FromRef)]` on it with a field of type `auth::Auth<YourUser>`"
)]
pub trait Selects<S> {
    /// The user type.
    type User: InState<S>;
}

#[diagnostic::do_not_recommend]
impl<S: AuthState> Selects<S> for FromState {
    type User = S::User;
}

impl<S, U: InState<S>> Selects<S> for Of<U> {
    type User = U;
}

/// A rule as a value: returned by `rule!(…)` and passed to `auth.require(…)`.
pub struct RuleOf<P> {
    rule: PhantomData<fn() -> P>,
}

impl<P> RuleOf<P> {
    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new() -> Self {
        Self { rule: PhantomData }
    }
}

// Written by hand, because a derive would require the same traits of `P`.
impl<P> Clone for RuleOf<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for RuleOf<P> {}

impl<P> fmt::Debug for RuleOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuleOf")
    }
}

impl<P, Sel> Guard<P, Sel> {
    const fn passed() -> Self {
        Self { decided: PhantomData }
    }

    /// The caller may enter the handler. A probe of the test utilities only wanted to know that, and stops here.
    fn enter(parts: &Parts) -> Result<Self, Rejection> {
        test_probe::passed(parts).map_or(Ok(Self::passed()), |response| Err(Rejection::of(response)))
    }
}

#[cfg(feature = "testing")]
impl<P, Sel> Guard<P, Sel> {
    /// Creates a guard for unit tests that call a handler as a plain function. For tests only: no rule was checked.
    #[must_use]
    pub const fn for_test() -> Self {
        Self::passed()
    }
}

impl<P, Sel> fmt::Debug for Guard<P, Sel> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<S, P, Sel> FromRequestParts<S> for Guard<P, Sel>
where
    S: Clone + Send + Sync + 'static,
    Sel: Selects<S>,
    P: Policy<Sel::User, Checks: Checks<S>>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let access = <P as Policy<Sel::User>>::ACCESS;
        // Most requests to what is open to everybody: nobody looks at a credential.
        if matches!(access, Access::Public { .. }) && !transport::opens_a_page(parts) {
            return Self::enter(parts);
        }
        let gate = <Sel::User as InState<S>>::gate(state);
        if let Some(again) = gate.renew(parts, access).await {
            return Err(Rejection::of(again));
        }
        match admit::<_, P::Checks, S>(parts, state, &gate, access).await {
            Ok(_) => Self::enter(parts),
            Err(refused) => Err(gate.http().reject(refused, parts)),
        }
    }
}

/// Decides for handlers, layers and the library's own routes alike; returns the caller if the rule is not public.
///
/// The order matters: first identify the caller, then decide about the kind of credential, then load the row (`live`),
/// then check the token, then run checks as far as needed.
pub(crate) async fn admit<G: Gate, C: Checks<S>, S: Clone + Send + Sync + 'static>(
    parts: &mut Parts,
    state: &S,
    gate: &G,
    access: &'static Access<G::Of>,
) -> Result<Option<Caller<G>>, Refused> {
    let Access::Protected { rule, live, hidden, keys } = access else { return Ok(None) };
    let admitted = async {
        let caller = identified(parts, gate).await?;
        caller.admit_kind(*keys, *hidden, parts, gate)?;
        caller.admit::<C, S>(rule, (*live, *hidden), parts, state, gate).await?;
        Ok(caller)
    };
    let admitted: Result<_, Refused> = admitted.await;
    // What is hidden does not say what it would take.
    if admitted.is_err() && !hidden && gate.http().resource.is_some() {
        RequiredScope::put(rule.scopes(), parts);
    }
    admitted.map(Some)
}
