//! Limits of other routes, where counters are stored, and which sources of an address are trusted.

use auth::clock::Timestamp;
use auth::event::{EventKind, LimitedAction, LimitedBy};
use auth::limit::{CounterOp, Decision, LimitError, LimitKey, Limiter};
use auth::testing::Faults;
use auth::{Limits, TrustedProxies};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords, routes};
use auth_tests::{App, Call, User};
use axum::http::Method;
use serde_json::json;

const ADA: &str = "ada@example.org";

async fn app() -> App {
    App::with(|builder| builder.limits(Limits::default())).await
}

fn login(path: &str, ip: &str, email: &str, password: &str) -> Call {
    Call::post(path).coming_from(ip).json(&json!({ "email": email, "password": password }))
}

#[tokio::test]
async fn login_13_another_path_is_not_another_counter() {
    let app = app().await;
    app.user(ADA).await;
    let routes = routes(&app.auth).nest("/v2/auth", app.auth.routes());
    let router = routes.into_router().with_state(app.auth.clone());
    for path in ["/auth/login", "/v2/auth/login", "/auth/login?a", "/v2/auth/login", "/auth/login"] {
        login(path, "192.0.2.1", ADA, "wrong").send(&router).await.is(401);
    }
    for path in ["/auth/login", "/v2/auth/login", "/auth/login?b", "/auth/login#c"] {
        login(path, "192.0.2.1", ADA, PASSWORD).send(&router).await.is(429);
    }
    for path in ["//auth/login", "/auth//login", "/auth/login/", "/auth/%6cogin", "/auth/./login", "/AUTH/login"] {
        let answer = login(path, "192.0.2.1", ADA, PASSWORD).send(&router).await;
        assert!(matches!(answer.status.as_u16(), 404 | 429), "{path}: {}", answer.status);
    }
    for method in [Method::HEAD, Method::GET, Method::PUT] {
        Call::new(method, "/auth/login").coming_from("192.0.2.1").send(&router).await.is(405);
    }
}

#[tokio::test]
async fn login_14_disabled_account_is_refused_by_every_route() {
    let app = app().await;
    let id = app.user(ADA).await;
    let (access, refresh) = app.tokens(ADA).await;
    app.auth.accounts().disable(&id).await.unwrap();
    app.login(ADA, PASSWORD).await.is(403);
    app.refresh(&refresh).await.is(401);
    app.get("/me", &access).await.is(401);
    app.change_password(&access, PASSWORD, "staple battery horse correct").await.is(401);
    let again = Call::post("/auth/reauthenticate").bearer(&access).json(&json!({ "password": PASSWORD }));
    app.send(again).await.is(401);
}

#[tokio::test]
async fn what_was_no_wrong_password_is_taken_back() {
    let app = app().await;
    let id = app.user(ADA).await;
    app.auth.accounts().disable(&id).await.unwrap();
    // Twelve failures would cause two waits, and exceed the failures of an address.
    for _ in 0..12 {
        app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(403);
    }
    app.auth.accounts().enable(&id).await.unwrap();
    app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(200);
}

/// A limiter that cannot be reached.
struct Down;

impl Limiter for Down {
    async fn apply(&self, _: &LimitKey, _: CounterOp, _: Timestamp) -> Result<Decision, LimitError> {
        Err(LimitError::new("connection refused"))
    }
}

#[tokio::test]
async fn login_15_while_counters_cannot_be_reached_this_process_counts() {
    for limits in [Limits::default().limiter(Down), Limits::default().in_memory()] {
        let app = App::with(|builder| builder.limits(limits)).await;
        app.user(ADA).await;
        for _ in 0..5 {
            app.send(login("/auth/login", "192.0.2.1", ADA, "wrong")).await.is(401);
        }
        app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(429);
        for number in 0..5 {
            app.send(login("/auth/login", "192.0.2.1", &format!("u{number}@example.org"), "wrong")).await.is(401);
        }
        app.send(login("/auth/login", "192.0.2.1", "last@example.org", "wrong")).await.is(429);
        assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind LIKE '%.limit'").await, 0);
    }
}

#[tokio::test]
async fn login_15_unreadable_counters_do_not_bypass_the_limit() {
    let app = app().await;
    app.user(ADA).await;
    app.send(login("/auth/login", "192.0.2.1", ADA, "wrong")).await.is(401);
    app.db.run("UPDATE auth_records SET value = 'rubbish' WHERE kind LIKE '%.limit'").await;
    // A process that has no counters in memory.
    let app = app.restarted(|builder| builder.limits(Limits::default())).await;
    for _ in 0..5 {
        app.send(login("/auth/login", "192.0.2.1", ADA, "wrong")).await.is(401);
    }
    app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(429);
}

#[tokio::test]
async fn stolen_access_token_cannot_guess_passwords_or_delay_sessions() {
    let app = app().await;
    app.user(ADA).await;
    let (stolen, _) = app.tokens(ADA).await;
    let (own, _) = app.tokens(ADA).await;
    let again = |token: &str, password: &str| {
        Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": password }))
    };
    for _ in 0..3 {
        app.send(again(&stolen, "wrong")).await.is(422);
    }
    for _ in 0..2 {
        app.change_password(&stolen, "wrong", "staple battery horse correct").await.is(422);
    }
    let refused = app.send(again(&stolen, PASSWORD)).await.is(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    app.change_password(&stolen, PASSWORD, "staple battery horse correct").await.is(429);
    let events = app.events();
    let limited = |action| {
        let by = LimitedBy::Pair;
        events
            .iter()
            .filter(|event| matches!(event, EventKind::Limited { action: a, by: b, .. } if *a == action && *b == by))
            .count()
    };
    assert_eq!((limited(LimitedAction::Reauthenticate), limited(LimitedAction::ChangePassword)), (1, 1));
    app.send(again(&own, PASSWORD)).await.is(200);
}

#[tokio::test]
async fn sign_ups_are_limited_by_address_and_by_login() {
    let app = app().await;
    let sign_up = |ip: &str, email: &str| {
        let body = json!({ "email": email, "password": "short", "display_name": "Ada" });
        Call::post("/auth/register").coming_from(ip).json(&body)
    };
    for number in 0..30 {
        app.send(sign_up("192.0.2.1", &format!("u{number}@example.org"))).await.is(422);
    }
    let refused = app.send(sign_up("192.0.2.1", ADA)).await.is(429);
    assert_eq!(refused.header("retry-after"), Some("2"));
    for number in 0..10 {
        app.send(sign_up(&format!("198.51.100.{number}"), " ADA@example.org")).await.is(422);
    }
    app.send(sign_up("198.51.100.99", ADA)).await.is(429);
    app.send(sign_up("198.51.100.99", "eve@example.org")).await.is(422);
}

#[tokio::test]
async fn refreshes_are_limited_before_anything_is_looked_up() {
    let app = app().await;
    app.user(ADA).await;
    let refresh =
        |ip: &str, token: &str| Call::post("/auth/refresh").coming_from(ip).json(&json!({ "refresh_token": token }));
    for _ in 0..300 {
        app.send(refresh("192.0.2.1", "none")).await.is(401);
    }
    let (_, token) = app.tokens(ADA).await;
    app.send(refresh("192.0.2.1", &token)).await.is(429);
    let next = app.send(refresh("192.0.2.2", &token)).await.is(200).refresh_token();
    for _ in 0..119 {
        app.send(refresh("192.0.2.2", &next)).await.is(200);
    }
    app.send(refresh("192.0.2.3", &next)).await.is(429);
    app.after(1);
    app.send(refresh("192.0.2.3", &next)).await.is(200);
}

#[tokio::test]
async fn http_16_client_behind_a_trusted_proxy_is_seen_everywhere() {
    let proxies = TrustedProxies::networks(["10.0.0.0/8"]);
    let app = App::with(|builder| builder.limits(Limits::default()).trusted_proxies(proxies)).await;
    app.user(ADA).await;
    let through = |seen: &str| login("/auth/login", "10.0.0.1", ADA, PASSWORD).header("x-forwarded-for", seen);
    let tokens = app.send(through("9.9.9.9, 203.0.113.7")).await.is(200);
    let sessions = app.get("/auth/sessions", &tokens.access_token()).await.json();
    assert!(sessions.to_string().contains("\"203.0.113.7\""), "{sessions}");
    for number in 0..10 {
        let spoofed = format!("9.9.9.{number}, 203.0.113.8");
        let email = format!("u{number}@example.org");
        app.send(login("/auth/login", "10.0.0.1", &email, "wrong").header("x-forwarded-for", spoofed)).await.is(401);
    }
    app.send(through("9.9.9.99, 203.0.113.8")).await.is(429);
    app.send(through("9.9.9.99, 203.0.113.9")).await.is(200);
    // The header of a client that is not a proxy is ignored.
    let direct = login("/auth/login", "203.0.113.8", ADA, PASSWORD).header("x-forwarded-for", "203.0.113.50");
    app.send(direct).await.is(429);
}

#[tokio::test]
async fn settings_that_make_no_sense_do_not_start() {
    let app = App::new().await;
    let builder = auth::Auth::<User>::builder(app.pool.clone()).secret(auth::Secret::new(SECRET).unwrap());
    let limits = Limits::default().failures_before_lock(101).max_backoff(std::time::Duration::ZERO);
    let limits = limits.attempts_per_address(auth::Rate::per_minute(0));
    let proxies = TrustedProxies::networks(["10.0.0.0/8", "proxy.example"]);
    let builder = builder.passwords(quick_passwords()).limits(limits).trusted_proxies(proxies);
    let error = builder.build().await.unwrap_err().to_string();
    for part in ["1 to 100 consecutive failures", "longest wait", "`attempts_per_address`", "`proxy.example`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn counters_written_last_here_are_not_read_again() {
    let faults = Faults::new();
    let app = App::with_faults_and(&faults, |builder| builder.limits(Limits::default())).await;
    app.user(ADA).await;
    app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(200);
    drop(faults.take_calls());
    app.send(login("/auth/login", "192.0.2.1", ADA, PASSWORD)).await.is(200);
    let read = faults.take_calls().into_iter().filter(|call| *call == "records.get").count();
    // Reads are the user's epoch before the password check, whether the sign-up was completed, and two counters that this
    // login does not change. The five counters that it changes are not read. (After the check, the epoch comes with the
    // sessions.)
    assert_eq!(read, 4);
}
