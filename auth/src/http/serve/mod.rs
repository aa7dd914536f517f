//! A running server, with the time-outs and bounds that a server on the open network needs.
//!
//! `auth::serve` drives connections itself, with hyper's connection types, because `axum::serve` has no time-outs. A
//! connection is watched from outside of the protocol: bytes that arrive, requests that begin, answers whose bodies
//! end. So one rule holds for HTTP/1, for HTTP/2 (if the application enables it in axum), and before it is known which
//! of them a client speaks; hyper's own header time-out covers only the first. Of HTTP/2 one more thing is read, the
//! kind of each frame that is written: only parts of answers are a use of the connection, because every ping and every
//! settings frame is answered, too. While a request is being answered, nothing is timed. Upgraded connections are no
//! longer driven here, but keep their place in the count. It takes any listener of axum's trait: one that speaks TLS,
//! and pipes in memory, on which the tests of these times run. (With real sockets they would depend on two clocks, the
//! paused one and that of the system's network.) axum's feature `tracing` is on because its listener says there that no
//! connection can be accepted.

mod activity;
mod connection;
mod connection_limit;
mod protocol;

use std::fmt::Display;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::base::error::Error;

use connection::{Ends, Waits};
use connection_limit::ConnectionLimit;

/// Serves `router` at `address` (such as `127.0.0.1:3000`) until the process ends, and makes the client's address known
/// to limits, sessions and events.
///
/// ```no_run
/// # async fn interrupted() {}
/// # async fn run(router: axum::Router) -> auth::Result<()> {
/// auth::serve("127.0.0.1:3000", router).await
/// # }
/// ```
///
/// Clients that send half a request, or none, are cut off: [`Server`] has the numbers, settings for them, graceful
/// shutdown, and a way to bring a listener.
///
/// An application with TLS of its own brings a listener to [`Server::serve_on`]. One that calls `axum::serve` itself
/// must use `into_make_service_with_connect_info`: without it the client's address is unknown, and limits per address
/// have no effect.
///
/// ```
/// use std::net::SocketAddr;
///
/// async fn serve(router: axum::Router) -> auth::Result<()> {
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
///     let service = router.into_make_service_with_connect_info::<SocketAddr>();
///     axum::serve(listener, service).with_graceful_shutdown(async {}).await?;
///     Ok(())
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// serve(axum::Router::new()).await.unwrap();
/// # });
/// ```
///
/// # Errors
/// [`Error::Listen`] if the address cannot be bound.
pub async fn serve(address: impl ToSocketAddrs + Display, router: Router) -> Result<(), Error> {
    Server::new(router).serve(address).await
}

/// A server whose clients cannot hold connections open without using them.
///
/// | what | default |
/// |---|---|
/// | from the first byte of a request to the end of its header | 10 seconds |
/// | a connection without a request; pings and settings of HTTP/2 are none | 60 seconds |
/// | the header of a request with HTTP/1; a larger one is answered 431 (HTTP/2: 16 KiB) | 64 KiB |
/// | connections at once; more wait to be accepted | 10,000 |
/// | of these, from one address (IPv6: one /64) outside private networks; more are closed | 2,500 |
///
/// Nothing limits the time of a request once its header has arrived: bodies, answers and streams of the application
/// take as long as they take, and an upgraded connection (a `WebSocket`) is never touched. (The library's own routes wait
/// ten seconds for their bodies, on any server.) For bodies of your own, add a layer such as tower-http's
/// `RequestBodyTimeoutLayer`.
///
/// ```no_run
/// # use std::time::Duration;
/// # async fn interrupted() {}
/// # async fn run(router: axum::Router) -> auth::Result<()> {
/// auth::Server::new(router)
///     .idle_timeout(Duration::from_secs(75)) // longer than that of the proxy in front
///     .stop_on(interrupted()) // a future of yours, around `tokio::signal::ctrl_c()` for example
///     .serve("127.0.0.1:3000")
///     .await
/// # }
/// ```
#[must_use = "nothing is served before `serve()`"]
pub struct Server {
    router: Router,
    waits: Waits,
    connections: usize,
    per_address: Option<usize>,
    stop: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Server {
    /// Creates a server with the default bounds.
    pub fn new(router: Router) -> Self {
        let waits = Waits { header: Duration::from_secs(10), idle: Duration::from_mins(1) };
        Self { router, waits, connections: 10_000, per_address: None, stop: None }
    }

    /// Sets how long a client may take for the header of a request, from its first byte on.
    pub const fn header_timeout(mut self, timeout: Duration) -> Self {
        self.waits.header = timeout;
        self
    }

    /// Sets how long a connection may be open without a request: before the first one, and between two.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.waits.idle = timeout;
        self
    }

    /// Sets how many connections may be open at once, upgraded ones included. More wait in the queue of the system
    /// until one is closed. Each needs a file descriptor: see `ulimit -n`.
    pub const fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// Sets how many of the [`connections`](Self::connections) one address may have; a quarter by default. More are
    /// closed at once, and a warning is logged. Addresses that nobody on the open network has may have all of them,
    /// because a reverse proxy does: those of this machine, of private networks, of links (`169.254.0.0/16`) and the
    /// shared ones (`100.64.0.0/10`) that overlay networks and load balancers use.
    pub const fn connections_per_address(mut self, most: usize) -> Self {
        self.per_address = Some(most);
        self
    }

    /// Stops gracefully when `stop` is ready: takes no new connections from then on, closes those without a request,
    /// and ends when the requests under way are answered. Without it, the server runs until the process ends.
    pub fn stop_on(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Some(Box::pin(stop));
        self
    }

    /// Binds `address` and serves.
    ///
    /// # Errors
    /// [`Error::Listen`] if the address cannot be bound.
    pub async fn serve(self, address: impl ToSocketAddrs + Display) -> Result<(), Error> {
        let named = address.to_string();
        let failed = |source| Error::Listen { address: named, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        self.serve_on(listener).await
    }

    /// Serves connections of `listener`: a bound socket, or anything that accepts connections and knows their address,
    /// such as a listener of yours that speaks TLS. (It must not wait for the handshake of one connection before it
    /// accepts the next.)
    ///
    /// # Errors
    /// If its address cannot be read.
    pub async fn serve_on(self, mut listener: impl Listener<Addr = SocketAddr>) -> Result<(), Error> {
        tracing::info!(target: "auth", address = %listener.local_addr()?, "listening");
        let Self { router, waits, connections, per_address, stop } = self;
        let waits = waits.bounded();
        let room = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        let limit = ConnectionLimit::new(per_address.unwrap_or(connections / 4).max(1));
        let (stopping, stopped) = watch::channel(false);
        let (alive, mut all_closed) = mpsc::channel::<()>(1);
        let mut stop = stop.unwrap_or_else(|| Box::pin(std::future::pending()));
        loop {
            let accepted = async {
                // Never closed.
                let permit = Arc::clone(&room).acquire_owned().await.ok();
                let (io, peer) = listener.accept().await;
                (permit, io, peer)
            };
            let (permit, io, peer) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut stop => break,
            };
            let Some(permit) = limit.enter(peer.ip(), permit) else { continue };
            let (router, stopped, alive) = (router.clone(), stopped.clone(), alive.clone());
            tokio::spawn(async move {
                connection::run(io, peer, permit, router, waits, Ends(stopped)).await;
                drop(alive);
            });
        }
        drop((listener, alive));
        stopping.send_replace(true);
        all_closed.recv().await;
        Ok(())
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("waits", &self.waits)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
