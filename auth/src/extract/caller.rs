//! From a request to a caller: one verification, however many ask.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::request::Parts;

use super::client::client;
use crate::auth::Auth;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::event::{EventKind, Refusal};
use crate::policy::{Facts, Rule};
use crate::rejection::Rejection;
use crate::state::InState;
use crate::transport;
use crate::user::AuthUser;

/// Somebody whose token was verified, kept in the request for whoever asks next.
pub(crate) struct Caller<U: AuthUser> {
    known: Arc<Known<U>>,
}

struct Known<U: AuthUser> {
    claims: U::Claims,
    /// The row, once somebody needed it.
    row: OnceLock<U>,
    /// The rule that let the caller in, to be judged again on the row.
    rule: OnceLock<&'static Rule<U>>,
    /// The rules of further guards: a layer and the handler behind it can both have one.
    more_rules: Mutex<Vec<&'static Rule<U>>>,
}

impl<U: AuthUser> Clone for Caller<U> {
    fn clone(&self) -> Self {
        Self { known: Arc::clone(&self.known) }
    }
}

impl<U: AuthUser> Caller<U> {
    pub(crate) fn claims(&self) -> &U::Claims {
        &self.known.claims
    }

    /// Whether `rule` lets the caller in: by the row if `live`, else by the token and, where the row has been loaded
    /// already (by a layer, say), by the row as well. It is judged again on a row that is loaded later.
    pub(super) async fn admit(
        &self,
        rule: &'static Rule<U>,
        live: bool,
        parts: &Parts,
        auth: &Auth<U>,
    ) -> Result<(), AuthError> {
        let row = if live { Some(self.row(parts, auth).await?) } else { self.known.row.get() };
        let by_token = live || rule.holds(&Facts::of_token(self.claims()));
        if !by_token || row.is_some_and(|row| !rule.holds(&Facts::of_row(self.claims(), row))) {
            refused(parts, auth, Some(self.claims()), Refusal::Rule);
            return Err(AuthError::Forbidden);
        }
        if self.known.rule.set(rule).is_err() {
            self.known.more_rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
        }
        Ok(())
    }

    /// The caller's row. When it is loaded, the account must be active and every rule that let the caller in by the
    /// token must hold *on the row*, before the handler runs: a demoted admin with a fresh token does not pass.
    pub(crate) async fn row(&self, parts: &Parts, auth: &Auth<U>) -> Result<&U, AuthError> {
        if let Some(row) = self.known.row.get() {
            return Ok(row);
        }
        let row = auth.inner().users.find(U::subject(self.claims())).await?;
        let Some(row) = row.filter(AuthUser::is_active) else {
            refused(parts, auth, Some(self.claims()), Refusal::Inactive);
            return Err(AuthError::InvalidToken);
        };
        if !self.rules_hold(&row) {
            refused(parts, auth, Some(self.claims()), Refusal::Rule);
            return Err(AuthError::Forbidden);
        }
        Ok(self.known.row.get_or_init(|| row))
    }

    fn rules_hold(&self, row: &U) -> bool {
        let facts = Facts::of_row(self.claims(), row);
        let more = self.known.more_rules.lock().unwrap_or_else(PoisonError::into_inner);
        self.known.rule.get().into_iter().chain(more.iter()).all(|rule| rule.holds(&facts))
    }
}

/// Who calls: verified once per request, by whoever asks first. `None` if there are no credentials.
pub(crate) fn authenticate<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Option<Caller<U>>, AuthError> {
    if let Some(caller) = parts.extensions.get::<Caller<U>>() {
        return Ok(Some(caller.clone()));
    }
    let verified = match verify(parts, auth) {
        Ok(verified) => verified,
        Err((error, reason)) => {
            if let Some(reason) = reason {
                refused(parts, auth, None, reason);
            }
            return Err(error);
        }
    };
    let Some(claims) = verified else { return Ok(None) };
    let known = Known { claims, row: OnceLock::new(), rule: OnceLock::new(), more_rules: Mutex::default() };
    let caller = Caller { known: Arc::new(known) };
    parts.extensions.insert(caller.clone());
    Ok(Some(caller))
}

type Unverified = (AuthError, Option<Refusal>);

/// Reads and verifies the token of a request; an error comes with what to tell the operator.
fn verify<U: AuthUser>(parts: &Parts, auth: &Auth<U>) -> Result<Option<U::Claims>, Unverified> {
    let inner = auth.inner();
    let token = transport::access_token(parts, &inner.cookies).map_err(|error| {
        let reason = match error {
            AuthError::CrossSite => Some(Refusal::CrossSite),
            AuthError::InvalidToken => Some(Refusal::InvalidToken),
            _ => None,
        };
        (error, reason)
    })?;
    let Some(token) = token else { return Ok(None) };
    let bad = |reason| (AuthError::InvalidToken, Some(reason));
    let claims: U::Claims = inner.tokens.verify(token, inner.clock.now()).ok_or_else(|| bad(Refusal::InvalidToken))?;
    if !inner.revocations.accept(U::subject(&claims), &claims.registered()) {
        return Err(bad(Refusal::Revoked));
    }
    Ok(Some(claims))
}

/// Tells the observers of a refusal.
pub(crate) fn refused<U: AuthUser>(parts: &Parts, auth: &Auth<U>, claims: Option<&U::Claims>, reason: Refusal) {
    let user = claims.map(|claims| U::subject(claims).to_string());
    auth.tell(&client(parts), EventKind::Refused { user, reason });
}

/// Who calls; nobody is an error, and an event.
pub(crate) fn required<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Caller<U>, AuthError> {
    authenticate(parts, auth)?.ok_or_else(|| {
        refused(parts, auth, None, Refusal::NotSignedIn);
        AuthError::NotSignedIn
    })
}

/// The user, loaded. Generated code calls it.
#[doc(hidden)]
pub async fn extract_user<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U, Rejection> {
    let auth = U::auth(state);
    let user = match required(parts, &auth) {
        Ok(caller) => caller.row(parts, &auth).await.cloned(),
        Err(error) => Err(error),
    };
    user.map_err(|error| auth.inner().reject(&error, parts))
}

/// The user if anybody is signed in; a bad token is an error, not nobody. Generated code calls it.
#[doc(hidden)]
pub async fn extract_user_opt<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<Option<U>, Rejection> {
    let auth = U::auth(state);
    let user = match authenticate(parts, &auth) {
        Ok(Some(caller)) => caller.row(parts, &auth).await.cloned().map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    user.map_err(|error| auth.inner().reject(&error, parts))
}

/// The claims of the access token. Generated code calls it.
#[doc(hidden)]
pub async fn extract_claims<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U::Claims, Rejection> {
    let auth = U::auth(state);
    let claims = required(parts, &auth).map(|caller| caller.claims().clone());
    claims.map_err(|error| auth.inner().reject(&error, parts))
}

/// The claims if anybody is signed in. Generated code calls it.
#[doc(hidden)]
pub async fn extract_claims_opt<U: InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<U::Claims>, Rejection> {
    let auth = U::auth(state);
    let claims = authenticate(parts, &auth).map(|caller| caller.map(|caller| caller.claims().clone()));
    claims.map_err(|error| auth.inner().reject(&error, parts))
}
