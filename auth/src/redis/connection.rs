//! The shared connection. Requests wait for an answer only briefly, and not at all while Redis is away.
//!
//! (The connection manager of the redis crate keeps a connection that no longer answers, because a timeout does not
//! count as a broken connection, and every request would wait for it.)
//!
//! Redis only speeds things up; nothing depends on it. It holds the counters of limits, each with a time to live, and
//! carries messages. It does not hold users, sessions or revocations. It is not used as a cache either: rows would
//! carry password hashes over the network and into its dumps, and claims need no query anyway.
//!
//! Without Redis, a process counts for itself, starting from zero, and learns of revocations from the feed. Flushing
//! Redis resets counters and revives no session. Each script touches a single key, so it also works behind a cluster
//! proxy.
//!
//! One Redis connection, and only a short wait for it. A task connects. A request waits 250 ms at most, for connection
//! and answer together. A Redis that did not answer counts as away for one second, in which no request asks it; after
//! that, requests do not wait for the task that reconnects. So a Redis that hangs delays only the requests of one
//! quarter of a second, and not each of the eight counts of a login. A closed connection that was idle is replaced
//! within the same request.
//!
//! An error that Redis answers (`OOM`, `READONLY`, `NOPERM`) is not a lost connection: only the limiter pauses, and
//! messages continue.
//!
//! Subscriptions use separate connections, because Redis disconnects slow subscribers, and RESP2, because every server
//! supports it. After five seconds of silence they send `PING`; after one more second without an answer they reconnect,
//! and read the store first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::socket2::TcpKeepalive;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind, cmd,
};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::base::log_once::LogOnce;

/// How long a request waits.
pub(super) const TIMEOUT: Duration = Duration::from_millis(250);
/// How long Redis is left alone after a failure.
pub(super) const BACKOFF: Duration = Duration::from_secs(1);
/// How long connecting may take; requests do not wait for all of it.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The keepalive interval of an idle connection, so that no middlebox drops it.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// The capacity of the queue of commands.
const QUEUE: usize = 1024;

/// Why there is no answer. Every message names Redis: the code that logs errors of limits and broadcasts does not know
/// its backend.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("Redis unavailable; backing off")]
    Unavailable,
    #[error("Redis timed out")]
    TimedOut,
    #[error("Redis cannot be reached: {0}")]
    Unreachable(RedisError),
    /// Redis is reachable but refuses: it is full, a replica, or this user lacks the permission.
    #[error("Redis rejected a command: {0}")]
    Refused(RedisError),
    #[error("Redis rejected a counter command; backing off")]
    BackingOff,
}

impl From<RedisError> for ConnectionError {
    fn from(error: RedisError) -> Self {
        if is_server_error(&error) { Self::Refused(error) } else { Self::Unreachable(error) }
    }
}

impl ConnectionError {
    /// The script has to be sent in full.
    pub(super) fn is_no_script(&self) -> bool {
        matches!(self, Self::Refused(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript))
    }

    /// The next command would be refused as well.
    pub(super) fn is_about_the_server(&self) -> bool {
        matches!(self, Self::Refused(error) if !is_about_the_key(error))
    }
}

enum State {
    /// Nothing has been asked yet, or the connection has ended.
    Unconnected,
    /// A task is connecting. Requests wait for it until then.
    Connecting {
        until: Instant,
    },
    Up(Connection),
    /// Redis is not asked until then.
    Unavailable {
        until: Instant,
    },
}

#[derive(Clone)]
struct Connection {
    number: u64,
    line: MultiplexedConnection,
}

pub(super) struct ManagedConnection {
    client: Client,
    timeout: Duration,
    state: watch::Sender<State>,
    connections: AtomicU64,
    /// Whether it was logged that Redis is away.
    unavailable: LogOnce,
}

/// Returns the client with settings suited to short commands, unless they were set explicitly.
pub(super) fn tuned(client: Client) -> Client {
    let info = client.get_connection_info().clone();
    let mut settings = info.tcp_settings().clone().set_nodelay(true);
    if settings.keepalive().is_none() {
        settings = settings.set_keepalive(TcpKeepalive::new().with_time(KEEPALIVE));
    }
    Client::open(info.set_tcp_settings(settings)).unwrap_or(client)
}

impl ManagedConnection {
    pub(super) fn new(client: Client, timeout: Duration) -> Arc<Self> {
        let (state, _) = watch::channel(State::Unconnected);
        Arc::new(Self { client, timeout, state, connections: AtomicU64::new(0), unavailable: LogOnce::default() })
    }

    /// Sends a command and waits for the answer, at most [`TIMEOUT`] in all. The command must be safe to send twice:
    /// see [`request_noting_resend`](Self::request_noting_resend).
    pub(super) async fn request<T: FromRedisValue>(self: &Arc<Self>, command: &Cmd) -> Result<T, ConnectionError> {
        let request = |mut line: MultiplexedConnection| async move { command.query_async(&mut line).await };
        self.request_noting_resend(request).await.map(|(answer, _)| answer)
    }

    /// Like [`request`](Self::request), for any kind of request. Also returns whether it may have been executed twice:
    /// the connection ended before the first answer arrived, and it is unknown whether the server had read the request.
    pub(super) async fn request_noting_resend<T, F: Future<Output = RedisResult<T>>>(
        self: &Arc<Self>,
        request: impl Fn(MultiplexedConnection) -> F,
    ) -> Result<(T, bool), ConnectionError> {
        let deadline = Instant::now() + self.timeout;
        let mut ended = None;
        // The server may have closed an idle connection; that is no reason to distrust the next one.
        for twice in [false, true] {
            let connected = timeout_at(deadline, self.connection()).await;
            let Connection { number, line } = connected.unwrap_or(Err(ConnectionError::TimedOut))?;
            match timeout_at(deadline, request(line)).await {
                Ok(Ok(answer)) => return Ok((answer, twice)),
                // An answer arrived, so the connection is good, and other commands may succeed on it.
                Ok(Err(error)) if is_server_error(&error) => return Err(ConnectionError::Refused(error)),
                Ok(Err(error)) if error.is_connection_dropped() => {
                    self.leave(number, State::Unconnected);
                    ended = Some(error);
                }
                Ok(Err(error)) => {
                    let error = ConnectionError::Unreachable(error);
                    self.fail(number, &error);
                    return Err(error);
                }
                Err(_) => {
                    self.fail(number, &ConnectionError::TimedOut);
                    return Err(ConnectionError::TimedOut);
                }
            }
        }
        Err(ended.map_or(ConnectionError::Unavailable, ConnectionError::Unreachable))
    }

    /// Returns the connection, waiting briefly if it is being established.
    async fn connection(self: &Arc<Self>) -> Result<Connection, ConnectionError> {
        let mut changes = self.state.subscribe();
        loop {
            let until = match &*changes.borrow_and_update() {
                State::Up(connection) => return Ok(connection.clone()),
                State::Unavailable { until } if Instant::now() < *until => return Err(ConnectionError::Unavailable),
                State::Connecting { until } => Some(*until),
                State::Unconnected | State::Unavailable { .. } => None,
            };
            match until {
                None => self.begin(),
                Some(until) if matches!(timeout_at(until, changes.changed()).await, Ok(Ok(()))) => {}
                Some(_) => return Err(ConnectionError::Unavailable),
            }
        }
    }

    /// Connects in a separate task: a request that gives up does not cancel it, and later requests find it done.
    fn begin(self: &Arc<Self>) {
        let begun = self.state.send_if_modified(|state| {
            let timeout = match state {
                State::Unconnected => self.timeout,
                // If Redis was away, requests do not wait for it.
                State::Unavailable { until } if Instant::now() >= *until => Duration::ZERO,
                _ => return false,
            };
            *state = State::Connecting { until: Instant::now() + timeout };
            true
        });
        if begun {
            tokio::spawn(Attempt { connection: Arc::clone(self), outcome: State::Unconnected }.run());
        }
    }

    /// Gives up a connection unless another caller already did.
    fn leave(&self, number: u64, next: State) -> bool {
        self.state.send_if_modified(|state| {
            let same = matches!(state, State::Up(connection) if connection.number == number);
            if same {
                *state = next;
            }
            same
        })
    }

    fn fail(&self, number: u64, error: &dyn std::error::Error) {
        if self.leave(number, State::Unavailable { until: Instant::now() + BACKOFF }) {
            self.log_unavailable(error);
        }
    }

    /// Logs the transition, not the state.
    fn log_unavailable(&self, error: &dyn std::error::Error) {
        if self.unavailable.begins() {
            tracing::warn!(target: "auth::redis", %error, 
                "Redis unavailable: rate limits are counted per instance, and a logout reaches the other instances \
                 from the database, within a second; check that Redis runs, and its address and credentials");
        }
    }
}

/// Errors that concern this key, or that sending the command differently would avoid.
fn is_about_the_key(error: &RedisError) -> bool {
    let kinds = [ErrorKind::Server(ServerErrorKind::NoScript), ErrorKind::UnexpectedReturnType];
    kinds.contains(&error.kind()) || error.code() == Some("WRONGTYPE")
}

/// Returns whether Redis answered, even with an error (`OOM`, `LOADING`, `NOPERM`, …): then the connection is good.
/// Authentication errors are the exception: a new connection may be accepted.
fn is_server_error(error: &RedisError) -> bool {
    let answered =
        matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension | ErrorKind::UnexpectedReturnType);
    answered && !matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}

/// Publishes the outcome of the task, however it ends.
struct Attempt {
    connection: Arc<ManagedConnection>,
    outcome: State,
}

impl Attempt {
    async fn run(mut self) {
        let connection = Arc::clone(&self.connection);
        let connected = timeout(CONNECT_TIMEOUT, connect(&connection.client)).await;
        match connected
            .map_err(|_| ConnectionError::TimedOut)
            .and_then(|connected| connected.map_err(ConnectionError::from))
        {
            Ok(line) => {
                let number = connection.connections.fetch_add(1, Ordering::Relaxed);
                self.outcome = State::Up(Connection { number, line });
                if connection.unavailable.ends() {
                    tracing::info!(target: "auth::redis", "Redis available again: rate limits are shared, and logouts \
                                                           are broadcast");
                }
            }
            Err(error) => {
                self.outcome = State::Unavailable { until: Instant::now() + BACKOFF };
                connection.log_unavailable(&error);
            }
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, State::Unconnected);
        self.connection.state.send_replace(outcome);
    }
}

/// A connection counts as established once it answers: the password may be wrong, or a proxy may accept with no
/// backend.
async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(QUEUE);
    let mut line = client.get_multiplexed_async_connection_with_config(&settings).await?;
    cmd("PING").exec_async(&mut line).await?;
    Ok(line)
}
