//! A TCP proxy between the application and any server, which a test can cut, stall or slow down, and which counts the
//! round trips.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What pools send to see whether a connection is alive: `Sync` of PostgreSQL, `COM_PING` of MySQL.
const PINGS: [&[u8]; 2] = [b"S\0\0\0\x04", b"\x01\0\0\0\x0e"];

/// Forwards connections to [`address`](Self::address). Must not outlive the runtime in which it was created.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    lost: watch::Sender<usize>,
    open: watch::Receiver<usize>,
    accepted: watch::Receiver<usize>,
    turns: watch::Sender<usize>,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Keeps each response for this long.
    Delay(Duration),
    Hang,
    Cut,
    /// Lets this many more responses through; then drops one and its connection, so the client never learns the
    /// outcome.
    Lose(usize),
}

impl Mode {
    const fn gets_through(&self) -> bool {
        matches!(self, Self::Forward | Self::Delay(_) | Self::Lose(_))
    }
}

impl Proxy {
    /// A proxy in front of the server at `target`, a host and a port.
    pub async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, modes) = watch::channel(Mode::Forward);
        let (lost, until) = watch::channel(0);
        let (count, open) = watch::channel(0);
        let (total, accepted) = watch::channel(0);
        let turns = watch::Sender::new(0);
        let watched = (mode.clone(), modes, until);
        let accepting = tokio::spawn(accept(listener, target.to_owned(), watched, [count, total, turns.clone()]));
        Self { address, mode, lost, open, accepted, turns, accepting }
    }

    /// Closes all connections, and each new one at once. Returns when they are closed.
    pub async fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
        self.open.clone().wait_for(|open| *open == 0).await.unwrap();
    }

    /// Stops forwarding in both directions; connections stay open, and new ones are accepted.
    pub fn hang(&self) {
        self.mode.send_replace(Mode::Hang);
    }

    /// Delivers each response that much later, as a server that is far away would.
    pub fn delay(&self, by: Duration) {
        self.mode.send_replace(Mode::Delay(by));
    }

    /// Loses one response and its connection, after this many more responses. Then forwards normally again.
    pub fn lose_response_after(&self, answers: usize) {
        self.mode.send_replace(Mode::Lose(answers));
    }

    /// Whether it forwards normally, that is, whether the planned response has been lost.
    pub fn is_forwarding(&self) -> bool {
        *self.mode.borrow() == Mode::Forward
    }

    /// Forwards normally again, including data held back while it was stalled.
    pub fn resume(&self) {
        self.mode.send_replace(Mode::Forward);
    }

    /// Silently stops forwarding on the current connections; new ones work normally.
    pub fn lose(&self) {
        self.lost.send_replace(self.accepted());
    }

    /// The number of connections accepted so far.
    pub fn accepted(&self) -> usize {
        *self.accepted.borrow()
    }

    /// The number of times that a client has sent something and waited for the response since this was last asked,
    /// without the pings of a pool.
    pub fn take_round_trips(&self) -> usize {
        self.turns.send_replace(0)
    }

    /// The number of open connections.
    pub fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Waits for the next new connection.
    pub async fn next_connection(&self) {
        let mut accepted = self.accepted.clone();
        accepted.mark_unchanged();
        accepted.changed().await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What happens to one connection.
#[derive(Clone)]
struct Fate {
    set: watch::Sender<Mode>,
    mode: watch::Receiver<Mode>,
    lost: watch::Receiver<usize>,
    number: usize,
    turns: watch::Sender<usize>,
    /// Whether the last to send was the client.
    is_asked: Arc<AtomicBool>,
}

impl Fate {
    /// Waits until data may be forwarded; for ever, if the connection was lost.
    async fn forwards(&mut self) -> bool {
        let open = self.mode.wait_for(Mode::gets_through).await.is_ok();
        if *self.lost.borrow() >= self.number {
            std::future::pending::<()>().await;
        }
        open
    }

    /// Counts a round trip at what the client sends first.
    fn asks(&self, sent: &[u8]) {
        if !self.is_asked.swap(true, Ordering::Relaxed) && !PINGS.contains(&sent) {
            self.turns.send_modify(|turns| *turns += 1);
        }
    }

    /// Begins a response, which may be delayed.
    async fn answers(&self) {
        let is_first = self.is_asked.swap(false, Ordering::Relaxed);
        let Mode::Delay(by) = *self.mode.borrow() else { return };
        if is_first {
            tokio::time::sleep(by).await;
        }
    }

    /// Counts a response, and returns whether it is the one to lose.
    fn loses_answer(&self) -> bool {
        let mut lost = false;
        self.set.send_if_modified(|mode| {
            let Mode::Lose(left) = *mode else { return false };
            lost = left == 0;
            *mode = left.checked_sub(1).map_or(Mode::Forward, Mode::Lose);
            true
        });
        lost
    }
}

async fn accept(
    listener: TcpListener,
    target: String,
    (set, mode, lost): (watch::Sender<Mode>, watch::Receiver<Mode>, watch::Receiver<usize>),
    [open, total, turns]: [watch::Sender<usize>; 3],
) {
    let mut lines = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                total.send_modify(|total| *total += 1);
                if *mode.borrow() == Mode::Cut {
                    continue; // and dropped
                }
                open.send_modify(|open| *open += 1);
                let (target, mut until_cut, open) = (target.clone(), mode.clone(), open.clone());
                let fate = Fate {
                    set: set.clone(),
                    mode: mode.clone(),
                    lost: lost.clone(),
                    number: *total.borrow(),
                    turns: turns.clone(),
                    is_asked: Arc::default(),
                };
                lines.spawn(async move {
                    tokio::select! {
                        () = forward(client, &target, fate) => {}
                        _ = until_cut.wait_for(|mode| *mode == Mode::Cut) => {}
                    }
                    open.send_modify(|open| *open -= 1);
                });
            }
            Some(_) = lines.join_next() => {}
        }
    }
}

/// Forwards until one side has closed.
async fn forward(client: TcpStream, target: &str, mut fate: Fate) {
    if !fate.forwards().await {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = pump(from_client, to_server, fate.clone(), false) => {}
        () = pump(from_server, to_client, fate, true) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fate: Fate, answers: bool) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if answers {
            fate.answers().await;
        } else {
            fate.asks(&buffer[..length]);
        }
        if !fate.forwards().await || (answers && fate.loses_answer()) || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}
