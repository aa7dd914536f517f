//! No access token outlives its session.

use std::time::Duration;

use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, payload};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

const HOUR: u64 = 3600;

/// An application whose access tokens live for an hour, and its sessions not much longer.
async fn app(idle: u64, absolute: u64) -> App {
    App::with(|builder| {
        let builder = builder.access_ttl(Duration::from_secs(HOUR)).session_idle_timeout(Duration::from_secs(idle));
        builder.session_max_lifetime(Duration::from_secs(absolute))
    })
    .await
}

fn number(token: &str, claim: &str) -> u64 {
    payload(token)[claim].as_u64().unwrap()
}

#[tokio::test]
async fn l5_token_of_last_refresh_ends_with_the_session() {
    let app = app(HOUR, HOUR).await;
    let login = app.register("ada@example.org").await.is(201);
    let end = number(&login.access_token(), "iat") + HOUR;
    app.after(HOUR - 1);
    let last = app.refresh(&login.refresh_token()).await.is(200);
    assert_eq!(number(&last.access_token(), "exp"), end);
    assert_eq!(last.json()["expires_in"], 1);
    app.get("/claims", &last.access_token()).await.is(200);
    // The leeway is for the clocks of other servers.
    app.after(1 + 5);
    app.get("/claims", &last.access_token()).await.is(401);
}

#[tokio::test]
async fn l5_token_of_last_step_up_ends_with_the_session() {
    let app = app(HOUR, 3 * HOUR).await;
    let login = app.register("ada@example.org").await.is(201);
    let end = number(&login.access_token(), "iat") + HOUR;
    // Nobody refreshes, so the session ends by being idle.
    app.after(HOUR - 10);
    let body = json!({ "password": PASSWORD });
    let call = Call::post("/auth/reauthenticate").bearer(&login.access_token()).json(&body);
    let last = app.send(call).await.is(200);
    assert_eq!(number(&last.access_token(), "exp"), end);
    assert_eq!(last.json()["expires_in"], 10);
}

#[tokio::test]
async fn l5_cookies_live_no_longer_than_the_session() {
    let app = app(HOUR, HOUR).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let call = Call::post("/auth/register?cookies=true").same_origin().json(&body);
    let cookies = app.send(call).await.is(201).cookies();
    app.after(HOUR - 7);
    let last = app.send(Call::post("/auth/refresh").same_origin().cookie(&cookies)).await.is(200);
    assert_eq!(last.json()["expires_in"], 7);
    for cookie in last.set_cookies() {
        assert!(cookie.contains("Max-Age=7"), "{cookie}");
    }
}

/// Refreshes and step-ups at random times, with random settings.
#[test]
fn l5_no_access_token_outlives_its_session() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let settings = (1_u64..40, 0_u64..60, 0_u64..60);
    let times = prop::collection::vec((1_u64..70_000, any::<bool>()), 1..8);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let judged = runner.run(&(settings, times), |((ttl, idle, absolute), times)| {
        let (idle, absolute) = (ttl + idle, ttl + idle + absolute);
        runtime.block_on(async {
            let app = App::with(|builder| {
                let builder =
                    builder.access_ttl(Duration::from_secs(ttl)).session_idle_timeout(Duration::from_secs(idle));
                builder.session_max_lifetime(Duration::from_secs(absolute))
            })
            .await;
            let mut tokens = app.register("ada@example.org").await.is(201);
            let now = || auth::clock::Clock::now(&app.clock).as_millis();
            let created = now();
            let mut used = created;
            for (wait, refresh) in times {
                let end = (used + idle * 1000).min(created + absolute * 1000);
                app.clock.advance(Duration::from_millis(wait));
                let answer = if refresh {
                    app.refresh(&tokens.refresh_token()).await
                } else {
                    let body = json!({ "password": PASSWORD });
                    let access = tokens.access_token();
                    app.send(Call::post("/auth/reauthenticate").bearer(&access).json(&body)).await
                };
                if now() >= end {
                    // The refresh token has ended with its session; the access token with it, except for the leeway.
                    if refresh {
                        answer.is(401);
                    }
                    break;
                }
                if answer.status != 200 {
                    // The access token has expired: nothing was issued.
                    assert!(!refresh, "{}", answer.text());
                    continue;
                }
                let token = answer.access_token();
                if refresh {
                    // Within seconds of the last refresh, the same token is answered once more, and nothing is renewed.
                    if answer.refresh_token() != tokens.refresh_token() {
                        used = now();
                    }
                    tokens = answer.clone();
                }
                let end = (used + idle * 1000).min(created + absolute * 1000);
                let (iat, exp) = (number(&token, "iat"), number(&token, "exp"));
                assert_eq!(exp, (iat + ttl).min(end / 1000));
                assert_eq!(answer.json()["expires_in"].as_u64(), Some(exp - iat));
            }
        });
        Ok(())
    });
    judged.unwrap();
}
