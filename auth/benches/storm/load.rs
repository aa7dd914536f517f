//! The clients: those that sign in, and those that call the protected route.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::http::Connection;
use crate::process::{Server, protected};
use crate::table::{PASSWORD, email};

const EVERY: Duration = Duration::from_millis(1);
const CONNECTIONS: usize = 64;

/// Latencies in milliseconds.
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

pub(crate) async fn warm_up(server: &Server) {
    let mut connection = Connection::open(server.port).await;
    assert_eq!(connection.call(&protected(&server.token)).await, 200);
    assert_eq!(connection.call(&login(0)).await, 200);
}

/// Calls the protected route once a millisecond for `time`, while `clients` sign in as fast as they are served.
pub(crate) async fn phase(server: &Server, clients: usize, time: Duration) -> (Latency, Logins) {
    let port = server.port;
    let over = Arc::new(AtomicBool::new(false));
    let (done, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let storm: Vec<_> = (0..clients)
        .map(|client| {
            let (over, done, refused) = (Arc::clone(&over), Arc::clone(&done), Arc::clone(&refused));
            tokio::spawn(async move {
                let mut connection = Connection::open(port).await;
                let login = login(client);
                while !over.load(Ordering::Relaxed) {
                    match connection.call(&login).await {
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
    let latency = steady(port, &server.token, time).await;
    over.store(true, Ordering::Relaxed);
    storm.iter().for_each(tokio::task::JoinHandle::abort);
    (latency, Logins { done: done.load(Ordering::Relaxed), refused: refused.load(Ordering::Relaxed) })
}

/// Calls the protected route. Latency counts from the moment when a call is due, so waiting for a connection is
/// included.
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

/// The login request of a client, which has its own account and address.
fn login(client: usize) -> String {
    let body = format!(r#"{{"email":"{}","password":"{PASSWORD}"}}"#, email(client + 1));
    let (address, length) = (format!("198.18.{}.{}", client / 250, client % 250 + 1), body.len());
    format!(
        "POST /auth/login HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {address}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
