//! A real database that is up but does not answer: a quick 503, and full recovery afterwards.

use std::time::{Duration, Instant};

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA_MYSQL, SCHEMA_POSTGRES};
use auth_tests::{Answer, App, Database, OnServer, Place, Server, User};
use sqlx::pool::PoolConnection;
use sqlx::{MySql, Pool, Postgres};

const EMAIL: &str = "ada@example.org";
const PROMISED: Duration = Duration::from_secs(2);

async fn in_time(call: impl Future<Output = Answer>) -> Answer {
    let asked = Instant::now();
    let answer = call.await;
    assert!(asked.elapsed() <= PROMISED, "{:?}", asked.elapsed());
    answer
}

/// Takes every connection of a pool, as handlers may do.
async fn use_up<D: sqlx::Database>(pool: &Pool<D>) -> Vec<PoolConnection<D>> {
    let mut held = Vec::new();
    while held.len() < pool.options().get_max_connections() as usize {
        held.push(pool.acquire().await.unwrap());
    }
    held
}

async fn a_used_up_pool_is_a_503<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let pool = place.pool();
    let app = App::in_place(place, |builder| builder).await;
    app.register(EMAIL).await.is(201);
    let (access, refresh) = app.tokens(EMAIL).await;
    let held = use_up(&pool).await;

    for answer in [in_time(app.get("/me", &access)).await, in_time(app.refresh(&refresh)).await] {
        assert!(answer.is(503).header("retry-after").is_some());
    }
    in_time(app.login(EMAIL, PASSWORD)).await.is(503);
    // Routes that need no row still work.
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

/// Calls a route that needs no row until, from that moment on, the status is the expected one.
async fn until<P: Place>(moment: Instant, app: &App<P>, token: &str, expected: u16) {
    loop {
        let status = app.get("/claims", token).await.status;
        if status == expected && Instant::now() >= moment {
            return;
        }
        assert!(status == 200 || status == 503, "{status}");
        assert!(moment.elapsed() < Duration::from_secs(10), "{status} instead of {expected}");
        tokio::task::yield_now().await;
    }
}

async fn exhausted_pool_learns_of_logouts<S: Server>(place: OnServer<S>)
where
    User: SqlUser<S> + SqlRow<S>,
{
    let here =
        App::in_place(place.reopened().await, |builder| builder.revocation_feed(Duration::from_millis(100))).await;
    let there = App::in_place(place, |builder| builder).await;
    there.register(EMAIL).await.is(201);
    let (ends, _) = there.tokens(EMAIL).await;
    let (stays, _) = there.tokens(EMAIL).await;
    let held = use_up(&here.db.pool).await;

    // Without polls, memory is no longer trusted by then, so a 200 shows that they still succeed. A single 503 on the way
    // may be due to a busy machine.
    let stale = Instant::now() + Duration::from_millis(1_500);
    until(stale, &here, &stays, 200).await;
    until(stale, &here, &ends, 200).await;
    there.logout(&ends).await.is(204);
    until(Instant::now(), &here, &ends, 401).await;
    until(Instant::now(), &here, &stays, 200).await;
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn rev_14_exhausted_postgresql_pool_still_learns_of_logouts() {
    let Some(place) = OnServer::<Postgres>::with(SCHEMA_POSTGRES).await else { return };
    exhausted_pool_learns_of_logouts(place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rev_14_exhausted_mysql_pool_still_learns_of_logouts() {
    let Some(place) = OnServer::<MySql>::with(SCHEMA_MYSQL).await else { return };
    exhausted_pool_learns_of_logouts(place).await;
}
