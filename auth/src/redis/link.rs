//! One connection that all share. Whoever asks waits a short time at most, and while Redis is away nobody waits.
//!
//! (The connection manager of the crate redis keeps a connection that answers nothing, since a late answer is no broken
//! connection to it, and each request would wait for it.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::socket2::TcpKeepalive;
use ::redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, cmd};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a request waits.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);
/// How long nobody asks after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// How long connecting may take; requests do not wait for all of it.
pub(super) const CONNECTING: Duration = Duration::from_secs(1);
/// An idle connection is looked after this often, so that nothing on the way forgets it.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// Commands that wait to be sent.
const WAITING: usize = 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("Redis is away; it is not asked for a moment")]
    Away,
    #[error("Redis did not answer in time")]
    Late,
    #[error(transparent)]
    Failed(#[from] RedisError),
}

impl LinkError {
    /// The script has to be sent along.
    pub(super) fn is_no_script(&self) -> bool {
        matches!(self, Self::Failed(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript))
    }
}

enum State {
    /// Nobody has asked yet, or the connection has ended.
    Unconnected,
    /// A task connects. Requests wait for it until then.
    Connecting {
        until: Instant,
    },
    Up(Connection),
    /// Nobody asks until then.
    Away {
        until: Instant,
    },
}

#[derive(Clone)]
struct Connection {
    number: u64,
    line: MultiplexedConnection,
}

pub(super) struct Link {
    client: Client,
    patience: Duration,
    state: watch::Sender<State>,
    connections: AtomicU64,
    /// The operator was told that Redis is away.
    told: AtomicBool,
}

/// The client with what is good for short commands, where nothing else was said.
pub(super) fn tuned(client: Client) -> Client {
    let info = client.get_connection_info().clone();
    let mut settings = info.tcp_settings().clone().set_nodelay(true);
    if settings.keepalive().is_none() {
        settings = settings.set_keepalive(TcpKeepalive::new().with_time(KEEPALIVE));
    }
    Client::open(info.set_tcp_settings(settings)).unwrap_or(client)
}

impl Link {
    pub(super) fn new(client: Client, patience: Duration) -> Arc<Self> {
        let (state, _) = watch::channel(State::Unconnected);
        Arc::new(Self { client, patience, state, connections: AtomicU64::new(0), told: AtomicBool::new(false) })
    }

    /// Sends a command and waits for the answer, [`PATIENCE`] in all.
    pub(super) async fn ask<T: FromRedisValue>(self: &Arc<Self>, command: &Cmd) -> Result<T, LinkError> {
        let deadline = Instant::now() + self.patience;
        let mut ended = None;
        // A connection that was idle may have been closed on the other side: that is no failure of the one that follows.
        for _ in 0..2 {
            let connected = timeout_at(deadline, self.connection()).await;
            let Connection { number, mut line } = connected.unwrap_or(Err(LinkError::Late))?;
            match timeout_at(deadline, command.query_async(&mut line)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) if is_about_the_key(&error) => return Err(error.into()),
                Ok(Err(error)) if error.is_connection_dropped() => {
                    self.leave(number, State::Unconnected);
                    ended = Some((number, error));
                }
                Ok(Err(error)) => {
                    self.fail(number, &error);
                    return Err(error.into());
                }
                Err(_) => {
                    self.fail(number, &LinkError::Late);
                    return Err(LinkError::Late);
                }
            }
        }
        Err(ended.map_or(LinkError::Away, |(_, error)| error.into()))
    }

    /// The connection, if there is one soon.
    async fn connection(self: &Arc<Self>) -> Result<Connection, LinkError> {
        let mut changes = self.state.subscribe();
        loop {
            let until = match &*changes.borrow_and_update() {
                State::Up(connection) => return Ok(connection.clone()),
                State::Away { until } if Instant::now() < *until => return Err(LinkError::Away),
                State::Connecting { until } => Some(*until),
                State::Unconnected | State::Away { .. } => None,
            };
            match until {
                None => self.begin(),
                Some(until) if matches!(timeout_at(until, changes.changed()).await, Ok(Ok(()))) => {}
                Some(_) => return Err(LinkError::Away),
            }
        }
    }

    /// Connects in a task of its own: a request that gives up does not end it, and who comes later finds it done.
    fn begin(self: &Arc<Self>) {
        let begun = self.state.send_if_modified(|state| {
            let patience = match state {
                State::Unconnected => self.patience,
                // Who was away is not waited for.
                State::Away { until } if Instant::now() >= *until => Duration::ZERO,
                _ => return false,
            };
            *state = State::Connecting { until: Instant::now() + patience };
            true
        });
        if begun {
            tokio::spawn(Attempt { link: Arc::clone(self), outcome: State::Unconnected }.run());
        }
    }

    /// Gives up a connection, unless somebody did already.
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
        if self.leave(number, State::Away { until: Instant::now() + PAUSE }) {
            self.tell_away(error);
        }
    }

    /// Tells the operator of the change, not of the state.
    fn tell_away(&self, error: &dyn std::error::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "auth::redis", %error, "Redis is away: each process counts for itself, news cross by the store");
        }
    }
}

/// Errors that another key, or the same command sent otherwise, would not meet.
fn is_about_the_key(error: &RedisError) -> bool {
    let kinds = [ErrorKind::Server(ServerErrorKind::NoScript), ErrorKind::UnexpectedReturnType];
    kinds.contains(&error.kind()) || error.code() == Some("WRONGTYPE")
}

/// However a task ends, what came out of it is said.
struct Attempt {
    link: Arc<Link>,
    outcome: State,
}

impl Attempt {
    async fn run(mut self) {
        let link = Arc::clone(&self.link);
        let connected = timeout(CONNECTING, connect(&link.client)).await;
        match connected.map_err(|_| LinkError::Late).and_then(|connected| connected.map_err(LinkError::from)) {
            Ok(line) => {
                let number = link.connections.fetch_add(1, Ordering::Relaxed);
                self.outcome = State::Up(Connection { number, line });
                if link.told.swap(false, Ordering::Relaxed) {
                    tracing::info!(target: "auth::redis", "Redis answers again");
                }
            }
            Err(error) => {
                self.outcome = State::Away { until: Instant::now() + PAUSE };
                link.tell_away(&error);
            }
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, State::Unconnected);
        self.link.state.send_replace(outcome);
    }
}

/// Connected is who answers: a password may be wrong, a proxy may accept for nobody.
async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(WAITING);
    let mut line = client.get_multiplexed_async_connection_with_config(&settings).await?;
    cmd("PING").exec_async(&mut line).await?;
    Ok(line)
}
