use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use crate::token::session::Client;

/// Who is on the other side: the address of the connection (if the server was started with connect info, as
/// `auth::serve` does) and `User-Agent`. Forwarding headers are not believed.
pub(crate) fn client(parts: &Parts) -> Client {
    let ip = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Client::new(ip, user_agent)
}

/// For handlers of your own that call methods of `Auth`.
impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(client(parts))
    }
}
