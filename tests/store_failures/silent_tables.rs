//! Tables that drop a row, or a whole transaction, without saying so.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA_POSTGRES;
use auth_tests::{App, Database, OnServer, Place, Role, User};
use sqlx::Postgres;

const ADA: &str = "ada@example.org";

/// A stranger signs up with Ada's login, and the table swallows the row.
async fn the_owner_stays_alone<P: Place>(app: App<P>)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    app.register(ADA).await.is(201);
    let (access, refresh) = app.tokens(ADA).await;
    let body = serde_json::json!({ "email": ADA, "password": "a stranger's long password", "display_name": "Eve" });
    let answer = app.send(auth_tests::Call::post("/auth/register").json(&body)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "taken".to_owned()));
    app.get("/me", &access).await.is(200);
    app.refresh(&refresh).await.is(200);
    app.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn reg_01_a_swallowed_duplicate_signs_in_nobody_sqlite() {
    let db = Database::with(
        "CREATE TABLE users (
            id            INTEGER PRIMARY KEY,
            email         TEXT    NOT NULL UNIQUE ON CONFLICT IGNORE,
            password_hash TEXT    NOT NULL,
            is_active     BOOLEAN NOT NULL DEFAULT TRUE,
            role          TEXT    NOT NULL,
            display_name  TEXT    NOT NULL
        )",
    )
    .await;
    the_owner_stays_alone(App::in_place(db, |builder| builder).await).await;
}

#[tokio::test]
async fn reg_01_a_swallowed_duplicate_signs_in_nobody_postgres() {
    let Some(place) = OnServer::<Postgres>::with(SCHEMA_POSTGRES).await else { return };
    place
        .sql(
            "CREATE RULE swallow AS ON INSERT TO users
                WHERE EXISTS (SELECT 1 FROM users WHERE email = NEW.email) DO INSTEAD NOTHING",
        )
        .await
        .unwrap();
    the_owner_stays_alone(App::in_place(place, |builder| builder).await).await;
}

#[tokio::test]
async fn db_08_a_transaction_that_sqlite_ends_poisons_no_connection() {
    let app = App::new().await;
    app.register(ADA).await.is(201);
    let (access, _) = app.tokens(ADA).await;
    app.db
        .run(
            "CREATE TRIGGER no_more BEFORE INSERT ON users WHEN NEW.email LIKE 'no%'
                BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
        )
        .await;
    for n in 0..24 {
        app.register(&format!("no{n}@example.org")).await.is(422);
    }
    for _ in 0..12 {
        app.auth.accounts().set_role(&1, Role::Editor).await.unwrap();
    }
    app.change_password(&access, PASSWORD, "another good password").await.is(401);
    let (access, _) = app.tokens(ADA).await;
    app.change_password(&access, PASSWORD, "another good password").await.is(204);
    app.register("yes@example.org").await.is(201);
}
