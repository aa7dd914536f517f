//! Hands the tokens of a new session to the client, or ends the session.

use axum::http::StatusCode;
use axum::response::Response;

use super::response::TokenDelivery;
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
    match auth.tokens_response(status, tokens, channel) {
        Ok(response) => Ok(response),
        Err(error) => {
            auth.end_undelivered(user.id(), tokens.session, &client).await?;
            Err(error)
        }
    }
}
