//! What handlers get: the user or the claims, required or optional. Generated code calls one of these per extractor.

use axum::http::request::Parts;

use super::authenticate::{optional, required};
use super::gate::Gate as _;
use crate::http::rejection::Rejection;
use crate::http::state::InState;
use crate::model::user::AuthUser;

/// Loads the user.
#[doc(hidden)]
pub async fn extract_user<U: AuthUser + InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U, Rejection> {
    let gate = U::gate(state);
    let user = match required(parts, &gate).await {
        Ok(caller) => caller.row(parts, &gate).await.cloned(),
        Err(error) => Err(error.into()),
    };
    user.map_err(|refused| gate.http().reject(refused, parts))
}

/// Loads the user if there are credentials; an invalid token is an error, not an anonymous caller.
#[doc(hidden)]
pub async fn extract_user_opt<U: AuthUser + InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<U>, Rejection> {
    let gate = U::gate(state);
    let user = match optional(parts, &gate).await {
        Ok(Some(caller)) => match caller.row(parts, &gate).await {
            Err(_) if caller.lacks_factors() => Ok(None),
            row => row.cloned().map(Some),
        },
        Ok(None) => Ok(None),
        Err(error) => Err(error.into()),
    };
    user.map_err(|refused| gate.http().reject(refused, parts))
}

/// Returns the claims of the access token.
#[doc(hidden)]
pub async fn extract_claims<U: InState<S>, S: Sync>(parts: &mut Parts, state: &S) -> Result<U::Claims, Rejection> {
    let gate = U::gate(state);
    let claims = required(parts, &gate).await.and_then(|caller| caller.claims().cloned());
    claims.map_err(|error| gate.http().reject(error.into(), parts))
}

/// Returns the claims if there are credentials.
#[doc(hidden)]
pub async fn extract_claims_opt<U: InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<U::Claims>, Rejection> {
    let gate = U::gate(state);
    let claims = optional(parts, &gate).await;
    let claims = claims.and_then(|caller| caller.map(|caller| caller.claims().cloned()).transpose());
    claims.map_err(|error| gate.http().reject(error.into(), parts))
}
