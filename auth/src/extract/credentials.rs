//! Identifies the caller of a request. Each request is verified once, however many guards and extractors need it.
//!
//! This usually takes only computation and memory, so it does not wait. The store is queried only while memory cannot
//! tell which sessions have ended.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;

use super::caller::{Caller, refused};
use super::check::forget;
use crate::auth::{Auth, Standing};
use crate::error::AuthError;
use crate::event::Refusal;
use crate::store::with_rest;
use crate::transport;
use crate::user::AuthUser;

/// Returns the caller; reports an event and fails if there are no credentials.
pub(crate) async fn required<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Caller<U>, AuthError> {
    authenticate(parts, auth).await?.ok_or_else(|| {
        refused(parts, auth, None, Refusal::NotSignedIn);
        AuthError::NotSignedIn
    })
}

/// Returns the caller, verified once per request by whichever guard or extractor comes first. `None` if there are no
/// credentials.
pub(crate) async fn authenticate<U: AuthUser>(
    parts: &mut Parts,
    auth: &Auth<U>,
) -> Result<Option<Caller<U>>, AuthError> {
    if let Some(caller) = parts.extensions.get::<Caller<U>>().filter(|caller| caller.is_by(auth)) {
        let caller = caller.clone();
        if *caller.method() != parts.method {
            // The method was overridden meanwhile. Check that cookies may be used with this one, too (CSRF-01).
            verify(parts, auth, auth.inner().store_timeout).await?;
        }
        return Ok(Some(caller));
    }
    let Some((claims, left)) = verify(parts, auth, auth.inner().store_timeout).await? else { return Ok(None) };
    let caller = Caller::new(claims, auth.clone(), parts.method.clone(), left);
    if parts.extensions.insert(caller.clone()).is_some() {
        forget(parts);
    }
    Ok(Some(caller))
}

/// Returns the claims of the request's token, if it has a valid one, and the rest of `patience`. An invalid one is
/// reported to the observers.
async fn verify<U: AuthUser>(
    parts: &Parts,
    auth: &Auth<U>,
    patience: Duration,
) -> Result<Option<(Arc<U::Claims>, Duration)>, AuthError> {
    let bad = |reason| {
        refused(parts, auth, None, reason);
        AuthError::InvalidToken
    };
    let inner = auth.inner();
    let token = transport::access_token(parts, &inner.cookies).inspect_err(|error| match error {
        AuthError::CrossSite => refused(parts, auth, None, Refusal::CrossSite),
        AuthError::InvalidToken => refused(parts, auth, None, Refusal::InvalidToken),
        _ => {}
    })?;
    let Some(token) = token else { return Ok(None) };
    let claims = inner.tokens.verify(token, inner.clock.now()).ok_or_else(|| bad(Refusal::InvalidToken))?;
    let (stands, left) = match auth.standing(&claims) {
        Standing::Stands => (true, patience),
        Standing::Ended => (false, patience),
        // Rare, so its state should not enlarge the future of every request.
        Standing::Unknown => {
            let (stands, left) = Box::pin(with_rest(patience, auth.stands_in_store(&claims))).await;
            (stands?, left)
        }
    };
    if stands { Ok(Some((claims, left))) } else { Err(bad(Refusal::Revoked)) }
}
