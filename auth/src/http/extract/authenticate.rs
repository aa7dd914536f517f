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
use super::client::client;
use super::credential::Unverified;
use super::gate::Gate;
use super::renew;
use crate::base::error::AuthError;
use crate::http::transport;
use crate::model::event::Refusal;
use crate::store::Budget;

/// Returns the caller, whatever kind of credential they present; reports an event and fails if there is none, or if the
/// caller must sign in with several factors and has not. For guards, which decide about kinds.
pub(super) async fn identified<G: Gate>(parts: &mut Parts, gate: &G) -> Result<Caller<G>, AuthError> {
    let caller = authenticate(parts, gate).await?.ok_or_else(|| {
        refused(parts, gate, None, Refusal::NotSignedIn);
        AuthError::NotSignedIn
    })?;
    if caller.lacks_factors() {
        caller.ask_for_factors(parts, gate)?;
    }
    Ok(caller)
}

/// Returns the caller for an extractor. An API key counts only if a guard has let it in.
pub(super) async fn required<G: Gate>(parts: &mut Parts, gate: &G) -> Result<Caller<G>, AuthError> {
    let caller = identified(parts, gate).await?;
    caller.is_let_in(parts, gate).map(|()| caller)
}

/// Returns the caller of what anybody may ask for. Somebody who has not shown enough is nobody: an error would keep them
/// from the page on which they sign in.
pub(super) async fn optional<G: Gate>(parts: &mut Parts, gate: &G) -> Result<Option<Caller<G>>, AuthError> {
    let caller = authenticate(parts, gate).await?.filter(|caller| !caller.lacks_factors());
    if let Some(caller) = &caller {
        caller.is_let_in(parts, gate)?;
    }
    Ok(caller)
}

/// Returns the caller, verified by whichever guard or extractor comes first. `None` if there are no credentials, unless
/// that is not known: cookies could not be renewed because something failed.
///
/// Later ones reuse the result only if the request still presents the same credential, and may still present it:
/// whatever leads from the request to it (headers, cookies, and for cookies method and origin) is looked at each time.
async fn authenticate<G: Gate>(parts: &mut Parts, gate: &G) -> Result<Option<Caller<G>>, AuthError> {
    let Some(presented) = presented(parts, gate)? else { return renew::failure::<G::Of>(parts).map_or(Ok(None), Err) };
    let before = Caller::<G>::of(parts);
    if let Some(caller) = before.as_ref().filter(|caller| caller.is(presented, gate)) {
        return Ok(Some(caller.clone()));
    }
    let budget = before.map_or_else(|| Budget::new(gate.http().store_timeout), |caller| caller.budget().rest());
    // The prefix decides before any code of tokens runs. In a cookie it is no key, and no token either. Nor is a token of
    // the former auth, which no cookie of ours has ever held.
    let is_in_header = || transport::is_in_header(parts, gate.http());
    let credential = if gate.is_key(presented) && is_in_header() {
        let client = client(parts, gate);
        Box::pin(gate.verify_key(presented, &client, &budget)).await?
    } else {
        let verified = if gate.may_be_former(presented) && is_in_header() {
            let client = client(parts, gate);
            Box::pin(gate.verify_former(presented, &client, &budget)).await
        } else {
            gate.verify(presented, &budget).await
        };
        verified.map_err(|why| match why {
            Unverified::Failed(error) => error,
            Unverified::Refused(reason) => renew::failure::<G::Of>(parts).unwrap_or_else(|| {
                refused(parts, gate, None, reason);
                AuthError::InvalidToken
            }),
        })?
    };
    let caller = Caller::new(credential, presented, gate.clone(), budget);
    caller.keep_in(parts);
    Ok(Some(caller))
}

/// Returns what the request presents, not yet verified. Reports what must not be used here to the observers.
fn presented<'a, G: Gate>(parts: &'a Parts, gate: &G) -> Result<Option<&'a str>, AuthError> {
    transport::access_token(parts, gate.http()).inspect_err(|error| match error {
        AuthError::CrossSite => refused(parts, gate, None, Refusal::CrossSite),
        AuthError::InvalidToken => refused(parts, gate, None, Refusal::InvalidToken),
        _ => {}
    })
}
