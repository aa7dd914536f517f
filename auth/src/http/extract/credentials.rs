//! Identifies the caller of a request. A token is verified once per request, however many guards and extractors need it.
//!
//! This usually takes only computation and memory, so it does not wait. The store is queried only while memory cannot
//! tell which sessions have ended.
//!
//! The verified caller is reused on the same terms (`http/extract/credentials.rs`): each guard and extractor looks again for
//! the token of the request, with the same-origin check of cookies, and only the verification of a token that is still
//! the same is skipped. (Keeping a list of everything that leads to the token, and comparing that, would miss what is
//! added to it later.) So a stack of guards admits exactly when each of them alone admits the request that it sees,
//! which `tests/rules/stacks.rs` tries on random stacks.

use std::sync::Arc;

use axum::http::request::Parts;

use super::caller::{Caller, refused};
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::transport;
use crate::model::event::Refusal;
use crate::model::user::AuthUser;
use crate::revocation::TokenStatus;
use crate::store::Budget;

/// Returns the caller; reports an event and fails if there are no credentials.
pub(crate) async fn required<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Caller<U>, AuthError> {
    authenticate(parts, auth).await?.ok_or_else(|| {
        refused(parts, auth, None, Refusal::NotSignedIn);
        AuthError::NotSignedIn
    })
}

/// Returns the caller, verified by whichever guard or extractor comes first. `None` if there are no credentials.
///
/// Later ones reuse the result only if the request still presents the same token, and may still present it: whatever
/// leads from the request to the token (headers, cookies, and for cookies method and origin) is looked at each time.
pub(crate) async fn authenticate<U: AuthUser>(
    parts: &mut Parts,
    auth: &Auth<U>,
) -> Result<Option<Caller<U>>, AuthError> {
    let Some(token) = presented(parts, auth)? else { return Ok(None) };
    let before = Caller::<U>::of(parts);
    if let Some(caller) = before.as_ref().filter(|caller| caller.is(token, auth)) {
        return Ok(Some(caller.clone()));
    }
    let budget = before.map_or_else(|| Budget::new(auth.http().store_timeout), |caller| caller.budget().rest());
    let claims = verify(token, parts, auth, &budget).await?;
    let caller = Caller::new(claims, token, auth.clone(), budget);
    caller.keep_in(parts);
    Ok(Some(caller))
}

/// Returns the token of the request, not yet verified. Reports one that must not be used here to the observers.
fn presented<'a, U: AuthUser>(parts: &'a Parts, auth: &Auth<U>) -> Result<Option<&'a str>, AuthError> {
    transport::access_token(parts, &auth.http().cookies).inspect_err(|error| match error {
        AuthError::CrossSite => refused(parts, auth, None, Refusal::CrossSite),
        AuthError::InvalidToken => refused(parts, auth, None, Refusal::InvalidToken),
        _ => {}
    })
}

/// Returns the claims of the token. An invalid token is reported to the observers.
async fn verify<U: AuthUser>(
    token: &str,
    parts: &Parts,
    auth: &Auth<U>,
    budget: &Budget,
) -> Result<Arc<U::Claims>, AuthError> {
    let bad = |reason| {
        refused(parts, auth, None, reason);
        AuthError::InvalidToken
    };
    let claims = auth.tokens().verify(token, auth.now()).ok_or_else(|| bad(Refusal::InvalidToken))?;
    let is_active = match auth.feed().status(&claims) {
        TokenStatus::Active => true,
        TokenStatus::Revoked => false,
        // Rare, so its state should not enlarge the future of every request.
        TokenStatus::Unknown => Box::pin(budget.spend(auth.feed().is_active_in_store(&claims))).await?,
    };
    if is_active { Ok(claims) } else { Err(bad(Refusal::Revoked)) }
}
