//! A line that a test can cut: between the application and any server that is reached by TCP.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Forwards what comes to [`address`](Self::address). Needs the runtime it was made in.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
    open: watch::Receiver<usize>,
    accepted: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    Hang,
    Cut,
    /// So many answers get through, and the next one ends its connection instead: it was done, and nobody hears of it.
    Lose(usize),
}

impl Mode {
    const fn gets_through(&self) -> bool {
        matches!(self, Self::Forward | Self::Lose(_))
    }
}

impl Proxy {
    /// Before the server at `target`, a host and a port.
    pub async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, modes) = watch::channel(Mode::Forward);
        let (count, open) = watch::channel(0);
        let (total, accepted) = watch::channel(0);
        let accepting = tokio::spawn(accept(listener, target.to_owned(), mode.clone(), modes, [count, total]));
        Self { address, mode, open, accepted, accepting }
    }

    /// Ends all connections, and each new one at once. They are gone when it returns.
    pub async fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
        self.open.clone().wait_for(|open| *open == 0).await.unwrap();
    }

    /// Nothing gets through any more, in either direction; connections stay open, and new ones are taken.
    pub fn hang(&self) {
        self.mode.send_replace(Mode::Hang);
    }

    /// After so many more answers, one is lost with its connection. Then all is as at the beginning.
    pub fn lose_answer_after(&self, answers: usize) {
        self.mode.send_replace(Mode::Lose(answers));
    }

    /// Whether that has happened.
    pub fn is_forwarding(&self) -> bool {
        *self.mode.borrow() == Mode::Forward
    }

    /// As at the beginning. What was held back while it hung gets through now.
    pub fn resume(&self) {
        self.mode.send_replace(Mode::Forward);
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        *self.accepted.borrow()
    }

    /// Waits until somebody connects, from now on.
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

async fn accept(
    listener: TcpListener,
    target: String,
    set: watch::Sender<Mode>,
    mode: watch::Receiver<Mode>,
    counts: [watch::Sender<usize>; 2],
) {
    let [open, total] = counts;
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
                let (target, mut until_cut, mode, open) = (target.clone(), mode.clone(), mode.clone(), open.clone());
                let set = set.clone();
                lines.spawn(async move {
                    tokio::select! {
                        () = forward(client, &target, set, mode) => {}
                        _ = until_cut.wait_for(|mode| *mode == Mode::Cut) => {}
                    }
                    open.send_modify(|open| *open -= 1);
                });
            }
            Some(_) = lines.join_next() => {}
        }
    }
}

/// Until one side has ended.
async fn forward(client: TcpStream, target: &str, set: watch::Sender<Mode>, mut mode: watch::Receiver<Mode>) {
    if mode.wait_for(Mode::gets_through).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = pump(from_client, to_server, mode.clone(), None) => {}
        () = pump(from_server, to_client, mode, Some(set)) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    answers: Option<watch::Sender<Mode>>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let forwarding = mode.wait_for(Mode::gets_through).await.is_ok();
        if !forwarding || answers.as_ref().is_some_and(loses) || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Counts an answer; says whether it is the one that is lost.
fn loses(mode: &watch::Sender<Mode>) -> bool {
    let mut lost = false;
    mode.send_if_modified(|mode| {
        let Mode::Lose(left) = *mode else { return false };
        lost = left == 0;
        *mode = left.checked_sub(1).map_or(Mode::Forward, Mode::Lose);
        true
    });
    lost
}
