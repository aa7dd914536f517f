//! Clients that call the protected route at a fixed rate, whatever else the server does.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::http::Connection;
use crate::process::protected;

const EVERY: Duration = Duration::from_millis(1);
const CONNECTIONS: usize = 64;

/// Latencies in milliseconds.
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// Calls the protected route once a millisecond for `time`. Latency counts from the moment when a call is due, so
/// waiting for a connection is included.
pub(crate) async fn steady(port: u16, token: &str, time: Duration) -> Latency {
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
