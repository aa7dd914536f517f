//! `end_everything`: for a database that was restored from a backup, whose records cannot be trusted.

use auth::event::EventKind;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Role};

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn end_everything_refuses_only_what_was_issued_before() {
    let app = App::new().await;
    let (access, refresh) = {
        app.register(ADA).await.is(201);
        app.tokens(ADA).await
    };
    app.auth.accounts().set_role(&1, Role::Editor).await.unwrap();
    let next = app.refresh(&refresh).await.is(200);
    app.auth.end_everything().await.unwrap();
    for dead in [&access, &next.access_token()] {
        app.get("/me", dead).await.is(401);
    }
    app.refresh(&next.refresh_token()).await.is(401);

    let answer = app.login(ADA, PASSWORD).await.is(200);
    app.get("/me", &answer.access_token()).await.is(200);
    let answer = app.refresh(&answer.refresh_token()).await.is(200);
    assert_eq!(app.get("/auth/sessions", &answer.access_token()).await.is(200).json().as_array().unwrap().len(), 1);
    // Marks go on counting from there.
    app.auth.accounts().set_role(&1, Role::Member).await.unwrap();
    app.get("/me", &answer.access_token()).await.is(401);
    app.refresh(&answer.refresh_token()).await.is(200);
    assert!(app.events().contains(&EventKind::EverythingEnded));
}

#[tokio::test]
async fn end_everything_refuses_sessions_revived_by_a_backup() {
    let app = App::new().await;
    app.register(ADA).await.is(201);
    let (access, refresh) = app.tokens(ADA).await;
    app.db.run("CREATE TABLE backup AS SELECT * FROM auth_records").await;
    app.change_password(&access, PASSWORD, "another good password").await.is(204);
    let (late, late_refresh) = {
        let answer = app.login(ADA, "another good password").await.is(200);
        (answer.access_token(), answer.refresh_token())
    };
    app.auth.logout_all(&1, &auth::ClientInfo::default()).await.unwrap();
    app.db.run("DELETE FROM auth_records; INSERT INTO auth_records SELECT * FROM backup").await;
    let app = app.restarted(|builder| builder).await;
    app.refresh(&refresh).await.is(200);
    app.auth.end_everything().await.unwrap();
    for dead in [&access, &late] {
        app.get("/me", dead).await.is(401);
    }
    for dead in [&refresh, &late_refresh] {
        app.refresh(dead).await.is(401);
    }
    // A restart, long after, does not forget it.
    app.after(40 * 86_400);
    let app = app.restarted(|builder| builder).await;
    app.refresh(&refresh).await.is(401);
    app.login(ADA, "another good password").await.is(200);
}

#[tokio::test]
async fn other_instances_follow_at_their_next_poll() {
    let app = App::new().await;
    let other = app.restarted(|builder| builder).await;
    app.register(ADA).await.is(201);
    let (access, refresh) = other.tokens(ADA).await;
    app.auth.end_everything().await.unwrap();
    app.auth.end_everything().await.unwrap();
    other.auth.sync_revocations().await.unwrap();
    other.get("/claims", &access).await.is(401);
    other.refresh(&refresh).await.is(401);
    other.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_change_made_elsewhere_meanwhile_ends_later_sessions_too() {
    let app = App::new().await;
    let other = app.restarted(|builder| builder).await;
    app.register(ADA).await.is(201);
    app.auth.end_everything().await.unwrap();
    let (access, refresh) = app.tokens(ADA).await;
    // The other instance has not heard of it when it changes the password.
    other.auth.accounts().set_password(&1, "another good password").await.unwrap();
    app.auth.sync_revocations().await.unwrap();
    app.get("/me", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
}
