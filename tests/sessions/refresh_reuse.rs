//! Stolen refresh tokens, and a stolen database.

use auth::claims::SessionId;
use auth::event::{EventKind, RefreshRefusal};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, payload};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

fn sid(access_token: &str) -> SessionId {
    payload(access_token)["sid"].as_str().unwrap().parse().unwrap()
}

/// Checks that no token of the family works, and that exactly one event reported the reuse.
async fn family_is_dead(app: &App, access: &[&str], refresh: &[&str]) {
    let reused: Vec<_> =
        app.events().into_iter().filter(|event| matches!(event, EventKind::RefreshReused { .. })).collect();
    assert_eq!(reused, [EventKind::RefreshReused { user: "1".to_owned(), session: sid(access[0]) }]);
    for token in access {
        assert_eq!(app.get("/me", token).await.is(401).code(), "invalid_token");
    }
    for token in refresh {
        app.refresh(token).await.is(401);
    }
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await, 0);
}

#[tokio::test]
async fn ref_04_spent_token_after_grace_revokes_the_family() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.after(10);
    assert_eq!(app.refresh(&first.refresh_token()).await.is(401).code(), "invalid_refresh_token");
    let refresh = [&*first.refresh_token(), &second.refresh_token()];
    family_is_dead(&app, &[&first.access_token(), &second.access_token()], &refresh).await;
}

#[tokio::test]
async fn ref_06_a_grandparent_is_theft_even_within_the_grace_window() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.after(60);
    let third = app.refresh(&second.refresh_token()).await.is(200);
    app.refresh(&first.refresh_token()).await.is(401);
    let refresh = [&*second.refresh_token(), &third.refresh_token()];
    family_is_dead(&app, &[&first.access_token(), &third.access_token()], &refresh).await;
}

#[tokio::test]
async fn ref_06_grace_window_revives_no_ended_family() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.logout(&second.access_token()).await.is(204);
    app.refresh(&first.refresh_token()).await.is(401);
    app.refresh(&second.refresh_token()).await.is(401);
}

#[tokio::test]
async fn a_wrong_secret_with_the_right_handle_is_theft() {
    let app = App::new().await;
    let answer = app.register("ada@example.org").await.is(201);
    let mut bytes = BASE64.decode(answer.refresh_token()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    app.refresh(&BASE64.encode(bytes)).await.is(401);
    family_is_dead(&app, &[&answer.access_token()], &[&answer.refresh_token()]).await;
}

#[tokio::test]
async fn rev_04_a_stranger_who_knows_the_sid_can_trigger_nothing() {
    let app = App::new().await;
    let answer = app.register("ada@example.org").await.is(201);
    let sid = sid(&answer.access_token());
    app.events();
    // Tokens that can be made from a sid: as handle, as handle and secret, as the whole token.
    let handle = &sid.as_bytes()[..16];
    let guesses =
        [[handle, sid.as_bytes()].concat(), [handle, &[0; 32]].concat(), sid.as_bytes()[..].repeat(2)[..48].to_vec()];
    for guess in guesses {
        let guess = BASE64.encode(guess);
        app.refresh(&guess).await.is(401);
        app.send(Call::post("/auth/logout").json(&json!({ "refresh_token": guess }))).await.is(204);
    }
    app.get("/me", &sid.to_string()).await.is(401);
    app.send(Call::delete(&format!("/auth/sessions/{sid}"))).await.is(401);
    let harm = |event: &EventKind| {
        matches!(
            event,
            EventKind::RefreshReused { .. } | EventKind::SessionEnded { .. } | EventKind::SessionsEnded { .. }
        )
    };
    assert!(!app.events().iter().any(harm));
    app.get("/me", &answer.access_token()).await.is(200);
    app.refresh(&answer.refresh_token()).await.is(200);
}

#[tokio::test]
async fn ref_02_no_table_contains_any_part_of_a_token() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    let third = app.login("ada@example.org", PASSWORD).await.is(200);
    app.logout(&third.access_token()).await.is(204);
    let dump = app.db.dump().await;
    assert!(dump.contains("ada@example.org") && dump.contains(&sid(&first.access_token()).to_string()));
    for answer in [&first, &second, &third] {
        let token = answer.refresh_token();
        let bytes = BASE64.decode(&token).unwrap();
        let (handle, secret) = bytes.split_at(16);
        for part in [token, BASE64.encode(handle), BASE64.encode(secret), answer.access_token()] {
            assert!(!dump.contains(&part));
        }
        let signature = answer.access_token().rsplit('.').next().unwrap().to_owned();
        assert!(!dump.contains(&signature));
    }
    assert!(!dump.contains(PASSWORD));
}

#[tokio::test]
async fn ref_15_restart_forgets_no_reuse_logout_or_epoch() {
    let app = App::new().await;
    let stolen = app.register("ada@example.org").await.is(201);
    let ended = app.login("ada@example.org", PASSWORD).await.is(200);
    let kept = app.login("ada@example.org", PASSWORD).await.is(200);
    app.user("eve@example.org").await;
    let (out, _) = app.tokens("eve@example.org").await;
    app.after(60);
    app.refresh(&stolen.refresh_token()).await.is(200);
    app.after(60);
    app.refresh(&stolen.refresh_token()).await.is(401);
    app.logout(&ended.access_token()).await.is(204);
    app.send(Call::post("/auth/logout-all").bearer(&out)).await.is(204);

    let app = app.restarted(|builder| builder).await;
    for dead in [&stolen, &ended] {
        app.get("/me", &dead.access_token()).await.is(401);
        app.refresh(&dead.refresh_token()).await.is(401);
    }
    app.get("/me", &out).await.is(401);
    app.get("/me", &kept.access_token()).await.is(200);
    app.refresh(&kept.refresh_token()).await.is(200);
}

#[tokio::test]
async fn ref_15_reuse_is_detected_by_another_process() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.after(60);
    let app = app.restarted(|builder| builder).await;
    app.refresh(&first.refresh_token()).await.is(401);
    family_is_dead(&app, &[&first.access_token(), &second.access_token()], &[&second.refresh_token()]).await;
}

#[tokio::test]
async fn ref_16_a_write_that_fails_spends_nothing() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let first = app.register("ada@example.org").await.is(201).refresh_token();
    app.after(60);
    for method in ["records.get_with_owner", "users.find", "records.replace"] {
        faults.next(method).fail();
        let answer = app.refresh(&first).await.is(503);
        assert_eq!((answer.code().as_str(), answer.header("retry-after")), ("unavailable", Some("2")), "{method}");
        assert!(faults.is_done(), "{method}");
    }
    let second = app.refresh(&first).await.is(200).refresh_token();
    app.after(60);
    app.refresh(&second).await.is(200);
}

#[tokio::test]
async fn ref_19_purging_forgets_what_expired_and_keeps_what_lives() {
    let app = App::new().await;
    let old = app.register("ada@example.org").await.is(201);
    app.after(29 * 24 * 60 * 60);
    let live = app.login("ada@example.org", PASSWORD).await.is(200);
    let parent = live.refresh_token();
    let child = app.refresh(&parent).await.is(200).refresh_token();
    app.after(2 * 24 * 60 * 60);
    assert_eq!(app.auth.purge_expired().await.unwrap(), 1);
    assert_eq!(app.auth.purge_expired().await.unwrap(), 0);
    app.events();
    app.refresh(&old.refresh_token()).await.is(401);
    let session = sid(&old.access_token());
    assert_eq!(app.events(), [EventKind::RefreshRefused { session: Some(session), reason: RefreshRefusal::Unknown }]);
    // The parent is still recognised as spent.
    app.refresh(&parent).await.is(401);
    assert!(matches!(app.events()[..], [EventKind::RefreshReused { .. }]));
    app.refresh(&child).await.is(401);
}

#[tokio::test]
async fn ref_19_spent_tokens_are_recognised_until_the_family_ends() {
    let day = 24 * 60 * 60;
    for used in [0, 1, 44, 87] {
        let app = App::new().await;
        let first = app.register("ada@example.org").await.is(201);
        let (mut access, mut spent) = (first.access_token(), vec![first.refresh_token()]);
        for _ in 0..88 {
            app.after(day);
            app.auth.purge_expired().await.unwrap();
            let next = app.refresh(spent.last().unwrap()).await.is(200);
            access = next.access_token();
            spent.push(next.refresh_token());
        }
        // Two seconds before the end of the ninety days, and two days since the last refresh.
        app.after(2 * day - 2);
        app.auth.purge_expired().await.unwrap();
        app.events();
        app.refresh(&spent[used]).await.is(401);
        let events = app.events();
        assert_eq!(events, [EventKind::RefreshReused { user: "1".to_owned(), session: sid(&access) }], "token {used}");
        app.refresh(spent.last().unwrap()).await.is(401);
    }
}

#[tokio::test]
async fn ref_19_when_the_family_has_ended_a_purge_forgets_it() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    app.after(30 * 24 * 60 * 60 + 1);
    assert_eq!(app.auth.purge_expired().await.unwrap(), 1);
    app.events();
    for token in [first.refresh_token(), second.refresh_token()] {
        app.refresh(&token).await.is(401);
        let unknown =
            EventKind::RefreshRefused { session: Some(sid(&first.access_token())), reason: RefreshRefusal::Unknown };
        assert_eq!(app.events(), [unknown]);
    }
}
