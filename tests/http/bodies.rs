//! Bodies: too long, of the wrong type, malformed or invalid JSON.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{App, Call};
use axum::body::{Body, Bytes};
use axum::http::Method;
use http_body::Frame;
use serde_json::{Value, json};

const ROUTES: [&str; 4] = ["/auth/register", "/auth/login", "/auth/refresh", "/auth/logout"];
const LIMIT: usize = 64 * 1024;

/// A chunked body without a length that counts the bytes read from it.
struct Pieces {
    left: usize,
    bytes: Vec<u8>,
    read: Arc<AtomicUsize>,
}

impl axum::body::HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let start = this.bytes.len() - this.left;
        let end = (start + 1024).min(this.bytes.len());
        this.left = this.bytes.len() - end;
        this.read.fetch_add(end - start, Ordering::SeqCst);
        let piece = Bytes::copy_from_slice(&this.bytes[start..end]);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }
}

fn chunked(bytes: Vec<u8>, read: &Arc<AtomicUsize>) -> Body {
    Body::new(Pieces { left: bytes.len(), bytes, read: Arc::clone(read) })
}

/// JSON of exactly this many bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let start = br#"{"refresh_token":"x"}"#;
    let mut body = start.to_vec();
    body.resize(bytes, b' ');
    body
}

#[tokio::test]
async fn http_12_body_over_64_kib_is_refused() {
    let app = App::new().await;
    for path in ROUTES {
        let announced = Call::post(path).header("content-length", "65537").text("application/json", padded(LIMIT + 1));
        assert_eq!(app.send(announced).await.is(413).code(), "body_too_large", "{path}");
        let lying = Call::post(path).header("content-length", "10").text("application/json", padded(LIMIT + 1));
        assert_eq!(app.send(lying).await.is(413).code(), "body_too_large", "{path}");
        let read = Arc::default();
        let pieces = Call::post(path).text("application/json", chunked(padded(4 << 20), &read));
        assert_eq!(app.send(pieces).await.is(413).code(), "body_too_large", "{path}");
        let read = read.load(Ordering::SeqCst);
        assert!(read <= LIMIT + 2 * 1024, "{read} bytes were read");
    }
    let read = Arc::default();
    let announced = Call::post("/auth/login")
        .header("content-length", "4194304")
        .text("application/json", chunked(padded(4 << 20), &read));
    app.send(announced).await.is(413);
    assert_eq!(read.load(Ordering::SeqCst), 0, "an announced length is believed before a byte is read");
    app.send(Call::post("/auth/refresh").text("application/json", padded(LIMIT))).await.is(401);
    for length in ["-1", "x", "18446744073709551616", "1e9"] {
        let call = Call::post("/auth/refresh").header("content-length", length);
        let answer = app.send(call.text("application/json", padded(100))).await;
        assert!(answer.status.is_client_error(), "{length}: {}", answer.status);
    }
}

#[tokio::test]
async fn mac_02_refused_requests_never_have_their_body_read() {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    for (method, path, token) in [
        (Method::PUT, "/posts/1", Some(&member)),
        (Method::PUT, "/posts/not-a-number", Some(&member)),
        (Method::PUT, "/posts/1", None),
        (Method::POST, "/auth/password/change", None),
        (Method::POST, "/auth/logout-all", None),
    ] {
        let read = Arc::default();
        let mut call = Call::new(method, path).text("application/json", chunked(padded(10_000), &read));
        if let Some(token) = token {
            call = call.bearer(token);
        }
        app.send(call).await.is(if token.is_some() { 403 } else { 401 });
        assert_eq!(read.load(Ordering::SeqCst), 0, "{path}");
    }
}

#[tokio::test]
async fn http_12_only_application_json_is_json() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" }).to_string();
    for path in ROUTES {
        for content_type in [
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json-patch+json",
            "application/problem+json",
            "application/json, text/plain",
            "text/plain; application/json",
            "",
            ";",
        ] {
            let answer = app.send(Call::post(path).text(content_type, body.clone())).await;
            assert_eq!(answer.is(415).code(), "unsupported_media_type", "{path}: {content_type}");
        }
        let without = app.send(Call::post(path).body(body.clone())).await;
        assert_eq!(without.is(415).code(), "unsupported_media_type", "{path}");
        let twice = Call::post(path).text("application/json", body.clone()).header("content-type", "text/plain");
        assert_eq!(app.send(twice).await.is(415).code(), "unsupported_media_type", "{path}");
    }
    for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"] {
        let call = Call::post("/auth/refresh").text(content_type, r#"{"refresh_token":"x"}"#);
        assert_eq!(app.send(call).await.is(401).code(), "invalid_refresh_token", "{content_type}");
    }
}

#[tokio::test]
async fn http_12_what_is_not_one_json_object_is_a_400() {
    let app = App::new().await;
    let deep = "[".repeat(60_000);
    for path in ROUTES {
        for body in [
            "{",
            "}",
            "nonsense",
            "{}x",
            "{}{}",
            "[]",
            "null",
            "true",
            "7",
            "\"text\"",
            "{\"a\":}",
            "{a:1}",
            "{'email':'x'}",
            "{\"email\":\"x\",}",
            "{\"email\":\"\\ud800\"}",
            "{\"email\":\"\u{1}\"}",
            "\u{feff}{}",
            "{\"email\":NaN}",
            "{\"email\":1e999}",
            "// c\n{}",
            &deep,
            // Duplicate names, with the same or another spelling.
            "{\"email\":\"a\",\"email\":\"b\"}",
            "{\"password\":1,\"p\\u0061ssword\":2}",
            "{\"refresh_token\":\"a\",\"refresh_token\":\"a\"}",
            "{\"x\":1,\"x\":1}",
        ] {
            let answer = app.send(Call::post(path).text("application/json", body.to_owned())).await;
            assert_eq!(answer.is(400).code(), "malformed_body", "{path}: {body:.40}");
        }
        let latin = Call::post(path).text("application/json", b"{\"email\":\"\xe9\"}".to_vec());
        assert_eq!(app.send(latin).await.is(400).code(), "malformed_body");
    }
}

#[tokio::test]
async fn http_12_unknown_and_privileged_fields_are_refused_by_name() {
    let app = App::new().await;
    for (name, value) in [
        ("role", json!("admin")),
        ("is_active", json!(true)),
        ("id", json!(1)),
        ("password_hash", json!("$argon2id$")),
        ("__proto__", json!({ "role": "admin" })),
        ("Email", json!("x@example.org")),
        ("", json!(1)),
        ("email\u{0}", json!("x")),
    ] {
        let mut body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
        body[name] = value;
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors[0]["field"], *name);
        assert_eq!(errors[0]["code"], "unknown");
    }
    app.login("ada@example.org", PASSWORD).await.is(401);
}

#[tokio::test]
async fn log_03_error_messages_repeat_no_submitted_value() {
    let app = App::new().await;
    let secret = "hunter2-hunter2";
    for body in [
        json!(secret),
        json!([secret]),
        json!({ "email": "ada@example.org", "password": [secret] }),
        json!({ "email": { secret: 1 }, "password": secret }),
        json!({ "email": "ada@example.org", "password": { "password": secret } }),
        json!({ "refresh_token": [secret] }),
        json!({ "refresh_token": { "a": secret } }),
    ] {
        for path in ROUTES {
            let answer = app.send(Call::post(path).json(&body)).await;
            assert!(answer.status.is_client_error());
            assert!(!answer.text().contains(secret), "{path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn mac_11_hostile_text_in_every_field_is_text() {
    let app = App::new().await;
    let hostile = [
        "'; DROP TABLE users; --",
        "' OR '1'='1",
        "\" OR 1=1 --",
        "admin'/*",
        "$1",
        "?",
        "%",
        "_",
        "\\",
        "a\u{0}b",
        "\u{202e}nimda",
        "\u{200b}",
        "ＡＤＭＩＮ",
        "\u{fdfa}\u{fdfa}",
        "e\u{301}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\r\nSet-Cookie: x=y",
        "<script>alert(1)</script>",
        "${jndi:ldap://x}",
        "{{7*7}}",
    ];
    for (number, text) in hostile.iter().enumerate() {
        for field in ["email", "password", "display_name"] {
            let email = format!("u{number}-{field}@example.org");
            let mut body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
            body[field] = Value::from(*text);
            let answer = app.send(Call::post("/auth/register").json(&body)).await;
            match answer.status.as_u16() {
                201 => {
                    let me = app.get("/auth/me", &answer.access_token()).await.is(200).json();
                    if field == "display_name" {
                        assert_eq!(me["display_name"], **text, "as it was sent");
                    }
                }
                422 => {}
                other => panic!("{other} for {field} = {text:?}"),
            }
            body.as_object_mut().unwrap().remove("display_name");
            let answer = app.send(Call::post("/auth/login").json(&body)).await;
            assert!(matches!(answer.status.as_u16(), 200 | 401), "{} for {field} = {text:?}", answer.status);
        }
        for refresh in ["/auth/refresh", "/auth/logout"] {
            let answer = app.send(Call::post(refresh).json(&json!({ "refresh_token": text }))).await;
            assert!(matches!(answer.status.as_u16(), 401 | 204), "{}", answer.status);
        }
    }
    app.login("' OR '1'='1", PASSWORD).await.is(401);
    let table: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&app.pool).await.unwrap();
    assert!(table > 0);
}

/// In MySQL `0 = 'abc'` is true; the library must never send such a comparison.
#[tokio::test]
async fn db_04_what_is_not_text_never_reaches_the_store() {
    let world = MemoryApp::new().await;
    world.register("ada@example.org").await.is(201);
    drop(world.faults.take_calls());
    for wrong in [json!(0), json!(1.5), json!(true), json!(["ada@example.org"]), json!({ "$ne": "" }), json!(null)] {
        for field in ["email", "password"] {
            let mut body = json!({ "email": "ada@example.org", "password": PASSWORD });
            body[field] = wrong.clone();
            let answer = world.send(Call::post("/auth/login").json(&body)).await.is(422);
            assert!(answer.broken().iter().any(|(name, _)| name == field), "{}", answer.text());
        }
        let body = json!({ "refresh_token": wrong });
        let answer = world.send(Call::post("/auth/refresh").json(&body)).await;
        assert!([401, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    assert_eq!(world.faults.take_calls(), Vec::<&str>::new());
}
