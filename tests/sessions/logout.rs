//! Ending the own session, all sessions, and one from the list.

use std::time::Duration;

use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, together};
use serde_json::json;

async fn sessions(app: &App) -> i64 {
    app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await
}

fn with_body(token: &str) -> Call {
    Call::post("/auth/logout").json(&json!({ "refresh_token": token }))
}

async fn is_dead(app: &App, session: &Answer) {
    assert_eq!(app.get("/me", &session.access_token()).await.is(401).code(), "invalid_token");
    assert_eq!(app.refresh(&session.refresh_token()).await.is(401).code(), "invalid_refresh_token");
}

#[tokio::test]
async fn rev_01_logout_with_either_token_ends_session_at_once() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    let other = app.login("ada@example.org", PASSWORD).await.is(200);
    let login = || app.login("ada@example.org", PASSWORD);

    let session = login().await;
    let answer = app.logout(&session.access_token()).await.is(204);
    assert_eq!((answer.body.len(), answer.header("cache-control")), (0, Some("no-store")));
    assert!(answer.set_cookies().is_empty(), "a client without cookies has none to clear");
    is_dead(&app, &session).await;

    let session = login().await;
    app.send(with_body(&session.refresh_token())).await.is(204);
    is_dead(&app, &session).await;

    let session = login().await;
    let cookie = format!("__Host-user-refresh={}", session.refresh_token());
    app.send(Call::post("/auth/logout").cookie(&cookie).same_origin()).await.is(204);
    is_dead(&app, &session).await;

    let session = login().await;
    let cookie = format!("__Host-user-access={}", session.access_token());
    app.send(Call::post("/auth/logout").cookie(&cookie).same_origin()).await.is(204);
    is_dead(&app, &session).await;

    app.get("/me", &other.access_token()).await.is(200);
    app.refresh(&other.refresh_token()).await.is(200);
}

#[tokio::test]
async fn rev_02_an_expired_access_token_is_good_enough_to_leave() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    app.after(24 * 60 * 60);
    app.get("/me", &session.access_token()).await.is(401);
    app.logout(&session.access_token()).await.is(204);
    app.refresh(&session.refresh_token()).await.is(401);
    assert_eq!(sessions(&app).await, 0);
}

#[tokio::test]
async fn rev_02_leaving_twice_or_with_nothing_is_a_success() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    for _ in 0..2 {
        app.logout(&session.access_token()).await.is(204);
        app.send(with_body(&session.refresh_token())).await.is(204);
    }
    app.send(Call::post("/auth/logout")).await.is(204);
    app.send(Call::post("/auth/logout").json(&json!({}))).await.is(204);
    app.send(with_body("nonsense")).await.is(204);
    is_dead(&app, &session).await;
    app.logout("nonsense").await.is(204);
}

#[tokio::test]
async fn a_spent_refresh_token_still_ends_its_session() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.send(with_body(&first.refresh_token())).await.is(204);
    is_dead(&app, &second).await;
}

#[tokio::test]
async fn rev_09_ending_a_session_refuses_all_its_access_tokens() {
    let app = App::new().await;
    let mut session = app.register("ada@example.org").await.is(201);
    let mut tokens = vec![session.access_token()];
    for _ in 0..3 {
        app.after(120);
        session = app.refresh(&session.refresh_token()).await.is(200);
        tokens.push(session.access_token());
    }
    app.send(with_body(&session.refresh_token())).await.is(204);
    for token in &tokens {
        app.get("/claims", token).await.is(401);
    }
}

#[tokio::test]
async fn rev_13_revoked_token_stays_refused_across_restarts_until_expiry() {
    let ttl = Duration::from_mins(15);
    let app = App::with(|builder| builder.access_ttl(ttl).leeway(Duration::from_mins(1))).await;
    let session = app.register("ada@example.org").await.is(201);
    let control = app.login("ada@example.org", PASSWORD).await.is(200);
    app.logout(&session.access_token()).await.is(204);
    app.after(15 * 60 + 59);
    app.get("/claims", &control.access_token()).await.is(200);
    app.get("/claims", &session.access_token()).await.is(401);
    app.auth.purge_expired().await.unwrap();
    let app = app.restarted(|builder| builder.access_ttl(ttl).leeway(Duration::from_mins(1))).await;
    app.get("/claims", &control.access_token()).await.is(200);
    app.get("/claims", &session.access_token()).await.is(401);
    app.after(2);
    app.get("/claims", &control.access_token()).await.is(401);
    // They are kept a day longer than the longest token, because other clocks may be behind this one by hours.
    app.after(25 * 60 * 60);
    app.auth.purge_expired().await.unwrap();
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.revoked'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rev_15_64_refreshes_in_flight_cannot_bring_a_session_back() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    app.after(60);
    let body = json!({ "refresh_token": session.refresh_token() });
    let calls = (0..65).map(|n| match n {
        32 => Call::post("/auth/logout").bearer(&session.access_token()),
        _ => Call::post("/auth/refresh").json(&body),
    });
    for answer in together(&app.router, calls).await {
        match answer.status.as_u16() {
            200 => is_dead(&app, &answer).await,
            status => assert!(matches!(status, 204 | 401), "{}", answer.text()),
        }
    }
    is_dead(&app, &session).await;
    assert_eq!(sessions(&app).await, 0);
}

#[tokio::test]
async fn rev_15_a_logout_at_any_step_of_a_refresh_wins() {
    for (phase, method) in [
        ("after", "records.get_with_owner"),
        ("before", "users.find"),
        ("after", "users.find"),
        ("before", "records.replace"),
        ("after", "records.replace"),
    ] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let session = app.register("ada@example.org").await.is(201);
        app.after(60);
        let (router, token) = (app.router.clone(), session.access_token());
        let logout = async move {
            Call::post("/auth/logout").bearer(&token).send(&router).await.is(204);
        };
        if phase == "before" {
            faults.next(method).before(logout);
        } else {
            faults.next(method).after(logout);
        }
        let answer = app.refresh(&session.refresh_token()).await;
        assert!(faults.is_done(), "{phase} {method}");
        if answer.status == 200 {
            is_dead(&app, &answer).await;
        }
        is_dead(&app, &session).await;
        assert_eq!(sessions(&app).await, 0, "{phase} {method}");
    }
}

#[tokio::test]
async fn rev_03_logout_all_ends_sessions_of_one_user_only() {
    let app = App::new().await;
    let mut all = vec![app.register("ada@example.org").await.is(201)];
    for _ in 0..3 {
        all.push(app.login("ada@example.org", PASSWORD).await.is(200));
    }
    let other = app.register("eve@example.org").await.is(201);
    let answer = app.send(Call::post("/auth/logout-all").bearer(&all[1].access_token())).await.is(204);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for session in &all {
        is_dead(&app, session).await;
    }
    app.get("/me", &other.access_token()).await.is(200);
    let back = app.login("ada@example.org", PASSWORD).await.is(200);
    app.get("/me", &back.access_token()).await.is(200);
    app.send(Call::post("/auth/logout-all")).await.is(401);
    app.send(Call::post("/auth/logout-all").bearer(&all[0].access_token())).await.is(401);
}

#[tokio::test]
async fn a_logout_that_cannot_be_stored_is_not_acknowledged() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let session = app.register("ada@example.org").await.is(201);
    faults.next("records.get").fail();
    app.send(Call::post("/auth/logout-all").bearer(&session.access_token())).await.is(503);
    for method in ["records.insert", "records.delete"] {
        faults.next(method).fail();
        app.logout(&session.access_token()).await.is(503);
    }
    assert!(faults.is_done());
    app.logout(&session.access_token()).await.is(204);
    is_dead(&app, &session).await;
}

#[tokio::test]
async fn rev_01_failed_logout_never_revives_the_session() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let session = app.register("ada@example.org").await.is(201);
    faults.next("records.insert").fail();
    app.logout(&session.access_token()).await.is(503);
    // No revocation was stored, the log-out was not repeated, and the memory is gone.
    app.after(20 * 60);
    let app = app.restarted(|builder| builder).await;
    app.refresh(&session.refresh_token()).await.is(401);
    assert!(app.auth.sessions(&1).await.unwrap().is_empty());
}
