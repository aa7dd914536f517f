//! A database that is far away: each response takes 150 ms, and what a request does fits into the time that stores have.
//!
//! So it is if the pool does not ping a connection before each use, which would double the time, and if the statements
//! have been prepared.

use std::time::Duration;

use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA_POSTGRES;
use auth_tests::{App, OnServer};
use sqlx::Postgres;

const ADA: &str = "ada@example.org";

async fn signs_in_and_out(app: &App<OnServer<Postgres>>) {
    let tokens = app.login(ADA, PASSWORD).await.is(200);
    let tokens = app.refresh(&tokens.refresh_token()).await.is(200);
    app.get("/me", &tokens.access_token()).await.is(200);
    app.logout(&tokens.access_token()).await.is(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn db_12_distant_database_leaves_time_for_every_session() {
    let Some(database) = OnServer::<Postgres>::with(SCHEMA_POSTGRES).await else { return };
    // While one connection goes back to the pool, which waits for a ping, another one is used.
    let (proxy, place) = database.behind_proxy(3).await;
    let app = App::in_place(place, |builder| builder).await;
    app.register(ADA).await.is(201);
    for _ in 0..12 {
        signs_in_and_out(&app).await;
    }
    proxy.delay(Duration::from_millis(150));
    for _ in 0..2 {
        signs_in_and_out(&app).await;
    }
    // Further away than that, it is given up, and nobody is told that the password was wrong.
    proxy.delay(Duration::from_millis(400));
    app.login(ADA, PASSWORD).await.is(503);
}
