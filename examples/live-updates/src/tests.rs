//! Tests over real sockets, because an upgrade takes over its connection.

use std::time::Duration;

use auth::Secret;
use auth::testing::assert_routes;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::App;

struct World {
    app: App,
    address: String,
}

async fn start() -> World {
    let secret = Secret::generate().unwrap();
    let app = crate::open(crate::in_memory().await.unwrap(), secret, Duration::from_millis(5)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = crate::routes(&app).into_router().with_state(app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    World { app, address }
}

impl World {
    /// Sends a request on a new connection; the response is read from the returned stream.
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            request = format!("{request}{name}: {value}\r\n");
        }
        request = format!("{request}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Returns the whole response, which ends when the server closes the connection.
    async fn answer(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut answer = String::new();
        self.ask(method, path, headers, body).await.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn sign_up(&self) -> Value {
        let body = json!({ "email": "ada@example.org", "password": "correct horse battery" }).to_string();
        let answer = self.answer("POST", "/auth/register", &[("content-type", "application/json")], &body).await;
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Signs in and returns the cookies.
    async fn cookies(&self) -> String {
        let body = json!({ "email": "ada@example.org", "password": "correct horse battery" }).to_string();
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        let answer = self.answer("POST", "/auth/login?cookies=true", &headers, &body).await;
        let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
        set.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    /// Opens a WebSocket, or returns the status of the refusal.
    async fn socket(&self, headers: &[(&'static str, &str)]) -> Result<WebSocketStream<TcpStream>, u16> {
        let mut request = format!("ws://{}/socket", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(&self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn say(&self, bearer: &str, text: &str) {
        let answer = self.answer("POST", "/messages", &[("authorization", bearer)], text).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }

    async fn log_out(&self, bearer: &str) {
        let answer = self.answer("POST", "/auth/logout", &[("authorization", bearer)], "").await;
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }
}

fn bearer(tokens: &Value) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().unwrap())
}

async fn closed(socket: &mut WebSocketStream<TcpStream>) -> String {
    match socket.next().await.unwrap().unwrap() {
        Message::Close(Some(frame)) => frame.reason.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_socket_closes_when_its_session_is_ended() {
    let world = start().await;
    let bearer = bearer(&world.sign_up().await);
    let mut socket = world.socket(&[("authorization", &bearer)]).await.unwrap();
    world.say(&bearer, "hello").await;
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "1: hello");
    world.log_out(&bearer).await;
    // The socket receives no later message, whether or not it has closed yet. (If it has, sending is an error.)
    let _ = world.app.messages.send("secret".to_owned());
    assert_eq!(closed(&mut socket).await, "sign in again");
}

#[tokio::test]
async fn http_20_socket_with_cookies_opens_for_own_pages_only() {
    let world = start().await;
    world.sign_up().await;
    let cookies = world.cookies().await;
    // TLS ends at a proxy; a page without it has another origin, whatever its host.
    let (own, plain) = (format!("https://{}", world.address), format!("http://{}", world.address));
    let mut socket = world.socket(&[("cookie", &cookies), ("origin", &own)]).await.unwrap();
    for foreign in ["https://elsewhere.example", "null", "https://127.0.0.1", &plain] {
        assert_eq!(world.socket(&[("cookie", &cookies), ("origin", foreign)]).await.unwrap_err(), 403, "{foreign}");
    }
    assert_eq!(world.socket(&[("cookie", &cookies)]).await.unwrap_err(), 403, "no origin");
    assert_eq!(world.socket(&[("origin", &own)]).await.unwrap_err(), 401, "nobody");
    world.app.messages.send("news".to_owned()).unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "news");
    world.app.auth.accounts().end_sessions(&1).await.unwrap();
    assert_eq!(closed(&mut socket).await, "sign in again");
}

#[tokio::test]
async fn socket_accepts_fresh_tokens_of_its_own_session_only() {
    let world = start().await;
    let tokens = world.sign_up().await;
    let mut socket = world.socket(&[("authorization", &bearer(&tokens))]).await.unwrap();
    let refresh = json!({ "refresh_token": tokens["refresh_token"] }).to_string();
    let answer = world.answer("POST", "/auth/refresh", &[("content-type", "application/json")], &refresh).await;
    let fresh: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    socket.send(Message::text(fresh["access_token"].as_str().unwrap())).await.unwrap();
    world.say(&bearer(&fresh), "still here").await;
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "1: still here");
    socket.send(Message::text("not a token")).await.unwrap();
    assert_eq!(closed(&mut socket).await, "sign in again");
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_session() {
    let world = start().await;
    let bearer = bearer(&world.sign_up().await);
    let headers = [("authorization", bearer.as_str())];
    let mut stream = world.ask("GET", "/events", &headers, "").await;
    let mut answer = String::new();
    let mut read = [0; 1024];
    while !answer.contains("\r\n\r\n") {
        let length = stream.read(&mut read).await.unwrap();
        answer.push_str(std::str::from_utf8(&read[..length]).unwrap());
    }
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("text/event-stream"), "{answer}");
    world.say(&bearer, "one\ntwo").await;
    world.log_out(&bearer).await;
    // Reads until the server closes the stream.
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("data: 1: one\ndata: two\n\n"), "{answer}");
    let refused = world.answer("GET", "/events", &headers, "").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let world = start().await;
    let routes = crate::routes(&world.app);
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
