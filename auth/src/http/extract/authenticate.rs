//! Identifies the caller of a request. A credential is verified once per request, however many guards and extractors
//! need it.
//!
//! This usually takes only computation and memory, so it does not wait. The store is queried only while memory cannot
//! tell which sessions have ended.
//!
//! The verified caller is reused on the same terms: each guard and extractor looks again for the credential of the
//! request, with the same-origin check of cookies, and only the verification of one that is still the same is skipped.
//! (Keeping a list of everything that leads to it, and comparing that, would miss what is added to it later.) So a stack
//! of guards admits exactly when each of them alone admits the request that it sees, which `tests/rules/stacks.rs` tries
//! on random stacks.

use axum::http::request::Parts;

use super::caller::{Caller, refused};
use super::credential::{Authenticator, Unverified};
use super::renew;
use super::session_token::SessionTokens;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::transport;
use crate::model::event::Refusal;
use crate::model::user::AuthUser;
use crate::store::Budget;

/// Returns the caller; reports an event and fails if there are no credentials, or if the caller must sign in with several
/// factors and has not.
pub(super) async fn required<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Caller<U>, AuthError> {
    let caller = authenticate(parts, auth).await?.ok_or_else(|| {
        refused(parts, auth, None, Refusal::NotSignedIn);
        AuthError::NotSignedIn
    })?;
    if caller.lacks_factors() {
        caller.ask_for_factors(parts, auth)?;
    }
    Ok(caller)
}

/// Returns the caller of what anybody may ask for. Somebody who has not shown enough is nobody: an error would keep them
/// from the page on which they sign in.
pub(super) async fn optional<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Option<Caller<U>>, AuthError> {
    Ok(authenticate(parts, auth).await?.filter(|caller| !caller.lacks_factors()))
}

/// Returns the caller, verified by whichever guard or extractor comes first. `None` if there are no credentials, unless
/// that is not known: cookies could not be renewed because something failed.
///
/// Later ones reuse the result only if the request still presents the same credential, and may still present it:
/// whatever leads from the request to it (headers, cookies, and for cookies method and origin) is looked at each time.
async fn authenticate<U: AuthUser>(parts: &mut Parts, auth: &Auth<U>) -> Result<Option<Caller<U>>, AuthError> {
    let Some(presented) = presented(parts, auth)? else { return renew::failure::<U>(parts).map_or(Ok(None), Err) };
    let before = Caller::<U>::of(parts);
    if let Some(caller) = before.as_ref().filter(|caller| caller.is(presented, auth)) {
        return Ok(Some(caller.clone()));
    }
    let budget = before.map_or_else(|| Budget::new(auth.http().store_timeout), |caller| caller.budget().rest());
    // The only kind so far. Another one is told apart by what is presented, before anything is verified.
    let credential = SessionTokens(auth).verify(presented, &budget).await.map_err(|why| match why {
        Unverified::Failed(error) => error,
        Unverified::Refused(reason) => renew::failure::<U>(parts).unwrap_or_else(|| {
            refused(parts, auth, None, reason);
            AuthError::InvalidToken
        }),
    })?;
    let caller = Caller::new(credential, presented, auth.clone(), budget);
    caller.keep_in(parts);
    Ok(Some(caller))
}

/// Returns what the request presents, not yet verified. Reports what must not be used here to the observers.
fn presented<'a, U: AuthUser>(parts: &'a Parts, auth: &Auth<U>) -> Result<Option<&'a str>, AuthError> {
    transport::access_token(parts, auth.http()).inspect_err(|error| match error {
        AuthError::CrossSite => refused(parts, auth, None, Refusal::CrossSite),
        AuthError::InvalidToken => refused(parts, auth, None, Refusal::InvalidToken),
        _ => {}
    })
}
