use axum::Router;
use std::net::SocketAddr;

use crate::error::Error;

/// Serves `router` at `address` (`127.0.0.1:3000`) until the process ends, with the client's address known to
/// sessions and events. Applications with listeners, TLS or shut-down of their own call `axum::serve` with
/// `into_make_service_with_connect_info::<SocketAddr>()` instead.
///
/// # Errors
/// If the address cannot be bound.
pub async fn serve(address: impl tokio::net::ToSocketAddrs, router: Router) -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing::info!(target: "auth", address = %listener.local_addr()?, "listening");
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
