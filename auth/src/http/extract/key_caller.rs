//! The caller of a route that API keys may call, too, as an argument of its handler.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::authenticate::required;
use super::gate::Gate as _;
use crate::api_keys::KeyCaller;
use crate::http::rejection::Rejection;
use crate::http::state::InState;
use crate::model::user::AuthUser;

impl<U: AuthUser + InState<S>, S: Send + Sync> FromRequestParts<S> for KeyCaller<U> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let gate = U::gate(state);
        let caller = match required(parts, &gate).await {
            Ok(caller) => caller.key_caller(parts, &gate).await,
            Err(error) => Err(error.into()),
        };
        caller.map_err(|refused| gate.http().reject(refused, parts))
    }
}
