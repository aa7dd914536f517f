//! `user_cache`: a cached row is recent, and never older than a write by this crate.

use std::time::Duration;

use auth::AuthBuilder;
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA_REUSING_IDS;
use auth_tests::{App, Call, Database, Role, User};
use serde_json::json;

const LIFE: Duration = Duration::from_secs(5);

async fn keeping() -> (App, i64, String) {
    let app = App::with(|builder| builder.user_cache(LIFE)).await;
    let id = app.user("ada@example.org").await;
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/me", &token).await.is(200);
    (app, id, token)
}

async fn name(app: &App, token: &str) -> String {
    app.get("/me", token).await.is(200).text().to_owned()
}

#[tokio::test]
async fn cached_row_expires_after_its_lifetime() {
    let (app, _, token) = keeping().await;
    let before = name(&app, &token).await;
    app.db.run("UPDATE users SET display_name = 'Grace'").await;
    app.clock.advance(Duration::from_millis(4_999));
    assert_eq!(name(&app, &token).await, before, "not read again");
    app.clock.advance(Duration::from_millis(1));
    assert!(name(&app, &token).await.contains("Grace"));
}

#[tokio::test]
async fn without_the_setting_each_request_sees_the_table() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/me", &token).await.is(200);
    app.db.run("UPDATE users SET display_name = 'Grace'").await;
    assert!(name(&app, &token).await.contains("Grace"));
}

#[tokio::test]
async fn library_writes_are_seen_by_the_next_request() {
    let (app, id, _) = keeping().await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/admin/row", &token).await.is(200);
    app.auth.accounts().set_role(&id, Role::Member).await.unwrap();
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/admin/row", &token).await.is(403);
    app.auth.accounts().disable(&id).await.unwrap();
    app.auth.accounts().enable(&id).await.unwrap();
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/me", &token).await.is(200);
    app.auth.accounts().delete(&id).await.unwrap();
    app.get("/me", &token).await.is(401);
}

#[tokio::test]
async fn row_written_by_the_application_is_read_again() {
    let (app, id, token) = keeping().await;
    for (name_now, claims) in [("Grace", false), ("Barbara", true)] {
        app.db.run(format!("UPDATE users SET display_name = '{name_now}'").leak()).await;
        let token = if claims {
            app.auth.accounts().claims_changed(&id).await.unwrap();
            app.tokens("ada@example.org").await.0
        } else {
            app.auth.accounts().row_changed(&id).await.unwrap();
            token.clone()
        };
        assert!(name(&app, &token).await.contains(name_now));
    }
}

#[tokio::test]
async fn row_written_elsewhere_is_read_again_with_same_token() {
    let cached = |builder: AuthBuilder<User>| builder.user_cache(Duration::from_mins(1));
    let one = App::with(cached).await;
    let other = one.beside(cached).await;
    let id = one.user("ada@example.org").await;
    let (token, _) = one.tokens("ada@example.org").await;
    // Twice: the second time, the other instance knows the epoch already.
    for name_now in ["Grace", "Barbara"] {
        assert!(!name(&other, &token).await.contains(name_now));
        one.db.run(format!("UPDATE users SET display_name = '{name_now}'").leak()).await;
        assert!(!name(&other, &token).await.contains(name_now), "cached, or this test says nothing");
        one.auth.accounts().row_changed(&id).await.unwrap();
        other.auth.sync_revocations().await.unwrap();
        assert!(name(&other, &token).await.contains(name_now));
    }
}

#[tokio::test]
async fn live_rule_reads_the_store_and_updates_the_cache() {
    let (app, id, _) = keeping().await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/admin/row", &token).await.is(200);
    app.db.run("UPDATE users SET role = 'member'").await;
    app.get("/admin/row", &token).await.is(200);
    app.get("/admin/live", &token).await.is(403);
    app.get("/admin/row", &token).await.is(403);
}

#[tokio::test]
async fn live_rule_reads_the_store_behind_a_cached_layer() {
    let (app, id, _) = keeping().await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let (token, _) = app.tokens("ada@example.org").await;
    let layered = auth_tests::app::routes(&app.auth).into_router().layer(axum::middleware::from_fn_with_state(
        app.auth.clone(),
        async |_: auth_tests::User, request: axum::extract::Request, next: axum::middleware::Next| {
            next.run(request).await
        },
    ));
    let router = layered.with_state(app.auth.clone());
    Call::get("/admin/live").bearer(&token).send(&router).await.is(200);
    app.db.run("UPDATE users SET role = 'member'").await;
    Call::get("/admin/live").bearer(&token).send(&router).await.is(403);
}

#[tokio::test]
async fn disabled_account_is_not_cached() {
    let (app, _, token) = keeping().await;
    app.clock.advance(LIFE);
    app.db.run("UPDATE users SET is_active = FALSE").await;
    app.get("/me", &token).await.is(401);
    app.db.run("UPDATE users SET is_active = TRUE").await;
    app.get("/me", &token).await.is(200);
}

#[tokio::test]
async fn row_read_before_a_write_is_not_cached_afterwards() {
    let faults = Faults::new();
    let app = App::with_faults_and(&faults, |builder| builder.user_cache(LIFE)).await;
    let id = app.user("ada@example.org").await;
    let (token, _) = app.tokens("ada@example.org").await;
    let auth = app.auth.clone();
    // The row is read as a member's, and has become an admin's before it can be cached.
    faults.next("users.find").after(async move {
        auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    });
    app.get("/me", &token).await;
    assert!(faults.is_done());
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/admin/row", &token).await.is(200);
}

#[tokio::test]
async fn writes_of_other_processes_are_seen_after_broadcast() {
    let (here, id, token) = keeping().await;
    let there = here.restarted(|builder| builder.user_cache(LIFE)).await;
    there.get("/me", &token).await.is(200);
    here.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    there.auth.sync_revocations().await.unwrap();
    let (token, _) = there.tokens("ada@example.org").await;
    there.get("/admin/row", &token).await.is(200);
}

#[tokio::test]
async fn rows_are_cached_for_a_minute_at_most() {
    let app = App::new().await;
    let builder = auth::Auth::<auth_tests::User>::builder(app.pool.clone()).user_cache(Duration::from_secs(61));
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("`user_cache` keeps rows for over a minute"), "{error}");
}

#[tokio::test]
async fn cached_row_is_not_shown_to_account_reusing_id() {
    let app = App::with(|builder| builder.user_cache(LIFE)).await;
    app.user("ada@example.org").await;
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/me", &token).await.is(200);
    // The application deletes an account directly, and the database reuses its number.
    app.db.run("DELETE FROM users; UPDATE sqlite_sequence SET seq = 0").await;
    let body = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob" });
    let bob = app.send(Call::post("/auth/register").json(&body)).await.is(201).access_token();
    assert_eq!(app.get("/me", &bob).await.is(200).text().to_owned(), "hello Bob");
}

#[tokio::test]
async fn h1_another_instance_shows_nobody_the_cached_row_of_another() {
    for by_the_application in [true, false] {
        let cached = |builder: AuthBuilder<User>| builder.user_cache(Duration::from_mins(1));
        let one = App::in_place(Database::with(SCHEMA_REUSING_IDS).await, cached).await;
        let other = one.beside(cached).await;
        let ada = one.register("ada@example.org").await.is(201).access_token();
        other.get("/auth/me", &ada).await.is(200);
        if by_the_application {
            one.db.run("DELETE FROM users").await;
        } else {
            one.auth.accounts().delete(&1).await.unwrap();
        }
        // The other instance has not polled since.
        let bob = one.register("bob@example.org").await.is(201).access_token();
        let seen = other.get("/auth/me", &bob).await.is(200);
        assert!(seen.text().contains("bob@example.org"), "bob's token brings {}", seen.text());
    }
}

#[tokio::test]
async fn a_token_issued_after_a_change_elsewhere_brings_it() {
    let cached = |builder: AuthBuilder<User>| builder.user_cache(Duration::from_mins(1));
    let one = App::with(cached).await;
    let other = one.beside(cached).await;
    let id = one.user("ada@example.org").await;
    let (token, refresh) = one.tokens("ada@example.org").await;
    other.get("/me", &token).await.is(200);
    one.db.run("UPDATE users SET display_name = 'Grace'").await;
    one.auth.accounts().claims_changed(&id).await.unwrap();
    let token = one.refresh(&refresh).await.is(200).access_token();
    assert!(name(&other, &token).await.contains("Grace"));
}
