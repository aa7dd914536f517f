//! Drives one connection, and ends it if its client keeps it waiting.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::activity::{Activity, Counted, Noted, Waiting};
use super::connection_limit::ConnectionPermit;

/// The longest header of a request with HTTP/1. That of HTTP/2 is bounded by hyper: 16 KiB.
const HEADER_BYTES: usize = 64 << 10;

/// How long a connection waits for its client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) header: Duration,
    pub(super) idle: Duration,
}

impl Waits {
    /// Limits both to a year, with which times can be computed.
    pub(super) fn bounded(self) -> Self {
        const YEAR: Duration = Duration::from_hours(24 * 365);
        Self { header: self.header.min(YEAR), idle: self.idle.min(YEAR) }
    }

    /// Returns when a connection that waits for its client is ended. After the farewell, a client of HTTP/2 has the time
    /// of a header to confirm it.
    fn end(self, waiting: Waiting, farewell: Option<Instant>) -> Option<Instant> {
        match waiting {
            Waiting::ForRequest(since) => {
                Some(farewell.map_or(since + self.idle, |farewell| farewell.max(since) + self.header))
            }
            Waiting::ForHeader(since) => Some(since + self.header),
            Waiting::Not => None,
        }
    }
}

/// Tells connections that the server stops.
pub(super) struct Ends(pub(super) watch::Receiver<bool>);

enum Event {
    Closed,
    Late(Waiting),
    Stop,
}

/// Serves the requests of one connection until it is closed, or is no longer one of HTTP.
pub(super) async fn run(
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    permit: ConnectionPermit,
    router: Router,
    waits: Waits,
    Ends(mut stopped): Ends,
) {
    let activity = Activity::new();
    let io = TokioIo::new(Noted::new(io, activity.clone(), permit));
    let service = TowerToHyperService::new(Counted { router, peer, activity: activity.clone() });
    let mut builder = Builder::new(TokioExecutor::new());
    // Otherwise half a header may hold 400 KiB.
    builder.http1().max_buf_size(HEADER_BYTES);
    let mut connection = pin!(builder.serve_connection_with_upgrades(io, service));
    let mut stop = pin!(async move { stopped.wait_for(|stopped| *stopped).await.is_ok() });
    let mut timer = pin!(sleep_until(Instant::now() + waits.idle));
    let mut stopping: Option<Instant> = None;
    loop {
        let event = poll_fn(|context| {
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(Event::Closed);
            }
            if stopping.is_none() && stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(Event::Stop);
            }
            // Looked at after each turn of the connection. The timer is moved only forward: one that comes too early is
            // set again, so requests that are complete at once do not cost a timer each.
            let waiting = activity.waiting();
            let end = waits.end(waiting, stopping);
            if end.is_some_and(|end| end < timer.deadline()) {
                timer.as_mut().reset(end.unwrap_or_else(Instant::now));
            }
            while timer.as_mut().poll(context).is_ready() {
                let now = Instant::now();
                match end {
                    Some(end) if end <= now => return Poll::Ready(Event::Late(waiting)),
                    Some(end) => timer.as_mut().reset(end),
                    // With HTTP/2, the last answer can end without a turn of the connection.
                    None => timer.as_mut().reset(now + waits.idle),
                }
            }
            Poll::Pending
        });
        match event.await {
            // (To half a request there is no answer.)
            Event::Closed | Event::Late(Waiting::ForHeader(_)) => break,
            Event::Late(_) if stopping.is_some() => break,
            // HTTP/2 says goodbye in its next turn, HTTP/1 just ends.
            Event::Late(_) | Event::Stop => {
                stopping = Some(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
