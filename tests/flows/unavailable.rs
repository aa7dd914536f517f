//! A real database that is there and does not serve: 503 soon, and everything again afterwards.

use std::time::{Duration, Instant};

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA_MYSQL, SCHEMA_POSTGRES};
use auth_tests::{Answer, App, Database, OnServer, Place, User};
use sqlx::pool::PoolConnection;
use sqlx::{MySql, Postgres};

const EMAIL: &str = "ada@example.org";
const PROMISED: Duration = Duration::from_secs(2);

async fn in_time(call: impl Future<Output = Answer>) -> Answer {
    let asked = Instant::now();
    let answer = call.await;
    assert!(asked.elapsed() <= PROMISED, "{:?}", asked.elapsed());
    answer
}

async fn a_used_up_pool_is_a_503<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let pool = place.pool();
    let app = App::in_place(place, |builder| builder).await;
    app.register(EMAIL).await.is(201);
    let (access, refresh) = app.tokens(EMAIL).await;
    let mut held: Vec<PoolConnection<P::Driver>> = Vec::new();
    while let Some(connection) = pool.try_acquire() {
        held.push(connection);
    }
    while held.len() < pool.options().get_max_connections() as usize {
        held.push(pool.acquire().await.unwrap());
    }

    for answer in [in_time(app.get("/me", &access)).await, in_time(app.refresh(&refresh)).await] {
        assert!(answer.is(503).header("retry-after").is_some());
    }
    in_time(app.login(EMAIL, PASSWORD)).await.is(503);
    // What needs no row goes on.
    app.get("/claims", &access).await.is(200);

    drop(held);
    app.get("/me", &access).await.is(200);
    app.refresh(&refresh).await.is(200);
    assert_eq!(app.auth.sessions(&1).await.unwrap().len(), 2, "the login that failed left none");
}

#[tokio::test(flavor = "multi_thread")]
async fn db_12_a_used_up_pool_is_a_503_on_sqlite() {
    a_used_up_pool_is_a_503(Database::with(auth_tests::users::SCHEMA).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn db_12_a_used_up_pool_is_a_503_on_postgresql() {
    let Some(place) = OnServer::<Postgres>::with(SCHEMA_POSTGRES).await else { return };
    a_used_up_pool_is_a_503(place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn db_12_a_used_up_pool_is_a_503_on_mysql() {
    let Some(place) = OnServer::<MySql>::with(SCHEMA_MYSQL).await else { return };
    a_used_up_pool_is_a_503(place).await;
}
