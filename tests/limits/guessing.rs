//! Limits on guessing passwords: how far attackers get, and that they cannot lock owners out.

use auth::event::{EventKind, LimitedAction, LimitedBy};
use auth::{ClientInfo, Credentials, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::client::together;
use auth_tests::{Answer, App, Call};
use serde_json::json;

const ADA: &str = "ada@example.org";
const HOME: &str = "203.0.113.1";

/// An application with the default limits.
async fn app() -> App {
    App::with(|builder| builder.limits(Limits::default())).await
}

fn attempt(ip: &str, email: &str, password: &str) -> Call {
    Call::post("/auth/login").coming_from(ip).json(&json!({ "email": email, "password": password }))
}

async fn login(app: &App, ip: &str, email: &str, password: &str) -> Answer {
    app.send(attempt(ip, email, password)).await
}

/// Signs up from the home address.
async fn sign_up(app: &App, email: &str) {
    let body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from(HOME).json(&body)).await.is(201);
}

/// A new address.
fn elsewhere(number: usize) -> String {
    format!("198.51.{}.{}", 100 + number / 250, number % 250 + 1)
}

/// Fails from as many addresses, as fast as one account allows.
async fn botnet(app: &App, email: &str, failures: usize) {
    for number in 0..failures {
        login(app, &elsewhere(number), email, "wrong").await.is(401);
        app.after(15);
    }
}

#[tokio::test]
async fn login_03_overlong_password_counts_as_a_failure() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let long = "x".repeat(2_048);
    let mut answers = Vec::new();
    for (email, ip) in [(ADA, "192.0.2.1"), ("nobody@example.org", "192.0.2.2")] {
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(login(&app, ip, email, &long).await);
        }
        assert_eq!(
            seen.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>(),
            [401, 401, 401, 401, 401, 429]
        );
        answers.push(seen.into_iter().map(|answer| (answer.headers, answer.body)).collect::<Vec<_>>());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn login_05_backoff_doubles_and_reveals_no_account() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let mut answers = Vec::new();
    for (email, ip) in [(ADA, "192.0.2.1"), ("nobody@example.org", "192.0.2.2")] {
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(login(&app, ip, email, "wrong").await.is(401));
        }
        for wait in [1, 2, 4] {
            let refused = login(&app, ip, email, PASSWORD).await.is(429);
            assert_eq!(refused.header("retry-after"), Some(wait.to_string().as_str()));
            assert_eq!(refused.code(), "too_many_requests");
            assert_eq!(refused.header("cache-control"), Some("no-store"));
            seen.push(refused);
            app.after(wait);
            seen.push(login(&app, ip, email, "wrong").await.is(401));
        }
        answers.push(seen);
    }
    for (known, unknown) in answers[0].iter().zip(&answers[1]) {
        assert_eq!((known.status, &known.headers, &known.body), (unknown.status, &unknown.headers, &unknown.body));
    }
}

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn login_06_locked_account_admits_its_owner_from_known_clients() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let session = login(&app, HOME, ADA, PASSWORD).await.is(200);
    app.events();
    botnet(&app, ADA, 100).await;
    let locks = app.events().into_iter().filter(|event| matches!(event, EventKind::PasswordLocked { .. })).count();
    assert_eq!(locks, 1);

    let refused = login(&app, &elsewhere(200), ADA, PASSWORD).await.is(429);
    let wait = (DAY - 15).to_string();
    assert_eq!((refused.code(), refused.header("retry-after")), ("too_many_requests".to_owned(), Some(&*wait)));
    assert!(app.events().iter().any(|event| matches!(event, EventKind::Limited { by: LimitedBy::Locked, .. })));
    // The lock affects neither known addresses nor open sessions, and their use does not help strangers.
    login(&app, HOME, ADA, PASSWORD).await.is(200);
    app.refresh(&session.refresh_token()).await.is(200);
    let other = app.restarted(|builder| builder.limits(Limits::default())).await;
    login(&other, &elsewhere(201), ADA, PASSWORD).await.is(429);
    login(&other, HOME, ADA, PASSWORD).await.is(200);

    app.after(DAY - 15);
    login(&app, &elsewhere(202), ADA, "wrong").await.is(401);
    let refused = login(&other, &elsewhere(203), ADA, PASSWORD).await.is(429);
    assert_eq!(refused.header("retry-after"), Some(&*DAY.to_string()));
    // The lock is not for ever: after the attack, the owner can sign in from any address.
    app.after(DAY);
    login(&other, &elsewhere(204), ADA, PASSWORD).await.is(200);
    login(&other, &elsewhere(205), ADA, "wrong").await.is(401);
    login(&other, &elsewhere(206), ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_06_lock_can_last_until_reset_or_lifted() {
    let strict = |builder: auth::AuthBuilder<auth_tests::User>| builder.limits(Limits::default().locked_until_reset());
    let app = App::with(strict).await;
    sign_up(&app, ADA).await;
    botnet(&app, ADA, 100).await;
    app.after(30 * DAY);
    let refused = login(&app, &elsewhere(200), ADA, PASSWORD).await.is(429);
    assert_eq!(refused.header("retry-after"), Some("3600"));
    login(&app, HOME, ADA, PASSWORD).await.is(200);

    let other = app.restarted(strict).await;
    login(&other, &elsewhere(201), ADA, PASSWORD).await.is(429);
    let (id, new) = (app.id(ADA).await, "staple battery horse correct");
    other.auth.accounts().set_password(&id, new).await.unwrap();
    login(&app, &elsewhere(202), ADA, new).await.is(200);

    botnet(&app, ADA, 100).await;
    login(&app, &elsewhere(203), ADA, new).await.is(429);
    app.auth.accounts().unlock(&id).await.unwrap();
    login(&app, &elsewhere(204), ADA, new).await.is(200);
}

#[tokio::test]
async fn login_06_password_change_by_the_owner_lifts_the_lock() {
    let app = app().await;
    sign_up(&app, ADA).await;
    botnet(&app, ADA, 100).await;
    login(&app, &elsewhere(200), ADA, PASSWORD).await.is(429);
    let tokens = login(&app, HOME, ADA, PASSWORD).await.is(200);
    let new = "staple battery horse correct";
    app.change_password(&tokens.access_token(), PASSWORD, new).await.is(204);
    login(&app, &elsewhere(201), ADA, "wrong").await.is(401);
    login(&app, &elsewhere(202), ADA, new).await.is(200);
}

#[tokio::test]
async fn login_06_unknown_accounts_are_locked_alike() {
    let app = app().await;
    botnet(&app, "nobody@example.org", 100).await;
    let refused = login(&app, &elsewhere(200), "nobody@example.org", PASSWORD).await.is(429);
    assert_eq!(refused.header("retry-after"), Some(&*(DAY - 15).to_string()));
    // The lock ends when a user signs up with that login, and so sets a new password.
    sign_up(&app, "nobody@example.org").await;
    login(&app, &elsewhere(201), "nobody@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_06_the_hundredth_attempt_may_be_the_right_one() {
    let app = app().await;
    sign_up(&app, ADA).await;
    botnet(&app, ADA, 99).await;
    login(&app, &elsewhere(200), ADA, PASSWORD).await.is(200);
    login(&app, &elsewhere(201), ADA, "wrong").await.is(401);
    login(&app, &elsewhere(202), ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_07_attacker_elsewhere_does_not_lock_out_the_owner() {
    let app = app().await;
    sign_up(&app, ADA).await;
    for number in 0..50 {
        login(&app, &elsewhere(number), ADA, "wrong").await.is(401);
        login(&app, "192.0.2.66", ADA, "wrong").await;
    }
    login(&app, HOME, ADA, PASSWORD).await.is(200);
    login(&app, "203.0.113.99", ADA, PASSWORD).await.is(200);
    // The address is known by now, so the attack no longer affects it.
    for number in 50..120 {
        login(&app, &elsewhere(number), ADA, "wrong").await;
    }
    login(&app, "203.0.113.99", ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_08_concurrent_attempts_are_counted_before_verification() {
    let app = app().await;
    sign_up(&app, ADA).await;
    app.events();
    let calls = (0..200).map(|_| Call::post("/auth/login").json(&json!({ "email": ADA, "password": "wrong" })));
    let answers = together(&app.router, calls).await;
    let reached = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=6).contains(&reached), "{reached} reached the hash");
    assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 429)));
    let failed = app.events().into_iter().filter(|event| matches!(event, EventKind::LoginFailed { .. })).count();
    assert_eq!(failed, reached);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_08_two_processes_at_once_count_together() {
    let first = app().await;
    sign_up(&first, ADA).await;
    let second = first.restarted(|builder| builder.limits(Limits::default())).await;
    let calls = || (0..100).map(|_| Call::post("/auth/login").json(&json!({ "email": ADA, "password": "wrong" })));
    let (one, other) = tokio::join!(together(&first.router, calls()), together(&second.router, calls()));
    let reached = one.iter().chain(&other).filter(|answer| answer.status == 401).count();
    assert!((1..=6).contains(&reached), "{reached} reached the hash");
}

#[tokio::test]
async fn login_09_and_login_05_two_processes_count_together_and_stay_armed() {
    let first = app().await;
    sign_up(&first, ADA).await;
    let second = first.restarted(|builder| builder.limits(Limits::default())).await;
    for app in [&first, &second, &first, &second, &first] {
        login(app, "192.0.2.1", ADA, "wrong").await.is(401);
    }
    login(&second, "192.0.2.1", ADA, PASSWORD).await.is(429);
    first.after(1);
    login(&second, "192.0.2.1", ADA, "wrong").await.is(401);
    login(&first, "192.0.2.1", ADA, PASSWORD).await.is(429);
}

#[tokio::test]
async fn login_10_success_clears_the_pair_and_not_the_address() {
    let app = app().await;
    sign_up(&app, ADA).await;
    sign_up(&app, "eve@example.org").await;
    for _ in 0..2 {
        for _ in 0..4 {
            login(&app, "192.0.2.1", ADA, "wrong").await.is(401);
        }
        login(&app, "192.0.2.1", ADA, PASSWORD).await.is(200);
    }
    // Eight failures so far. Signing in to one's own account does not allow more.
    for number in 0..2 {
        login(&app, "192.0.2.1", &format!("other{number}@example.org"), "wrong").await.is(401);
        login(&app, "192.0.2.1", "eve@example.org", PASSWORD).await.status.as_u16();
    }
    login(&app, "192.0.2.1", "more@example.org", "wrong").await.is(429);
}

#[tokio::test]
async fn login_11_one_password_over_many_accounts_ends_at_the_address() {
    let app = app().await;
    sign_up(&app, ADA).await;
    app.events();
    for round in 0..2 {
        for number in 0..10 {
            login(&app, "192.0.2.1", &format!("u{round}{number}@example.org"), PASSWORD).await.is(401);
        }
        let refused = login(&app, "192.0.2.1", "next@example.org", PASSWORD).await.is(429);
        assert_eq!(refused.header("retry-after"), Some("6"));
        app.after(60);
    }
    let by = |event: &EventKind| {
        matches!(event, EventKind::Limited { action: LimitedAction::Login, by: LimitedBy::FailuresOfAddress, .. })
    };
    assert_eq!(app.events().iter().filter(|event| by(event)).count(), 2);
    for _ in 0..30 {
        login(&app, HOME, ADA, PASSWORD).await.is(200);
    }
    login(&app, HOME, ADA, PASSWORD).await.is(429);
    app.after(2);
    login(&app, HOME, ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_12_a_network_of_version_six_is_one_client() {
    let app = app().await;
    for number in 0..10 {
        login(&app, &format!("2001:db8:0:1:{number}::1"), &format!("u{number}@example.org"), "wrong").await.is(401);
        let mapped = if number % 2 == 0 { "192.0.2.1" } else { "::ffff:192.0.2.1" };
        login(&app, mapped, &format!("v{number}@example.org"), "wrong").await.is(401);
    }
    login(&app, "2001:db8:0:1:ffff::9", "next@example.org", "wrong").await.is(429);
    login(&app, "::ffff:c000:0201", "next@example.org", "wrong").await.is(429);
    login(&app, "2001:db8:0:2::1", "next@example.org", "wrong").await.is(401);
    login(&app, "192.0.2.2", "next@example.org", "wrong").await.is(401);
}

#[tokio::test]
async fn login_17_each_refusal_is_one_event_with_hashed_login() {
    use std::sync::{Arc, Mutex};
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &auth::event::Event| sink.lock().unwrap().push(event.clone());
    let app = App::with(|builder| builder.limits(Limits::default()).observer(observer)).await;
    sign_up(&app, ADA).await;
    seen.lock().unwrap().clear();
    for email in [ADA, "nobody@example.org"] {
        for _ in 0..7 {
            login(&app, "192.0.2.1", email, "wrong").await;
        }
        app.after(60);
    }
    login(&app, HOME, ADA, PASSWORD).await.is(200);
    let events = seen.lock().unwrap().clone();
    let names: Vec<_> = events.iter().map(|event| event.kind.name()).collect();
    let one = ["login_failed"; 5].into_iter().chain(["limited"; 2]);
    assert_eq!(names, one.clone().chain(one).chain(["login_succeeded"]).collect::<Vec<_>>());
    let accounts: Vec<_> = events.iter().take(14).map(|event| event.account.clone().unwrap()).collect();
    assert!(accounts[..7].iter().all(|account| *account == accounts[0]));
    assert!(accounts[7..].iter().all(|account| *account == accounts[7]) && accounts[0] != accounts[7]);
    assert!(events.iter().all(|event| event.ip.is_some()));
    let said = format!("{events:?}");
    assert!(!said.contains("ada@") && !said.contains("nobody@") && !said.contains("wrong\""), "{said}");
    // The store does not keep the text that strangers typed either.
    assert!(!app.db.dump().await.contains("nobody@"));
}

#[tokio::test]
async fn without_an_address_accounts_are_counted() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let client = ClientInfo::default();
    for _ in 0..5 {
        app.auth.login(Credentials::new(ADA, "wrong"), &client).await.unwrap_err();
    }
    let error = app.auth.login(Credentials::new(ADA, PASSWORD), &client).await.unwrap_err();
    assert_eq!(error.code(), "too_many_requests");
    login(&app, HOME, ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn m4_owner_logins_do_not_reset_the_failures_of_strangers() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let mut checked = 0;
    for round in 0..3 {
        for number in 0..99 {
            checked += usize::from(login(&app, &elsewhere(round * 99 + number), ADA, "wrong").await.status == 401);
            app.after(20);
        }
        login(&app, HOME, ADA, PASSWORD).await.is(200);
    }
    assert!(checked <= 170, "{checked} guesses in two hours");
}

/// A session is as good as a known address, and no better.
#[tokio::test]
async fn m4_owner_step_ups_reset_no_failures_of_strangers() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let mut refresh = login(&app, HOME, ADA, PASSWORD).await.is(200).refresh_token();
    let mut checked = 0;
    for round in 0..3 {
        for number in 0..99 {
            checked += usize::from(login(&app, &elsewhere(round * 99 + number), ADA, "wrong").await.status == 401);
            app.after(20);
        }
        let tokens = app.refresh(&refresh).await.is(200);
        refresh = tokens.refresh_token();
        let token = tokens.access_token();
        let again = Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": PASSWORD }));
        app.send(again).await.is(200);
    }
    assert!(checked <= 170, "{checked} guesses");
}

/// Nor each login of an owner who travels.
#[tokio::test]
async fn m4_owner_logins_from_new_addresses_reset_no_failures() {
    let app = app().await;
    sign_up(&app, ADA).await;
    let mut checked = 0;
    for round in 0..3 {
        for number in 0..98 {
            checked += usize::from(login(&app, &elsewhere(round * 99 + number), ADA, "wrong").await.status == 401);
            app.after(20);
        }
        drop(login(&app, &format!("203.0.113.{}", 100 + round), ADA, PASSWORD).await);
    }
    assert!(checked <= 170, "{checked} guesses");
}
