//! Problem documents, their headers, and custom pages in their place.

use std::sync::{Arc, Mutex, mpsc};

use auth::password::LegacyVerification;
use auth::testing::Faults;
use auth::{AuthError, PasswordHash};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::{Answer, App, Call, UserRegistration};
use axum::response::{Html, IntoResponse, Redirect};
use serde_json::json;

/// Checks what all problem documents have in common.
#[track_caller]
fn is_problem(answer: &Answer, status: u16, code: &str, challenge: Option<&str>) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{code}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{code}");
    assert_eq!(answer.header("www-authenticate"), challenge, "{code}");
    let json = answer.json();
    let wanted = (json["type"].as_str(), json["status"].as_u64(), json["code"].as_str());
    assert_eq!(wanted, (Some("about:blank"), Some(u64::from(status)), Some(code)));
    assert_eq!(json["title"].as_str(), answer.status.canonical_reason());
    assert!(json["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{json}");
    assert!(answer.text().starts_with(r#"{"type":"about:blank","title":""#), "{}", answer.text());
    let retry = answer.header("retry-after").map(|seconds| seconds.parse::<u32>().unwrap());
    assert_eq!(retry.is_some_and(|seconds| seconds > 0), status == 503, "{code}");
}

const BARE: Option<&str> = Some("Bearer realm=\"User\"");

#[tokio::test]
async fn every_refusal_is_a_problem_document_with_stable_code() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let id = app.user("off@example.org").await;
    app.auth.accounts().disable(&id).await.unwrap();
    let post = |path: &str, body: &str| Call::post(path).text("application/json", body.to_owned());

    is_problem(&app.send(Call::get("/me")).await, 401, "not_signed_in", BARE);
    let invalid = Some("Bearer realm=\"User\", error=\"invalid_token\"");
    is_problem(&app.get("/me", "x").await, 401, "invalid_token", invalid);
    is_problem(&app.login("ada@example.org", "wrong password").await, 401, "invalid_credentials", BARE);
    is_problem(&app.refresh("x").await, 401, "invalid_refresh_token", BARE);
    let scope = Some("Bearer realm=\"User\", error=\"insufficient_scope\"");
    is_problem(&app.get("/stats", &token).await, 403, "forbidden", scope);
    is_problem(&app.login("off@example.org", PASSWORD).await, 403, "inactive_user", None);
    is_problem(&app.send(post("/auth/login?cookies=true", "{}")).await, 403, "cross_site", None);
    is_problem(&app.send(Call::get("/me").bearer("a").bearer("b")).await, 400, "invalid_request", None);
    is_problem(&app.send(post("/auth/login", "{")).await, 400, "malformed_body", None);
    is_problem(&app.send(post("/auth/login", &" ".repeat(65_537))).await, 413, "body_too_large", None);
    is_problem(&app.send(Call::post("/auth/login").body("{}")).await, 415, "unsupported_media_type", None);
    is_problem(&app.get("/me", &"x".repeat(8200)).await, 431, "header_too_large", None);
    is_problem(&app.send(post("/auth/login", "{}")).await, 422, "invalid_fields", None);
    is_problem(&app.register("ada@example.org").await, 409, "taken", None);
    is_problem(&app.send(Call::delete("/auth/sessions/x").bearer(&token)).await, 404, "not_found", None);
    faults.next("users.find").fail();
    is_problem(&app.get("/me", &token).await, 503, "unavailable", None);
    faults.next("users.find_by_login").fail();
    is_problem(&app.login("ada@example.org", PASSWORD).await, 503, "unavailable", None);
    let hash = Some(PasswordHash::from_stored("unreadable"));
    let registration = UserRegistration { email: "eve@example.org".to_owned(), display_name: "Eve".to_owned() };
    app.auth.accounts().import(registration, hash).await.unwrap();
    is_problem(&app.login("eve@example.org", PASSWORD).await, 500, "internal", None);
}

#[tokio::test]
async fn http_19_store_failure_grants_nothing_and_reveals_nothing() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let (access, refresh) = {
        app.user("ada@example.org").await;
        app.tokens("ada@example.org").await
    };
    for path in ["/me", "/auth/me", "/greet", "/admin/live"] {
        faults.next("users.find").fail();
        let answer = app.get(path, &access).await.is(503);
        assert!(!answer.text().contains("planned"), "{}", answer.text());
        assert!(faults.is_done(), "{path}");
    }
    for method in ["users.find_by_login", "records.get", "users.find", "records.insert"] {
        faults.next(method).fail();
        let answer = app.login("ada@example.org", PASSWORD).await.is(503);
        assert_eq!(answer.code(), "unavailable", "{method}");
        assert!(faults.is_done(), "{method}");
    }
    faults.next("users.create").fail();
    app.register("eve@example.org").await.is(503);
    faults.next("records.get_and_list").fail();
    app.get("/auth/sessions", &access).await.is(503);
    app.get("/claims", &access).await.is(200);
    app.refresh(&refresh).await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pwd_14_full_hashing_queue_answers_503_with_retry_after() {
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let verifier = move |_: &str, _: &str| {
        begun.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        LegacyVerification::Mismatch
    };
    let passwords = || quick_passwords().threads(1).queue(1).legacy(verifier);
    let app = App::with(|builder| builder.passwords(passwords())).await;
    let registration = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    app.auth.accounts().import(registration, Some(PasswordHash::from_stored("legacy"))).await.unwrap();

    // One login occupies the thread, one waits in the queue, and the others are refused.
    let mut logins = tokio::task::JoinSet::new();
    for number in 0..16 {
        if number == 1 {
            begins.recv().await.unwrap();
        }
        let router = app.router.clone();
        let body = json!({ "email": "ada@example.org", "password": PASSWORD });
        logins.spawn(async move { Call::post("/auth/login").json(&body).send(&router).await });
    }
    for _ in 0..14 {
        let answer = logins.join_next().await.unwrap().unwrap();
        is_problem(&answer, 503, "busy", None);
    }
    app.send(Call::get("/health")).await.is(200);
    drop((0..2).map(|_| open.send(()).unwrap()).collect::<Vec<_>>());
    for answer in logins.join_all().await {
        is_problem(&answer, 401, "invalid_credentials", BARE);
    }
}

#[tokio::test]
async fn on_error_may_answer_with_page_or_redirect() {
    let app = App::with(|builder| {
        builder.on_error(|error, parts, answer| match error {
            AuthError::NotSignedIn if parts.uri.path() == "/me" => Redirect::to("/login").into_response(),
            AuthError::InvalidCredentials => (error.status(), Html("<p>wrong</p>")).into_response(),
            _ => answer,
        })
    })
    .await;
    let redirect = app.send(Call::get("/me")).await.is(303);
    assert_eq!(redirect.header("location"), Some("/login"));
    assert_eq!((redirect.header("cache-control"), redirect.header("www-authenticate")), (Some("no-store"), None));
    app.send(Call::get("/stats")).await.is(401);
    let page = app.login("ada@example.org", PASSWORD).await.is(401);
    assert_eq!((page.text(), page.header("content-type")), ("<p>wrong</p>", Some("text/html; charset=utf-8")));
    assert_eq!((page.header("cache-control"), page.header("www-authenticate")), (Some("no-store"), BARE));
    is_problem(&app.refresh("x").await, 401, "invalid_refresh_token", BARE);
    is_problem(
        &app.get("/me", "x").await,
        401,
        "invalid_token",
        Some("Bearer realm=\"User\", error=\"invalid_token\""),
    );
}

#[tokio::test]
async fn on_error_sees_each_route_and_guard_error_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let writes = Arc::clone(&seen);
    let app = App::with(|builder| {
        builder.on_error(move |error, parts, answer| {
            writes.lock().unwrap().push(format!("{} {}", parts.uri.path(), error.code()));
            answer
        })
    })
    .await;
    app.send(Call::get("/me")).await.is(401);
    app.send(Call::get("/auth/me")).await.is(401);
    app.send(Call::get("/greet").bearer("x")).await.is(401);
    app.send(Call::get("/health")).await.is(200);
    let expected = ["/me not_signed_in", "/auth/me not_signed_in", "/greet invalid_token"];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn http_18_no_answer_speaks_of_other_origins() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let calls = [Call::get("/me").bearer(&token), Call::get("/me"), Call::post("/auth/login"), Call::get("/health")];
    for call in calls {
        let answer = app.send(call.header("origin", "https://evil.example")).await;
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    }
}
