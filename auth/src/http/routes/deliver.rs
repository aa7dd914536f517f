//! Hands the tokens of a new session to the client, or ends the session.

use axum::http::StatusCode;
use axum::response::Response;

use super::response::{Shown, TokenDelivery};
use crate::account::TrustedDevice;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::session::Tokens;

/// Responds with fresh tokens. If the response cannot be built, nobody gets them, so the session is ended.
pub(super) async fn deliver<U: AuthUser>(
    auth: &Auth<U>,
    client: ClientInfo,
    status: StatusCode,
    (user, tokens): (&U, &Tokens),
    channel: TokenDelivery,
) -> Result<Response, AuthError> {
    deliver_with(auth, client, status, (user, tokens), channel, None).await
}

/// The same, with what a trusted device keeps.
pub(super) async fn deliver_with<U: AuthUser>(
    auth: &Auth<U>,
    client: ClientInfo,
    status: StatusCode,
    (user, tokens): (&U, &Tokens),
    channel: TokenDelivery,
    device: Option<&TrustedDevice>,
) -> Result<Response, AuthError> {
    let device = device.map(|device| (device.token.as_str(), device.expires_in));
    match auth.tokens_and(status, tokens, channel, Shown::default(), device) {
        Ok(response) => Ok(response),
        Err(error) => {
            auth.end_undelivered(user.id(), tokens.session, &client).await?;
            Err(error)
        }
    }
}
