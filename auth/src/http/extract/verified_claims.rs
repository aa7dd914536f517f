//! What handlers get of people who signed in at another issuer: the application's claims, or all of them.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use super::user_and_claims::{extract_claims, extract_claims_opt};
use crate::http::rejection::Rejection;
use crate::http::state::InState;
use crate::model::foreign::{AuthClaims, Verified};

/// Returns what the application reads from the token.
#[doc(hidden)]
pub async fn extract_foreign<P: AuthClaims + InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<P, Rejection> {
    extract_claims::<P, S>(parts, state).await.map(|verified| verified.claims)
}

/// Returns the same if there are credentials; an invalid token is an error, not an anonymous caller.
#[doc(hidden)]
pub async fn extract_foreign_opt<P: AuthClaims + InState<S>, S: Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<P>, Rejection> {
    extract_claims_opt::<P, S>(parts, state).await.map(|verified| verified.map(|verified| verified.claims))
}

/// The claims of the application and the registered ones.
impl<P: AuthClaims + InState<S>, S: Send + Sync> FromRequestParts<S> for Verified<P> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        extract_claims::<P, S>(parts, state).await
    }
}

impl<P: AuthClaims + InState<S>, S: Send + Sync> OptionalFromRequestParts<S> for Verified<P> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        extract_claims_opt::<P, S>(parts, state).await
    }
}
