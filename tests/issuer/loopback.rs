//! The client of the feature `oidc` against servers that mean no good (F-6, KEY-12).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auth::issuer::Issuer;
use auth::testing::ManualClock;
use serde_json::{Value, json};

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, claims, whose};

/// A server on this machine: counts connections, and answers each as `answer` writes.
struct Loopback {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Loopback {
    fn answering(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, answer) = (Arc::clone(&connections), Arc::new(answer));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, answer) = (connection.unwrap(), Arc::clone(&answer));
                counted.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let request = read_head(&mut connection);
                    answer(request.split(' ').nth(1).unwrap_or_default(), &mut connection);
                });
            }
        });
        Self { address, connections }
    }

    /// Answers everything with this status, these headers and this body.
    fn fixed(status: &str, headers: &str, body: impl Into<Vec<u8>>) -> Self {
        let (head, body) = (format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\n\r\n"), body.into());
        Self::answering(move |_, connection| {
            let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&body));
        })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A handle that asks this server for its keys.
    fn issuer(&self) -> Issuer<Person> {
        let builder = Issuer::new(&self.url()).audience(AUDIENCE).jwks_uri(format!("{}/keys", self.url()));
        builder.clock(ManualClock::default()).build().unwrap()
    }

    fn token(&self) -> String {
        Key::P256.token(&self.claims())
    }

    fn claims(&self) -> Value {
        let mut claims = claims();
        claims["iss"] = json!(self.url());
        claims
    }

    async fn is_unavailable(&self) -> bool {
        match whose(&self.issuer(), &self.token()).await {
            Ok(_) => false,
            Err(error) => error.status() == 503,
        }
    }
}

fn read_head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn respond(connection: &mut TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body.as_bytes())).unwrap();
}

#[tokio::test]
async fn keys_are_found_by_metadata_over_a_socket() {
    let address = Arc::new(std::sync::OnceLock::new());
    let known = Arc::clone(&address);
    let server = Loopback::answering(move |path, connection| {
        let url: &String = known.wait();
        match path {
            "/.well-known/openid-configuration" => {
                respond(connection, &json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string());
            }
            "/keys" => respond(connection, &published(&[Key::P256])),
            other => panic!("{other}"),
        }
    });
    address.set(server.url()).unwrap();
    let builder = Issuer::<Person>::new(&server.url()).audience(AUDIENCE).clock(ManualClock::default());
    let issuer = builder.build().unwrap();
    assert_eq!(whose(&issuer, &server.token()).await.unwrap(), "ada");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn f_06_redirects_are_not_followed() {
    let elsewhere = Loopback::fixed("200 OK", "", published(&[Key::P256]));
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Loopback::fixed(status, &format!("location: {}/keys\r\n", elsewhere.url()), "");
        assert!(server.is_unavailable().await, "{status}");
        assert_eq!(server.connections(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(whose(&elsewhere.issuer(), &elsewhere.token()).await.unwrap(), "ada", "the control: it can be asked");
    assert_eq!(elsewhere.connections(), 1);
}

#[tokio::test]
async fn f_06_long_answers_are_cut_off() {
    let keys = published(&[Key::P256]);
    let padded = |bytes: usize| format!("{keys}{}", " ".repeat(bytes - keys.len()));
    let fits = Loopback::fixed("200 OK", "", padded(256 << 10));
    assert_eq!(whose(&fits.issuer(), &fits.token()).await.unwrap(), "ada");
    assert!(Loopback::fixed("200 OK", "", padded(300 << 10)).is_unavailable().await);
    let with_length = format!("content-length: {}\r\n", 300 << 10);
    assert!(Loopback::fixed("200 OK", &with_length, padded(300 << 10)).is_unavailable().await);
}

#[tokio::test]
async fn f_06_an_endless_answer_is_left() {
    let (written, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Notify::new()));
    let (count, notify) = (Arc::clone(&written), Arc::clone(&ended));
    let server = Loopback::answering(move |_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"1000\r\n".to_vec(), vec![b' '; 4096], b"\r\n".to_vec()].concat();
        while connection.write_all(&chunk).is_ok() {
            count.fetch_add(4096, Ordering::SeqCst);
        }
        notify.notify_one();
    });
    assert!(server.is_unavailable().await);
    // The client has hung up, or this would never come; what is written beyond the limit is in the buffers of sockets.
    ended.notified().await;
    assert!(written.load(Ordering::SeqCst) < 32 << 20);
}

#[tokio::test]
async fn f_06_compressed_answers_are_not_unpacked() {
    // 64 MiB of zeros, as `gzip -9` would begin it, are no text either way; neither is a set of keys that is really packed.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3][..], &[0xec; 4096]].concat();
    assert!(Loopback::fixed("200 OK", "content-encoding: gzip\r\n", bomb).is_unavailable().await);
    let keys = published(&[Key::P256]);
    let length = u16::try_from(keys.len()).unwrap();
    // One stored block (RFC 1951 §3.2.4) is a valid stream.
    let stored = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), keys.as_bytes()].concat();
    assert!(Loopback::fixed("200 OK", "content-encoding: deflate\r\n", stored).is_unavailable().await);
}

#[tokio::test]
async fn f_06_ten_thousand_keys_are_too_many() {
    let entries = vec!["{}"; 10_000].join(",");
    assert!(Loopback::fixed("200 OK", "", format!("{{\"keys\":[{entries}]}}")).is_unavailable().await);
    let mut keys = vec![json!({}); 99];
    keys.push(Key::P256.jwk());
    let server = Loopback::fixed("200 OK", "", crate::keys::set_of(keys));
    assert_eq!(whose(&server.issuer(), &server.token()).await.unwrap(), "ada", "a hundred are fine");
}

/// Tokio's clock stands still and jumps to the next deadline whenever nothing else is to do: an answer that never ends
/// takes no time to wait for.
#[tokio::test(start_paused = true)]
async fn f_06_answers_that_drip_are_given_up() {
    let hung_up = Arc::new(tokio::sync::Notify::new());
    let ended = Arc::clone(&hung_up);
    let server = Loopback::answering(move |_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
        // Returns when the client hangs up.
        let _ = connection.read(&mut [0]);
        ended.notify_one();
    });
    assert!(server.is_unavailable().await);
    hung_up.notified().await;
}

#[tokio::test]
async fn connections_that_break_off_are_failures() {
    for answer in
        ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"keys\":[", "SSH-2.0\r\n\r\n"]
    {
        let server = Loopback::answering(move |_, connection| {
            let _ = connection.write_all(answer.as_bytes());
        });
        assert!(server.is_unavailable().await, "{answer:?}");
    }
    let nobody = Loopback { address: "127.0.0.1:1".parse().unwrap(), connections: Arc::default() };
    assert!(nobody.is_unavailable().await);
}
