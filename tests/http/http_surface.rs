//! Methods, paths, response headers, and headers that proxies write.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{App, Call};
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn http_13_routes_that_change_something_answer_their_method_only() {
    let app = App::new().await;
    let tokens = app.register("ada@example.org").await.is(201);
    let body = json!({ "refresh_token": tokens.refresh_token() });
    let posts = ["register", "login", "refresh", "logout", "logout-all", "password/change"];
    for path in posts.map(|route| format!("/auth/{route}")) {
        for method in
            [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE]
        {
            for tricks in [false, true] {
                let mut call = Call::new(method.clone(), &path).bearer(&tokens.access_token()).json(&body);
                if tricks {
                    call = call.header("x-http-method-override", "POST").header("x-method-override", "POST");
                }
                let answer = app.send(call).await.is(405);
                assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
            }
        }
    }
    let id = auth_tests::forge::claims_of(&tokens.access_token())["sid"].as_str().unwrap().to_owned();
    for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT] {
        let call = Call::new(method, &format!("/auth/sessions/{id}?_method=DELETE")).bearer(&tokens.access_token());
        app.send(call).await.is(405);
    }
    app.get("/me", &tokens.access_token()).await.is(200);
    app.refresh(&tokens.refresh_token()).await.is(200);
}

#[tokio::test]
async fn mac_04_no_spelling_of_a_path_bypasses_a_guard() {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    for path in [
        "//stats",
        "/./stats",
        "/../stats",
        "/health/../stats",
        "/stats/",
        "/stats/.",
        "/STATS",
        "/Stats",
        "/stats;x=y",
        "/stats%00",
        "/stats%20",
        "/%73tats",
        "/stats%2f",
        "/health%2f..%2fstats",
        "/stats.json",
        "/stats?live=false",
        "/stats#x",
        "http://other.example/stats",
    ] {
        let call =
            Call::get(path).bearer(&member).header("x-original-url", "/health").header("x-rewrite-url", "/health");
        let status = app.send(call).await.status.as_u16();
        assert!(matches!(status, 403 | 404), "{status} at {path}");
    }
}

#[tokio::test]
async fn http_10_answers_about_a_user_are_never_stored() {
    let app = App::new().await;
    let tokens = app.register("ada@example.org").await.is(201);
    let access = tokens.access_token();
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let cookie = app.send(Call::post("/auth/login?cookies=true").same_origin().json(&login)).await.is(200);
    let answers = [
        app.login("ada@example.org", PASSWORD).await.is(200),
        app.refresh(&tokens.refresh_token()).await.is(200),
        app.get("/auth/me", &access).await.is(200),
        app.send(Call::get("/auth/me").cookie(&cookie.cookies())).await.is(200),
        app.get("/auth/sessions", &access).await.is(200),
        app.send(Call::post("/auth/logout").bearer(&access)).await.is(204),
        tokens,
        cookie,
    ];
    for answer in answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("vary").unwrap().contains("Cookie"));
    }
}

#[tokio::test]
async fn http_18_responses_allow_no_origin_and_name_no_server() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for origin in ["https://evil.example", "null", "https://app.example"] {
        for call in [
            Call::get("/auth/me").bearer(&token),
            Call::get("/me"),
            Call::new(Method::OPTIONS, "/auth/login").header("access-control-request-method", "POST"),
            Call::post("/auth/login").json(&json!({})),
            Call::post("/auth/refresh?cookies=true"),
        ] {
            let answer = app.send(call.header("origin", origin)).await;
            for name in answer.headers.keys() {
                let name = name.as_str();
                assert!(!name.starts_with("access-control-") && name != "server" && name != "x-powered-by", "{name}");
            }
            assert!(!answer.text().contains("evil.example"));
        }
    }
}

/// Sends one request over a real socket and returns the body.
fn over_tcp(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_16_the_client_is_the_connection_whatever_headers_say() {
    let app = App::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" }).to_string();
    let request = format!(
        "POST /auth/register HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Type: application/json\r\n\
         X-Forwarded-For: 203.0.113.7\r\nX-Real-IP: 203.0.113.7\r\nForwarded: for=203.0.113.7\r\n\
         CF-Connecting-IP: 203.0.113.7\r\nTrue-Client-IP: 203.0.113.7\r\nUser-Agent: probe\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = tokio::task::spawn_blocking(move || over_tcp(address, &request)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    server.abort();
    let sessions = app.auth.sessions(&1).await.unwrap();
    assert_eq!(sessions[0].ip.unwrap().to_string(), "127.0.0.1");
    assert_eq!(sessions[0].user_agent.as_deref(), Some("probe"));
}

#[tokio::test]
async fn http_16_forwarding_headers_decide_neither_secure_nor_origin() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let call = Call::post("/auth/register?cookies=true").same_origin().json(&body);
    let answer = app.send(call.header("x-forwarded-proto", "http").header("forwarded", "proto=http")).await.is(201);
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        assert!(
            cookie.starts_with("__Host-") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn http_01_unprintable_audience_keeps_a_valid_challenge() {
    for (audience, realm) in [("Zürich \"x\"", "Zrich x"), ("a\r\nSet-Cookie: x=y", "aSet-Cookie: x=y"), ("\u{7f}", "")]
    {
        let world = MemoryApp::with(|builder| builder.audience(audience)).await;
        let answer = world.send(Call::get("/me")).await.is(401);
        assert_eq!(answer.header("www-authenticate"), Some(&*format!("Bearer realm=\"{realm}\"")));
        let token = world.register("ada@example.org").await.is(201).access_token();
        world.get("/me", &token).await.is(200);
    }
}

#[tokio::test]
async fn rev_04_builtin_routes_work_below_path_parameters() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let session = auth_tests::forge::claims_of(&token)["sid"].as_str().unwrap().to_owned();
    let routes = auth::routing::Routes::new().nest("/tenants/{tenant}/auth", app.auth.routes());
    let router = routes.into_router().with_state(app.auth.clone());
    let path = format!("/tenants/7/auth/sessions/{session}");
    Call::delete(&path).bearer(&token).send(&router).await.is(204);
    app.get("/claims", &token).await.is(401);
}
