//! Database servers: whole lives of accounts and sessions, and races between them.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA_MYSQL, SCHEMA_POSTGRES};
use auth_tests::{App, Call, OnServer, Role, Server, User, together};
use serde_json::json;
use sqlx::{MySql, Postgres};

/// Generates a test for each function and server.
macro_rules! on_servers {
    ($($test:ident)+) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let Some(app) = super::app::<super::Postgres>(super::SCHEMA_POSTGRES).await else { return };
                super::$test(app).await;
            })+
        }
        mod mysql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let Some(app) = super::app::<super::MySql>(super::SCHEMA_MYSQL).await else { return };
                super::$test(app).await;
            })+
        }
    };
}

on_servers! {
    account_lifecycle_works_on_database_servers
    sign_up_errors_name_the_field_on_servers
    a_stolen_refresh_token_ends_the_session
    management_acts_at_once
    db_01_of_many_sign_ups_with_one_login_one_succeeds
    db_01_refreshes_at_once_give_one_successor
    hostile_text_is_stored_as_text
}

type Application<S> = App<OnServer<S>>;

async fn app<S: Server>(schema: &str) -> Option<Application<S>>
where
    User: SqlUser<S> + SqlRow<S>,
{
    let place = OnServer::with(schema).await?;
    Some(App::in_place(place, |builder| builder).await)
}

async fn account_lifecycle_works_on_database_servers<S: Server>(app: Application<S>) {
    let first = app.register("Ada@Example.org").await.is(201);
    let token = first.access_token();
    assert_eq!(app.get("/me", &token).await.is(200).text(), "hello Ada");
    app.login("ada@example.org", "wrong password").await.is(401);
    app.login("bob@example.org", PASSWORD).await.is(401);
    let (second, refresh) = app.tokens("ada@example.org").await;
    assert_eq!(app.get("/auth/sessions", &second).await.is(200).json().as_array().unwrap().len(), 2);

    let next = app.refresh(&refresh).await.is(200);
    app.change_password(&next.access_token(), PASSWORD, "another good password").await.is(204);
    app.get("/me", &token).await.is(401);
    app.refresh(&first.refresh_token()).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(401);
    app.login("ada@example.org", "another good password").await.is(200);

    app.logout(&next.access_token()).await.is(204);
    app.get("/me", &next.access_token()).await.is(401);
    app.refresh(&next.refresh_token()).await.is(401);
    let last = app.login("ada@example.org", "another good password").await.is(200);
    app.send(Call::post("/auth/logout-all").bearer(&last.access_token())).await.is(204);
    app.refresh(&last.refresh_token()).await.is(401);
    assert!(app.auth.check_schema().await.unwrap().is_empty());
}

async fn sign_up_errors_name_the_field_on_servers<S: Server>(app: Application<S>) {
    app.register("ada@example.org").await.is(201);
    for email in ["ada@example.org", "ADA@example.org", " ada@example.org "] {
        assert_eq!(app.register(email).await.is(409).code(), "taken", "{email:?}");
    }
    for (email, name) in [("nul\0@example.org", "Ada"), ("nul@example.org", "A\0da")] {
        let body = json!({ "email": email, "password": PASSWORD, "display_name": name });
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
        assert_eq!(answer.code(), "invalid_fields");
    }
    // A value that the table refuses is not a server error.
    let alter = match <S as Server>::NAME {
        "PostgreSQL" => "ALTER TABLE users ALTER display_name TYPE VARCHAR(20)",
        _ => "ALTER TABLE users MODIFY display_name VARCHAR(20) NOT NULL",
    };
    S::run(&app.pool, alter.to_owned()).await.unwrap();
    let body = json!({ "email": "eve@example.org", "password": PASSWORD, "display_name": "x".repeat(26) });
    let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
    assert_eq!(answer.code(), "invalid_fields");
    // PostgreSQL does not name the column, but only one has the type that it names.
    assert_eq!(answer.json()["errors"][0]["field"], "display_name");
    app.login("eve@example.org", PASSWORD).await.is(401);
    app.login("ada\0@example.org", PASSWORD).await.is(401);
    app.login("nul@example.org", PASSWORD).await.is(401);
}

async fn a_stolen_refresh_token_ends_the_session<S: Server>(app: Application<S>) {
    let first = app.register("ada@example.org").await.is(201);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    assert_eq!(app.refresh(&first.refresh_token()).await.is(200).refresh_token(), second.refresh_token());
    app.after(11);
    app.refresh(&first.refresh_token()).await.is(401);
    app.refresh(&second.refresh_token()).await.is(401);
    app.get("/me", &second.access_token()).await.is(401);
}

async fn management_acts_at_once<S: Server>(app: Application<S>) {
    let token = app.register("ada@example.org").await.is(201).access_token();
    let users = app.auth.accounts();
    users.set_role(&1, Role::Admin).await.unwrap();
    app.get("/me", &token).await.is(401);
    let (token, _) = app.tokens("ada@example.org").await;
    app.get("/admin/live", &token).await.is(200);
    // A change that changes nothing is not a 404.
    users.set_role(&1, Role::Admin).await.unwrap();
    users.disable(&1).await.unwrap();
    users.disable(&1).await.unwrap();
    assert_eq!(app.login("ada@example.org", PASSWORD).await.is(403).code(), "inactive_user");
    users.enable(&1).await.unwrap();
    users.enable(&1).await.unwrap();
    let (token, refresh) = app.tokens("ada@example.org").await;
    users.delete(&1).await.unwrap();
    app.get("/me", &token).await.is(401);
    app.refresh(&refresh).await.is(401);
    app.login("ada@example.org", PASSWORD).await.is(401);
}

async fn db_01_of_many_sign_ups_with_one_login_one_succeeds<S: Server>(app: Application<S>) {
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let answers = together(&app.router, (0..16).map(|_| Call::post("/auth/register").json(&body))).await;
    let with = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((with(201), with(409)), (1, 15));
}

async fn db_01_refreshes_at_once_give_one_successor<S: Server>(app: Application<S>) {
    let first = app.register("ada@example.org").await.is(201).refresh_token();
    let body = json!({ "refresh_token": first });
    let answers = together(&app.router, (0..32).map(|_| Call::post("/auth/refresh").json(&body))).await;
    let mut successors: Vec<_> = answers.into_iter().map(|answer| answer.is(200).refresh_token()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_ne!(successors[0], first);
}

async fn hostile_text_is_stored_as_text<S: Server>(app: Application<S>) {
    let name = "Robert'); DROP TABLE users;-- <b>$1 ? \\ ` \" 🦀";
    let body = json!({ "email": "o'hara--@example.org", "password": PASSWORD, "display_name": name });
    let token = app.send(Call::post("/auth/register").json(&body)).await.is(201).access_token();
    assert_eq!(app.get("/me", &token).await.is(200).text(), format!("hello {name}"));
    app.login("o'hara--@example.org", PASSWORD).await.is(200);
    app.login("' OR 1=1 --", PASSWORD).await.is(401);
}
