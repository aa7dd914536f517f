//! The clients: HTTP/1.1 over plain sockets, so that what is measured is the server.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const EVERY: Duration = Duration::from_millis(1);
const CONNECTIONS: usize = 64;
const LOGIN_BODY: &str = r#"{"email":"ada@example.org","password":"correct horse battery staple"}"#;

/// Milliseconds.
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

#[derive(Default)]
pub(crate) struct Logins {
    pub(crate) done: usize,
    pub(crate) refused: usize,
}

pub(crate) async fn warm_up(port: u16, token: &str) {
    let mut connection = Connection::open(port).await;
    assert_eq!(connection.call(&protected(token)).await, 200);
    assert_eq!(connection.call(&login()).await, 200);
}

/// Calls the protected route once a millisecond for `time`, while `clients` sign in as fast as they are served.
pub(crate) async fn phase(port: u16, token: &str, clients: usize, time: Duration) -> (Latency, Logins) {
    let over = Arc::new(AtomicBool::new(false));
    let (done, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let storm: Vec<_> = (0..clients)
        .map(|_| {
            let (over, done, refused) = (Arc::clone(&over), Arc::clone(&done), Arc::clone(&refused));
            tokio::spawn(async move {
                let mut connection = Connection::open(port).await;
                while !over.load(Ordering::Relaxed) {
                    match connection.call(&login()).await {
                        200 => drop(done.fetch_add(1, Ordering::Relaxed)),
                        503 => {
                            refused.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(Duration::from_secs(2)).await;
                        }
                        status => panic!("a login answered {status}"),
                    }
                }
            })
        })
        .collect();
    let latency = steady(port, token, time).await;
    over.store(true, Ordering::Relaxed);
    storm.iter().for_each(tokio::task::JoinHandle::abort);
    (latency, Logins { done: done.load(Ordering::Relaxed), refused: refused.load(Ordering::Relaxed) })
}

/// Every call has a moment at which it is due; what it waits for a free connection counts.
async fn steady(port: u16, token: &str, time: Duration) -> Latency {
    let (due, waiting) = mpsc::unbounded_channel::<Instant>();
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let times = Arc::new(Mutex::new(Vec::new()));
    let request = Arc::new(protected(token));
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (waiting, times, request) = (Arc::clone(&waiting), Arc::clone(&times), Arc::clone(&request));
            tokio::spawn(async move {
                let mut connection = Connection::open(port).await;
                loop {
                    let next = waiting.lock().await.recv().await;
                    let Some(due) = next else { return };
                    assert_eq!(connection.call(&request).await, 200);
                    times.lock().unwrap().push(due.elapsed());
                }
            })
        })
        .collect();
    let mut ticks = tokio::time::interval(EVERY);
    let start = Instant::now();
    while start.elapsed() < time {
        ticks.tick().await;
        due.send(Instant::now()).unwrap();
    }
    drop(due);
    for caller in callers {
        caller.await.unwrap();
    }
    let mut times = times.lock().unwrap().clone();
    times.sort();
    let at = |part: usize| times.get((times.len() * part / 1000).min(times.len() - 1)).unwrap().as_secs_f64() * 1e3;
    Latency { p50: at(500), p99: at(990), max: at(1000) }
}

fn protected(token: &str) -> String {
    format!("GET /me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n")
}

fn login() -> String {
    let length = LOGIN_BODY.len();
    format!(
        "POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{LOGIN_BODY}"
    )
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(4096) }
    }

    /// Sends the request, reads the answer to its end, says the status.
    async fn call(&mut self, request: &str) -> u16 {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            if let Some(status) = finished(&self.buffer) {
                return status;
            }
        }
    }
}

/// The status, once the whole answer is there.
fn finished(buffer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(buffer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    (body.len() >= length).then(|| head.split(' ').nth(1).unwrap().parse().unwrap())
}
