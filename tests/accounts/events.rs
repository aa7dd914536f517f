//! Each decision raises exactly one event, the right one.

use std::sync::{Arc, Mutex};

use auth::claims::{Amr, SessionId};
use auth::event::{EventKind, LoginFailure, RefreshRefusal, Refusal};
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, Role, payload};

fn sid(answer: &Answer) -> SessionId {
    payload(&answer.access_token())["sid"].as_str().unwrap().parse().unwrap()
}

fn user() -> String {
    "1".to_owned()
}

fn succeeded(answer: &Answer) -> EventKind {
    EventKind::LoginSucceeded { user: user(), session: sid(answer), amr: Amr::PASSWORD }
}

#[tokio::test]
async fn log_04_sign_up_and_login() {
    let app = App::new().await;
    let answer = app.register("ada@example.org").await.is(201);
    assert_eq!(app.events(), [EventKind::Registered { user: user() }, succeeded(&answer)]);
    app.register("not an address").await.is(422);
    assert_eq!(app.events(), [], "a body that breaks the rules decides nothing");

    let answer = app.login("ada@example.org", PASSWORD).await.is(200);
    assert_eq!(app.events(), [succeeded(&answer)]);
    let failed = |user, reason| [EventKind::LoginFailed { user, reason }];
    app.login("ada@example.org", "wrong password").await.is(401);
    assert_eq!(app.events(), failed(Some(user()), LoginFailure::WrongPassword));
    app.login("nobody@example.org", PASSWORD).await.is(401);
    assert_eq!(app.events(), failed(None, LoginFailure::UnknownAccount));
    app.db.run("UPDATE users SET is_active = FALSE").await;
    app.login("ada@example.org", PASSWORD).await.is(403);
    assert_eq!(app.events(), failed(Some(user()), LoginFailure::Inactive));
}

#[tokio::test]
async fn log_04_refreshes_raise_one_event_each() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    let session = sid(&first);
    app.after(60);
    app.events();
    let refreshed = |rotated| [EventKind::Refreshed { user: user(), session, rotated }];
    let second = app.refresh(&first.refresh_token()).await.is(200);
    assert_eq!(app.events(), refreshed(true));
    app.refresh(&first.refresh_token()).await.is(200);
    assert_eq!(app.events(), refreshed(false));

    let refused = |reason| [EventKind::RefreshRefused { session: Some(session), reason }];
    app.db.run("UPDATE users SET is_active = FALSE").await;
    app.refresh(&second.refresh_token()).await.is(401);
    assert_eq!(app.events(), refused(RefreshRefusal::Inactive));
    app.db.run("UPDATE users SET is_active = TRUE").await;
    app.after(31 * 24 * 60 * 60);
    app.refresh(&second.refresh_token()).await.is(401);
    assert_eq!(app.events(), refused(RefreshRefusal::Expired));
    app.auth.purge_expired().await.unwrap();
    app.refresh(&second.refresh_token()).await.is(401);
    assert_eq!(app.events(), refused(RefreshRefusal::Unknown));
    app.refresh("no token").await.is(401);
    let reason = RefreshRefusal::Malformed;
    assert_eq!(app.events(), [EventKind::RefreshRefused { session: None, reason }]);
}

#[tokio::test]
async fn log_04_refused_requests_raise_exactly_one_event() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    app.events();
    app.register("ada@example.org").await.is(409);
    let reason = auth::event::RegistrationRefusal::Taken;
    assert_eq!(app.events(), [EventKind::RegistrationRefused { reason }]);
    app.get("/me", "no.access.token").await.is(401);
    assert_eq!(app.events(), [EventKind::Refused { user: None, reason: auth::event::Refusal::InvalidToken }]);
    app.logout("no.access.token").await.is(204);
    assert_eq!(app.events(), [], "nothing was refused, and nothing ended");
    app.auth.accounts().row_changed(&1).await.unwrap();
    assert_eq!(app.events(), [EventKind::UserChanged { user: user() }]);
}

#[tokio::test]
async fn log_04_cookie_that_is_no_token_raises_an_event() {
    let app = App::new().await;
    let long = format!("__Host-user-access={}", "x".repeat(4096));
    app.send(Call::get("/me").cookie(&long)).await.is(401);
    assert_eq!(app.events(), [EventKind::Refused { user: None, reason: Refusal::InvalidToken }]);
}

#[tokio::test]
async fn log_04_refresh_token_reuse_raises_one_event() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    app.refresh(&first.refresh_token()).await.is(200);
    app.after(60);
    app.events();
    app.refresh(&first.refresh_token()).await.is(401);
    assert_eq!(app.events(), [EventKind::RefreshReused { user: user(), session: sid(&first) }]);
    app.refresh(&first.refresh_token()).await.is(401);
    let reason = RefreshRefusal::Unknown;
    assert_eq!(app.events(), [EventKind::RefreshRefused { session: Some(sid(&first)), reason }], "theft is told once");
}

#[tokio::test]
async fn log_04_logouts_raise_one_event_each() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    let second = app.login("ada@example.org", PASSWORD).await.is(200);
    let third = app.login("ada@example.org", PASSWORD).await.is(200);
    let ended = |answer: &Answer| [EventKind::SessionEnded { user: user(), session: sid(answer) }];
    app.events();
    app.logout(&first.access_token()).await.is(204);
    assert_eq!(app.events(), ended(&first));
    app.logout(&first.access_token()).await.is(204);
    assert_eq!(app.events(), [], "it had ended");
    let other = format!("/auth/sessions/{}", sid(&second));
    app.send(Call::delete(&other).bearer(&third.access_token())).await.is(204);
    assert_eq!(app.events(), ended(&second));
    app.send(Call::delete(&other).bearer(&third.access_token())).await.is(404);
    assert_eq!(app.events(), []);
    app.send(Call::post("/auth/logout-all").bearer(&third.access_token())).await.is(204);
    assert_eq!(app.events(), [EventKind::SessionsEnded { user: user(), except: None }]);
}

#[tokio::test]
async fn log_04_change_of_password() {
    let app = App::new().await;
    let mine = app.register("ada@example.org").await.is(201);
    app.events();
    let new = "another good password";
    app.change_password(&mine.access_token(), "wrong password", new).await.is(422);
    assert_eq!(app.events(), [EventKind::LoginFailed { user: Some(user()), reason: LoginFailure::WrongPassword }]);
    app.change_password(&mine.access_token(), PASSWORD, "short").await.is(422);
    assert_eq!(app.events(), []);
    app.change_password(&mine.access_token(), PASSWORD, new).await.is(204);
    let ended = EventKind::SessionsEnded { user: user(), except: Some(sid(&mine)) };
    assert_eq!(app.events(), [ended, EventKind::PasswordChanged { user: user() }]);
}

#[tokio::test]
async fn log_04_guard_refusals_raise_one_event_each() {
    let app = App::new().await;
    let session = app.register("ada@example.org").await.is(201);
    let token = session.access_token();
    app.events();
    let refused = |user, reason| [EventKind::Refused { user, reason }];
    for path in ["/me", "/claims", "/admin/live", "/auth/me", "/auth/sessions"] {
        app.send(Call::get(path)).await.is(401);
        assert_eq!(app.events(), refused(None, Refusal::NotSignedIn), "{path}");
        app.get(path, "x").await.is(401);
        assert_eq!(app.events(), refused(None, Refusal::InvalidToken), "{path}");
    }
    app.get("/greet", "x").await.is(401);
    assert_eq!(app.events(), refused(None, Refusal::InvalidToken));
    for path in ["/stats", "/admin/row", "/admin/live"] {
        app.get(path, &token).await.is(403);
        assert_eq!(app.events(), refused(Some(user()), Refusal::Rule), "{path}");
    }
    app.db.run("UPDATE users SET is_active = FALSE").await;
    for path in ["/me", "/auth/me", "/admin/live", "/greet"] {
        app.get(path, &token).await.is(401);
        assert_eq!(app.events(), refused(Some(user()), Refusal::Inactive), "{path}");
    }
    app.change_password(&token, PASSWORD, "another good password").await.is(401);
    assert_eq!(app.events(), refused(Some(user()), Refusal::Inactive));
    app.db.run("UPDATE users SET is_active = TRUE").await;
    for path in ["/me", "/claims", "/greet", "/health", "/auth/me"] {
        app.get(path, &token).await.is(200);
        assert_eq!(app.events(), [], "{path}: who passes is no news");
    }
    app.logout(&token).await.is(204);
    app.events();
    app.get("/me", &token).await.is(401);
    assert_eq!(app.events(), refused(None, Refusal::Revoked));
}

#[tokio::test]
async fn log_04_account_management_raises_one_event_each() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    app.events();
    let users = app.auth.accounts();
    let ended = || EventKind::SessionsEnded { user: user(), except: None };
    users.set_role(&1, Role::Admin).await.unwrap();
    assert_eq!(app.events(), [EventKind::RolesChanged { user: user() }]);
    users.disable(&1).await.unwrap();
    assert_eq!(app.events(), [ended(), EventKind::ActiveChanged { user: user(), active: false }]);
    users.enable(&1).await.unwrap();
    assert_eq!(app.events(), [ended(), EventKind::ActiveChanged { user: user(), active: true }]);
    users.set_password(&1, "chosen for you").await.unwrap();
    assert_eq!(app.events(), [ended(), EventKind::PasswordChanged { user: user() }]);
    users.end_sessions(&1).await.unwrap();
    assert_eq!(app.events(), [ended()]);
    users.delete(&1).await.unwrap();
    assert_eq!(app.events(), [ended(), EventKind::UserDeleted { user: user() }]);
}

#[tokio::test]
async fn log_04_event_names_the_administrator_and_address() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let observer = move |event: &auth::event::Event| observed.lock().unwrap().push((event.ip, event.actor.clone()));
    let app = App::with(|builder| builder.observer(observer)).await;
    app.user("ada@example.org").await;
    let ip = "192.0.2.7".parse().unwrap();
    let client = auth::ClientInfo::new(Some(ip), None).with_actor("admin 7");
    seen.lock().unwrap().clear();
    let users = app.auth.accounts().by(client);
    users.set_role(&1, Role::Admin).await.unwrap();
    users.set_password(&1, "chosen for you").await.unwrap();
    users.disable(&1).await.unwrap();
    users.row_changed(&1).await.unwrap();
    users.delete(&1).await.unwrap();
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    // One event for each change, and one more for each that ended sessions, which are all but the first.
    assert_eq!(seen.len(), 9);
    seen.retain(|event| *event != (Some(ip), Some("admin 7".to_owned())));
    assert_eq!(seen, []);
}

#[tokio::test]
async fn log_05_an_observer_that_panics_changes_no_answer() {
    let app = App::with(|builder| builder.observer(|_: &auth::event::Event| panic!("the audit log is full"))).await;
    let answer = app.register("ada@example.org").await.is(201);
    app.get("/me", &answer.access_token()).await.is(200);
    assert_eq!(app.events().len(), 2);
}
