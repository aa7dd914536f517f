//! Tokens of accounts that were deleted, disabled or demoted, through the library or directly in the table.

use auth_tests::app::PASSWORD;
use auth_tests::forge::Victim;
use auth_tests::{App, Call, Role};
use serde_json::json;

#[tokio::test]
async fn jwt_28_token_of_deleted_or_disabled_account_is_refused() {
    for delete in [true, false] {
        let victim = Victim::new().await;
        let users = victim.app.auth.accounts();
        if delete {
            users.delete(&1).await.unwrap();
        } else {
            users.disable(&1).await.unwrap();
        }
        for path in ["/claims", "/me", "/greet", "/auth/me", "/auth/sessions"] {
            assert_eq!(victim.app.get(path, &victim.token).await.is(401).code(), "invalid_token", "{path}");
        }
        victim.app.refresh(&victim.refresh).await.is(401);
        victim.app.login("ada@example.org", PASSWORD).await.is(if delete { 401 } else { 403 });
    }
}

#[tokio::test]
async fn jwt_28_direct_row_change_is_seen_where_row_is_read() {
    for change in ["DELETE FROM users", "UPDATE users SET is_active = FALSE"] {
        let victim = Victim::new().await;
        sqlx::query(change).execute(&victim.app.pool).await.unwrap();
        for path in ["/me", "/greet", "/auth/me", "/admin/live"] {
            assert_eq!(victim.app.get(path, &victim.token).await.is(401).code(), "invalid_token", "{path}: {change}");
        }
        let body = json!({ "current_password": PASSWORD, "new_password": "staple battery horse correct" });
        let call = Call::post("/auth/password/change").bearer(&victim.token).json(&body);
        assert_eq!(victim.app.send(call).await.is(401).code(), "invalid_token", "{change}");
        victim.app.refresh(&victim.refresh).await.is(401);
        // Routes that read only the token accept it until it expires, or until the application calls `changed`.
        victim.app.get("/claims", &victim.token).await.is(200);
        victim.app.auth.accounts().row_changed(&1).await.unwrap();
        victim.app.get("/claims", &victim.token).await.is(401);
    }
}

#[tokio::test]
async fn jwt_28_an_id_that_is_given_again_inherits_nothing() {
    let app = App::new().await;
    // Without AUTOINCREMENT, SQLite gives the highest id, once deleted, to the next row.
    let reusing = "DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        password_hash TEXT NOT NULL, is_active BOOLEAN NOT NULL DEFAULT TRUE, role TEXT NOT NULL, display_name TEXT NOT NULL)";
    sqlx::raw_sql(reusing).execute(&app.pool).await.unwrap();
    let old = app.register("old@example.org").await.is(201);
    app.auth.accounts().delete(&1).await.unwrap();
    let new = app.register("new@example.org").await.is(201);
    let id: i64 = sqlx::query_scalar("SELECT id FROM users").fetch_one(&app.pool).await.unwrap();
    assert_eq!(id, 1, "the id was given again, or this test says nothing");
    app.get("/claims", &old.access_token()).await.is(401);
    app.refresh(&old.refresh_token()).await.is(401);
    app.get("/me", &new.access_token()).await.is(200);
    let restarted = app.restarted(|builder| builder).await;
    restarted.get("/claims", &old.access_token()).await.is(401);
    restarted.get("/me", &new.access_token()).await.is(200);
    restarted.refresh(&new.refresh_token()).await.is(200);
}

#[tokio::test]
async fn ref_12_removed_role_is_missing_from_every_later_token() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    app.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
    let admin = app.login("ada@example.org", PASSWORD).await.is(200);
    app.get("/stats", &admin.access_token()).await.is(200);
    app.auth.accounts().set_role(&1, Role::Member).await.unwrap();
    app.get("/stats", &admin.access_token()).await.is(401);
    let next = app.refresh(&admin.refresh_token()).await.is(200).access_token();
    app.get("/stats", &next).await.is(403);
    app.get("/claims", &next).await.is(200);
}
