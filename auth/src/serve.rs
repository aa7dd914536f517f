//! A shortcut to a running server.

use std::fmt::Display;
use std::net::SocketAddr;

use axum::Router;

use crate::error::Error;

/// Serves `router` at `address` (such as `127.0.0.1:3000`) until the process ends, and makes the client's address known
/// to limits, sessions and events.
///
/// ```no_run
/// # async fn run(router: axum::Router) -> auth::Result<()> {
/// auth::serve("127.0.0.1:3000", router).await
/// # }
/// ```
///
/// An application with its own listener, TLS or graceful shutdown calls `axum::serve` itself. It must use
/// `into_make_service_with_connect_info`: without it the client's address is unknown, and limits per address have no
/// effect.
///
/// ```
/// use std::net::SocketAddr;
///
/// async fn serve(
///     router: axum::Router,
///     stop: impl Future<Output = ()> + Send + 'static, // `async { drop(tokio::signal::ctrl_c().await) }`
/// ) -> auth::Result<()> {
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///     let service = router.into_make_service_with_connect_info::<SocketAddr>();
///     // Takes no new connections from then on, and ends when the requests under way are answered.
///     axum::serve(listener, service).with_graceful_shutdown(stop).await?;
///     Ok(())
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// serve(axum::Router::new(), async {}).await.unwrap();
/// # });
/// ```
///
/// # Errors
/// [`Error::Listen`] if the address cannot be bound.
pub async fn serve(address: impl tokio::net::ToSocketAddrs + Display, router: Router) -> Result<(), Error> {
    let named = address.to_string();
    let failed = |source| Error::Listen { address: named, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    tracing::info!(target: "auth", address = %listener.local_addr()?, "listening");
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
