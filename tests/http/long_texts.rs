//! Text of the size of a whole body costs no work before a limit: logins, passwords, names of fields.

use std::time::Duration;

use auth::{AuthError, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Call, UserRegistration};
use serde_json::json;

const LOCAL: &str = "192.0.2.1";

/// NFKC makes eighteen characters of each of these.
fn costly() -> String {
    "\u{fdfa}".repeat(20_000)
}

fn login(email: &str) -> Call {
    Call::post("/auth/login").coming_from(LOCAL).json(&json!({ "email": email, "password": PASSWORD }))
}

fn sign_up(email: &str) -> Call {
    let body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
    Call::post("/auth/register").coming_from(LOCAL).json(&body)
}

async fn limited() -> MemoryApp {
    MemoryApp::with(|builder| builder.limits(Limits::default().in_memory())).await
}

#[tokio::test]
async fn m3_overlong_login_is_answered_as_unknown() {
    for world in [MemoryApp::new().await, limited().await] {
        world.register("ada@example.org").await.is(201);
        drop(world.faults.take_calls());
        let unknown = world.send(login("nobody@example.org")).await.is(401);
        let calls = world.faults.take_calls();
        for long in ["\u{fdfa}".repeat(2_500), "a".repeat(7_500), "x".repeat(1025), format!(" {} ", "Y".repeat(1025))] {
            let answer = world.send(login(&long)).await.is(401);
            assert_eq!((&answer.headers, &answer.body), (&unknown.headers, &unknown.body));
            assert_eq!(world.faults.take_calls(), calls, "the same work");
        }
    }
}

#[tokio::test]
async fn m3_a_too_long_login_is_no_login_anywhere() {
    let world = MemoryApp::new().await;
    for long in [costly(), "a".repeat(60_000), format!("ada@example.org{}", "\u{1d41a}".repeat(300))] {
        let refused = world.send(sign_up(&long)).await.is(422);
        assert_eq!(refused.broken(), [("email".to_owned(), "too_long".to_owned())]);
        let form = || UserRegistration { email: long.clone(), display_name: "Ada".to_owned() };
        let managed = [
            world.auth.accounts().create(form(), PASSWORD).await.unwrap_err(),
            world.auth.accounts().import(form(), None).await.unwrap_err(),
        ];
        for error in managed {
            let AuthError::InvalidFields(fields) = error else { panic!("{error:?}") };
            assert_eq!((&*fields[0].field, fields[0].code), ("email", "too_long"));
        }
    }
    assert_eq!(world.faults.take_calls(), Vec::<&str>::new(), "nothing was looked up");
}

/// Both turns are taken by logins whose store hangs; a client that is over its rate does not wait behind them.
#[tokio::test(start_paused = true)]
async fn m3_address_rate_is_checked_before_any_store_call() {
    let world = limited().await;
    for number in 0..30 {
        world.send(sign_up(&format!("no address {number}"))).await.is(422);
        let answer = world.send(login("nobody@example.org")).await;
        assert!([401, 429].contains(&answer.status.as_u16()));
    }
    world.faults.next("users.find_by_login").and_later().hang();
    let waiting: Vec<_> = (0..2)
        .map(|number| {
            let router = world.router.clone();
            let call = Call::post("/auth/login").coming_from(&format!("198.51.100.{number}"));
            let call = call.json(&json!({ "email": "ada@example.org", "password": PASSWORD }));
            tokio::spawn(async move { call.send(&router).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let asked = tokio::time::Instant::now();
    for call in [login("ada@example.org"), login(&costly()), sign_up("eve@example.org"), sign_up(&costly())] {
        world.send(call).await.is(429);
    }
    assert_eq!(asked.elapsed(), Duration::ZERO, "nobody waited");
    for login in waiting {
        login.await.unwrap().is(503);
    }
}

#[tokio::test]
async fn m3_password_length_is_bounded_on_every_route() {
    let world = MemoryApp::new().await;
    let access = world.register("ada@example.org").await.is(201).access_token();
    let long = "\u{fdfa}".repeat(2_500);
    world.login("ada@example.org", &long).await.is(401);
    let again = Call::post("/auth/reauthenticate").bearer(&access).json(&json!({ "password": long }));
    assert_eq!(world.send(again).await.is(422).broken(), [("password".to_owned(), "wrong".to_owned())]);
    for (current, new, field, code) in
        [(&*long, "correct staple battery", "current_password", "wrong"), (PASSWORD, &long, "new_password", "too_long")]
    {
        let body = json!({ "current_password": current, "new_password": new });
        let change = Call::post("/auth/password/change").bearer(&access).json(&body);
        assert_eq!(world.send(change).await.is(422).broken(), [(field.to_owned(), code.to_owned())]);
    }
    let set = world.auth.accounts().set_password(&1, &long).await.unwrap_err();
    assert!(matches!(set, AuthError::InvalidFields(fields) if fields[0].code == "too_long"));
}

/// What is wrong with a body is found out by reading it, which costs as much as the body is long.
#[tokio::test]
async fn m3_refused_bodies_count_toward_the_address_rate() {
    let world = limited().await;
    let form = |path: &str, body: String| Call::post(path).coming_from(LOCAL).text("application/json", body);
    for path in ["/auth/login", "/auth/register"] {
        let mut statuses = Vec::new();
        for number in 0..40 {
            let unknown = format!("{{\"{}\": {number}}}", "x".repeat(7_000));
            statuses.push(world.send(form(path, unknown)).await.status.as_u16());
        }
        let read = statuses.iter().filter(|status| **status == 422).count();
        assert_eq!((read, statuses.len() - read), (30, 10), "{path}: {statuses:?}");
        world.send(form(path, "no JSON".to_owned())).await.is(429);
        world.send(form(path, "{}".to_owned()).coming_from("198.51.100.7")).await.is(422);
    }
}
