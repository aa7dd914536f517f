//! What one address sends.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::http::Connection;

/// Requests with bodies per second and connection.
const RATE: u64 = 25;
const CONNECTIONS: usize = 4;
/// New connections per second that send half a header.
const HALF_OPEN: u64 = 200;

#[derive(Clone, Copy)]
pub(crate) enum Attack {
    LongLogins,
    UnknownFields,
    HalfOpen,
}

/// An attack under way.
pub(crate) struct Attacker {
    tasks: JoinSet<()>,
    sent: Arc<AtomicUsize>,
}

impl Attacker {
    /// Ends it and returns how many requests it has sent.
    pub(crate) fn end(mut self) -> usize {
        self.tasks.abort_all();
        self.sent.load(Ordering::Relaxed)
    }
}

impl Attack {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LongLogins => "60 KB logins",
            Self::UnknownFields => "unknown fields",
            Self::HalfOpen => "half-open",
        }
    }

    pub(crate) fn begin(self, port: u16) -> Attacker {
        let (mut tasks, sent) = (JoinSet::new(), Arc::<AtomicUsize>::default());
        let request = match self {
            Self::LongLogins => login(&format!(r#"{{"email":"{}","password":"x"}}"#, "\u{fdfa}".repeat(20_000))),
            Self::UnknownFields => login(&unknown_fields()),
            Self::HalfOpen => {
                tasks.spawn(half_open(port, Arc::clone(&sent)));
                return Attacker { tasks, sent };
            }
        };
        let request = Arc::new(request);
        for _ in 0..CONNECTIONS {
            tasks.spawn(repeat(port, Arc::clone(&request), Arc::clone(&sent)));
        }
        Attacker { tasks, sent }
    }
}

fn login(body: &str) -> String {
    format!(
        "POST /auth/login HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 203.0.113.66\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn unknown_fields() -> String {
    let mut body = "{".to_owned();
    // As many as are parsed at all.
    for number in 0..1_000 {
        let comma = if number == 0 { "" } else { "," };
        write!(body, r#"{comma}"{number:055}":0"#).unwrap();
    }
    body.push('}');
    body
}

async fn repeat(port: u16, request: Arc<String>, sent: Arc<AtomicUsize>) {
    let mut connection = Connection::open(port).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(RATE).unwrap());
    loop {
        ticks.tick().await;
        match connection.try_call(&request).await {
            Ok(status) => assert!(matches!(status, 401 | 413 | 422 | 429), "{status}"),
            // Over its rate, it is answered before its body is read, and the connection is closed.
            Err(_) => connection = Connection::open(port).await,
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

async fn half_open(port: u16, sent: Arc<AtomicUsize>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(HALF_OPEN).unwrap());
    let mut open = Vec::new();
    loop {
        ticks.tick().await;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(b"POST /auth/login HTTP/1.1\r\nhost: loc").await.unwrap();
        open.push(stream);
        sent.fetch_add(1, Ordering::Relaxed);
    }
}
