//! Clients that hold a connection open without sending a request. The connections are pipes in memory: Tokio's paused
//! clock moves on whenever nothing else is to be done, so nothing may depend on the clock of the system's network.

use std::future::pending;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use auth::Server;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::Listener;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);

/// What a socket buffers, about.
const BUFFER: usize = 64 * 1024;
const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 49_152);

/// The connections that nobody has accepted yet.
struct Pipes(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Pipes {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(pipe) => (pipe, CLIENT),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from(([192, 0, 2, 1], 443)))
    }
}

pub(super) struct Address(mpsc::UnboundedSender<DuplexStream>);

pub(super) fn listen(server: Server) -> Address {
    listen_until_done(server).0
}

pub(super) fn listen_until_done(server: Server) -> (Address, JoinHandle<auth::Result<()>>) {
    let (sender, pipes) = mpsc::unbounded_channel();
    (Address(sender), tokio::spawn(server.serve_on(Pipes(pipes))))
}

/// An application with routes that take their time.
pub(super) fn application() -> Router {
    let slowly = || async {
        sleep(HOUR).await;
        "at last"
    };
    let whole = |body: Bytes| async move { body.len().to_string() };
    let drips = || async {
        let (mut sender, body) = http_body_util::channel::Channel::<Bytes>::new(1);
        tokio::spawn(async move {
            for _ in 0..5 {
                sleep(HOUR).await;
                sender.send_data(Bytes::from_static(b"drip")).await.unwrap();
            }
        });
        Response::new(Body::new(body))
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/slowly", get(slowly))
        .route("/whole", post(whole))
        .route("/drips", get(drips))
}

pub(super) fn connect(address: &Address) -> DuplexStream {
    let (ours, theirs) = duplex(BUFFER);
    address.0.send(theirs).expect("the server listens");
    ours
}

/// Reads one answer of a known end, or what there is until the connection is closed.
pub(super) async fn answer(stream: &mut DuplexStream, end: &str) -> String {
    let mut text = Vec::new();
    while !String::from_utf8_lossy(&text).ends_with(end) || text.is_empty() {
        let mut piece = [0; 1024];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(read) => text.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// How long the server keeps the connection, with what it says before it closes it.
pub(super) async fn closed_after(mut stream: DuplexStream) -> (Duration, String) {
    let asked = Instant::now();
    let said = answer(&mut stream, "\0").await;
    (asked.elapsed(), said)
}

pub(super) fn about(found: Duration, expected: Duration) {
    assert!(found >= expected && found < expected + SECOND, "{found:?}, not {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn l2_a_connection_without_a_request_is_closed() {
    let address = listen(Server::new(application()));
    about(closed_after(connect(&address)).await.0, 60 * SECOND);
    let mut used = connect(&address);
    for _ in 0..3 {
        sleep(50 * SECOND).await;
        used.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert!(answer(&mut used, "hello").await.starts_with("HTTP/1.1 200"));
    }
    let (idle, said) = closed_after(used).await;
    about(idle, 60 * SECOND);
    assert_eq!(said, "");
}

#[tokio::test(start_paused = true)]
async fn l2_slow_header_is_cut_off() {
    let address = listen(Server::new(application()));
    for start in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nx: y", "\r\n", "PRI", "PRI *"] {
        let mut stream = connect(&address);
        stream.write_all(start.as_bytes()).await.unwrap();
        let begun = Instant::now();
        // One more byte each second keeps it busy, and does not keep it open.
        while stream.write_all(if start == "\r\n" { b"\r\n" } else { b"a" }).await.is_ok() {
            assert!(begun.elapsed() < 120 * SECOND, "{start:?} is never cut off");
            let mut one = [0];
            if let Ok(Ok(0) | Err(_)) = timeout(SECOND, stream.read(&mut one)).await {
                break;
            }
        }
        assert!(begun.elapsed() < 12 * SECOND, "{start:?}: {:?}", begun.elapsed());
    }
    let mut second = connect(&address);
    second.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    answer(&mut second, "hello").await;
    sleep(30 * SECOND).await;
    second.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    about(closed_after(second).await.0, 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn l2_the_time_of_the_application_is_its_own() {
    let address = listen(Server::new(application()));
    let mut slow = connect(&address);
    slow.write_all(b"GET /slowly HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut slow, "at last").await.starts_with("HTTP/1.1 200"));
    let mut body = connect(&address);
    body.write_all(b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n").await.unwrap();
    for _ in 0..3 {
        sleep(HOUR).await;
        body.write_all(b"a").await.unwrap();
    }
    assert!(answer(&mut body, "3").await.starts_with("HTTP/1.1 200"));
    let mut drips = connect(&address);
    drips.write_all(b"GET /drips HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let (time, said) = closed_after(drips).await;
    about(time, 5 * HOUR);
    assert_eq!(said.matches("drip").count(), 5);
}

#[tokio::test(start_paused = true)]
async fn l2_an_upgraded_connection_is_never_touched() {
    let upgrades = |request: axum::extract::Request| async move {
        tokio::spawn(async move {
            let mut io = upgraded(request).await;
            let mut byte = [0];
            while io.read_exact(&mut byte).await.is_ok() {
                io.write_all(&byte).await.unwrap();
            }
        });
        Response::builder()
            .status(101)
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .body(Body::empty())
            .unwrap()
    };
    let address = listen(Server::new(Router::new().route("/", get(upgrades))));
    let mut stream = connect(&address);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 101"));
    for _ in 0..3 {
        sleep(HOUR).await;
        stream.write_all(b"x").await.unwrap();
        let mut echo = [0];
        stream.read_exact(&mut echo).await.unwrap();
        assert_eq!(&echo, b"x");
    }
}

async fn upgraded(request: axum::extract::Request) -> impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin {
    let upgraded = hyper::upgrade::on(request).await.unwrap();
    hyper_util::rt::TokioIo::new(upgraded)
}

#[tokio::test(start_paused = true)]
async fn l2_body_of_a_builtin_route_has_ten_seconds() {
    let world = MemoryApp::new().await;
    let address = listen(Server::new(world.router.clone()));
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" }).to_string();
    let head = |path: &str, bytes: usize| {
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n")
    };
    for path in ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"] {
        let mut stream = connect(&address);
        stream.write_all(format!("{}{{", head(path, body.len())).as_bytes()).await.unwrap();
        let (time, said) = closed_after(stream).await;
        about(time, 10 * SECOND);
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("request_timeout"), "{path}: {said}");
    }
    let mut slow = connect(&address);
    slow.write_all(head("/auth/refresh", body.len()).as_bytes()).await.unwrap();
    sleep(9 * SECOND).await;
    slow.write_all(body.as_bytes()).await.unwrap();
    assert!(answer(&mut slow, "}").await.starts_with("HTTP/1.1 422"), "what arrives in time is read");
}

#[tokio::test(start_paused = true)]
async fn l2_more_connections_than_allowed_wait() {
    let address = listen(Server::new(application()).connections(2));
    let (mut one, two) = (connect(&address), connect(&address));
    let mut three = connect(&address);
    three.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(timeout(30 * SECOND, three.read(&mut byte)).await.is_err(), "it is not accepted yet");
    one.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    answer(&mut one, "\0").await;
    assert!(answer(&mut three, "hello").await.starts_with("HTTP/1.1 200"));
    drop(two);
}

#[tokio::test(start_paused = true)]
async fn l2_shutdown_waits_for_requests_in_progress() {
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(application()).stop_on(async { drop(stopped.await) });
    let (address, server) = listen_until_done(server);
    let mut idle = connect(&address);
    let mut half = connect(&address);
    half.write_all(b"GET / HT").await.unwrap();
    let mut under_way = connect(&address);
    under_way.write_all(b"GET /slowly HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(SECOND).await;
    stop.send(()).unwrap();
    let begun = Instant::now();
    assert_eq!(answer(&mut idle, "\0").await, "");
    assert!(begun.elapsed() < SECOND);
    assert!(!server.is_finished());
    assert!(answer(&mut under_way, "at last").await.starts_with("HTTP/1.1 200"));
    server.await.unwrap().unwrap();
    assert!(address.0.is_closed(), "it no longer listens");
}

#[tokio::test(start_paused = true)]
async fn http_16_the_server_knows_the_address_of_its_client() {
    let address = listen(Server::new(application()));
    let mut stream = connect(&address);
    let own = CLIENT.to_string();
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream, &own).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn l2_the_times_are_settings() {
    let server = Server::new(application()).header_timeout(3 * SECOND).idle_timeout(Duration::MAX);
    let address = listen(server);
    let mut stream = connect(&address);
    sleep(24 * HOUR).await;
    stream.write_all(b"GET / HT").await.unwrap();
    about(closed_after(stream).await.0, 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn l2_who_takes_an_answer_slowly_is_not_idle() {
    const BYTES: usize = 8 << 20;
    let big = || async { vec![b'x'; BYTES] };
    let address = listen(Server::new(Router::new().route("/", get(big))));
    let mut slow = connect(&address);
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let (mut read, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        match slow.read(&mut piece).await {
            Ok(0) => break,
            Ok(some) => read += some,
            Err(error) => panic!("cut off after {read} bytes: {error}"),
        }
        sleep(5 * SECOND).await;
    }
    assert!(read > BYTES, "cut off after {read} bytes");
}

#[tokio::test(start_paused = true)]
async fn l2_oversized_header_is_refused_at_once() {
    let address = listen(Server::new(application()));
    for (bytes, status) in [(32 << 10, "200"), (96 << 10, "431"), (300 << 10, "431")] {
        let (mut reads, mut writes) = tokio::io::split(connect(&address));
        let sent = tokio::spawn(async move {
            let header = format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx: {}\r\n\r\n", "a".repeat(bytes));
            // The server may have hung up by then.
            drop(writes.write_all(header.as_bytes()).await);
            writes
        });
        let begun = Instant::now();
        let mut said = Vec::new();
        reads.read_to_end(&mut said).await.unwrap();
        let said = String::from_utf8_lossy(&said);
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{bytes}: {said}");
        assert!(begun.elapsed() < SECOND, "{bytes}");
        drop(sent.await);
    }
}
