//! The short way to a running server.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;

use axum::Router;

use crate::error::Error;

/// Serves `router` at `address` (`127.0.0.1:3000`) until the process ends, with the client's address known to
/// sessions and events. Applications with listeners, TLS or shut-down of their own call `axum::serve` with
/// `into_make_service_with_connect_info::<SocketAddr>()` instead.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(address: impl tokio::net::ToSocketAddrs + Display, router: Router) -> Result<(), Error> {
    let name = address.to_string();
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|source| CannotListen { name, source })?;
    tracing::info!(target: "auth", address = %listener.local_addr()?, "listening");
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// The system's own words name neither the address nor what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {name}")]
struct CannotListen {
    name: String,
    source: io::Error,
}
