//! The clients: those that sign in, and those that call the protected route.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::http::Connection;
use crate::process::{Server, protected};
use crate::steady::{Latency, steady};
use crate::table::{PASSWORD, email};

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

/// The login request of a client, which has its own account and address.
fn login(client: usize) -> String {
    let body = format!(r#"{{"email":"{}","password":"{PASSWORD}"}}"#, email(client + 1));
    let (address, length) = (format!("198.18.{}.{}", client / 250, client % 250 + 1), body.len());
    format!(
        "POST /auth/login HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {address}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
