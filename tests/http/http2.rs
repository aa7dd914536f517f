//! The same clients with HTTP/2, which an application gets with a feature of axum: frames that are no request keep no
//! connection open. The frames are written byte by byte, because no client library would send them.

use std::time::Duration;

use auth::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::half_open::{HOUR, SECOND, about, application, connect, listen, listen_until_done};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET path`, with names from the static table (RFC 7541, appendix A).
fn get(path: &str) -> Vec<u8> {
    [&[0x82, 0x86, 0x01, 1, b'x', 0x04, u8::try_from(path.len()).unwrap()], path.as_bytes()].concat()
}

struct Received {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

struct Client(DuplexStream);

impl Client {
    /// Sends the preface, and confirms the settings of the server.
    async fn over(mut pipe: DuplexStream) -> Self {
        pipe.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
        let mut client = Self(pipe);
        client.send(&frame(SETTINGS, ACK, 0, &[])).await;
        client
    }

    /// Sends frames, unless the server has hung up.
    async fn send(&mut self, frames: &[u8]) -> bool {
        self.0.write_all(frames).await.is_ok()
    }

    /// Returns the next frame; `None` at the end of the connection.
    async fn next(&mut self) -> Option<Received> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Received { kind: head[3], flags: head[4], stream, payload })
    }

    /// Reads until the stream has ended, and confirms pings, as every client does. Returns its data.
    async fn data(&mut self, stream: u32) -> String {
        let mut text = Vec::new();
        while let Some(frame) = self.next().await {
            self.answer_ping(&frame).await;
            if frame.stream == stream && frame.kind == DATA {
                text.extend_from_slice(&frame.payload);
                if frame.flags & END_STREAM > 0 {
                    break;
                }
            }
        }
        String::from_utf8(text).unwrap()
    }

    async fn answer_ping(&mut self, received: &Received) {
        if received.kind == PING && received.flags & ACK == 0 {
            self.send(&frame(PING, ACK, 0, &received.payload)).await;
        }
    }

    /// Sends `frames` every five seconds until the server hangs up; returns when it said goodbye, and when it hung up.
    async fn repeats(&mut self, frames: &[u8]) -> (Option<Duration>, Duration) {
        let begun = Instant::now();
        let mut farewell = None;
        loop {
            assert!(begun.elapsed() < 10 * 60 * SECOND, "these frames keep the connection open: {frames:?}");
            if !self.send(frames).await {
                return (farewell, begun.elapsed());
            }
            let pause = Instant::now() + 5 * SECOND;
            while let Ok(received) = timeout_at(pause, self.next()).await {
                match received {
                    None => return (farewell, begun.elapsed()),
                    Some(frame) if frame.kind == GO_AWAY => drop(farewell.get_or_insert(begun.elapsed())),
                    Some(_) => {}
                }
            }
        }
    }

    /// The same, which must not take longer than for a connection that sends nothing.
    async fn is_idle(&mut self, frames: &[u8]) {
        let (farewell, end) = self.repeats(frames).await;
        about(farewell.expect("it says goodbye"), 60 * SECOND);
        assert!(end < 72 * SECOND, "{end:?}: this client does not confirm the farewell");
    }
}

#[tokio::test(start_paused = true)]
async fn l2_frames_that_ask_nothing_keep_no_connection() {
    let address = listen(Server::new(application()));
    let ping = frame(PING, 0, 0, b"12345678");
    let settings = frame(SETTINGS, 0, 0, &[]);
    let window = frame(8, 0, 0, &1_u32.to_be_bytes());
    let unknown = frame(0xbe, 0, 0, b"?");
    for frames in [&ping, &settings, &window, &unknown] {
        let mut client = Client::over(connect(&address)).await;
        client.is_idle(frames).await;
    }
    // After a request, too.
    let mut client = Client::over(connect(&address)).await;
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/"))).await;
    assert_eq!(client.data(1).await, "hello");
    client.is_idle(&ping).await;
}

#[tokio::test(start_paused = true)]
async fn l2_an_endless_header_of_http2_is_cut_off() {
    let address = listen(Server::new(application()));
    let mut slow = Client::over(connect(&address)).await;
    slow.send(&frame(HEADERS, END_STREAM, 1, &get("/"))).await;
    let (_, time) = slow.repeats(&frame(CONTINUATION, 0, 1, &[])).await;
    assert!(time < 72 * SECOND, "{time:?}");

    let mut fast = Client::over(connect(&address)).await;
    fast.send(&frame(HEADERS, END_STREAM, 1, &get("/"))).await;
    // A header field of 8 KiB each.
    let field = [&[0x00, 1, b'y', 0x7f, 0x81, 0x3f][..], &[b'z'; 8 << 10]].concat();
    let begun = Instant::now();
    let mut sent = 0;
    while timeout(SECOND, fast.send(&frame(CONTINUATION, 0, 1, &field))).await == Ok(true) {
        sent += 1;
        assert!(sent < 1000, "it is read without end");
    }
    assert!(begun.elapsed() < 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn l2_a_preface_in_pieces_is_one_of_http2() {
    let address = listen(Server::new(application()));
    let mut pipe = connect(&address);
    for piece in PREFACE.chunks(5) {
        pipe.write_all(piece).await.unwrap();
        sleep(SECOND).await;
    }
    let mut client = Client(pipe);
    client.send(&frame(SETTINGS, 0, 0, &[])).await;
    for stream in [1, 3, 5] {
        sleep(30 * SECOND).await;
        client.send(&frame(PING, 0, 0, b"12345678")).await;
        sleep(20 * SECOND).await;
        client.send(&frame(HEADERS, END_HEADERS | END_STREAM, stream, &get("/"))).await;
        assert_eq!(client.data(stream).await, "hello");
    }
    // Half of one is half a header.
    let mut half = connect(&address);
    half.write_all(&PREFACE[..20]).await.unwrap();
    let begun = Instant::now();
    assert_eq!(half.read_to_end(&mut Vec::new()).await.unwrap_or_default(), 0);
    assert!(begun.elapsed() < 11 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn l2_shutdown_ends_http2_streams() {
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(application()).stop_on(async { drop(stopped.await) });
    let (address, server) = listen_until_done(server);
    let mut idle = Client::over(connect(&address)).await;
    let mut silent = Client::over(connect(&address)).await;
    let mut under_way = Client::over(connect(&address)).await;
    under_way.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/slowly"))).await;
    sleep(SECOND).await;
    stop.send(()).unwrap();
    let begun = Instant::now();
    let mut farewells = 0;
    while let Some(frame) = idle.next().await {
        farewells += usize::from(frame.kind == GO_AWAY);
        idle.answer_ping(&frame).await;
    }
    assert!(farewells > 0 && begun.elapsed() < SECOND, "{:?}", begun.elapsed());
    assert!(!server.is_finished());
    // One that does not even confirm the farewell has the time of a header for it.
    while silent.next().await.is_some() {}
    assert!(begun.elapsed() < 12 * SECOND, "{:?}", begun.elapsed());
    assert_eq!(under_way.data(1).await, "at last");
    let left = timeout(2 * 60 * SECOND, server).await;
    left.expect("it waits for nobody").unwrap().unwrap();
    assert!(begun.elapsed() < HOUR + 2 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn l2_who_takes_a_stream_slowly_is_not_idle() {
    let big = || async { "x".repeat(1 << 20) };
    let address = listen(Server::new(axum::Router::new().route("/", axum::routing::get(big))));
    let mut client = Client::over(connect(&address)).await;
    client.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &get("/"))).await;
    let mut read = 0;
    while let Some(received) = client.next().await {
        client.answer_ping(&received).await;
        if received.kind != DATA {
            continue;
        }
        read += received.payload.len();
        if received.flags & END_STREAM > 0 {
            break;
        }
        sleep(20 * SECOND).await;
        let more = u32::try_from(received.payload.len()).unwrap().to_be_bytes();
        client.send(&[frame(8, 0, 0, &more), frame(8, 0, 1, &more)].concat()).await;
    }
    assert_eq!(read, 1 << 20, "cut off");
}
