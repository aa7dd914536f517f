//! How often a request waits for the database: what it costs where the server is far away.

use std::time::Duration;

use auth::Limits;
use auth::clock::Clock as _;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::totp_code;
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA_MYSQL, SCHEMA_POSTGRES};
use auth_tests::{App, Call, OnServer, Proxy, Server, User};
use serde_json::{Value, json};
use sqlx::{MySql, Postgres};

const HERE: &str = "192.0.2.1";
const NEW: &str = "staple battery horse correct";

/// What is done, and its round trips on PostgreSQL and MySQL, for a client that is known at the account. BENCHMARKS.md has
/// them, too. The pings of a pool, before and after each use of a connection, are not counted. A transaction is two more
/// than its statements.
const EXPECTED: [(&str, [usize; 2]); 7] = [
    ("a route for whoever has a token", [0, 0]),
    ("a route with the row of the user", [1, 1]),
    ("refresh", [3, 3]),
    ("logout", [4, 4]),
    ("login", [5, 5]),
    ("change of password", [8, 7]),
    ("sign-up", [9, 9]),
];

/// The same where counters are records, which is the default: four more at most. A login counts at several before the
/// password is looked at and again after it, each time in one read and one write, and what a process has written last it
/// need not read again.
const WITH_COUNTERS: [(&str, [usize; 2]); 7] = [
    ("a route for whoever has a token", [0, 0]),
    ("a route with the row of the user", [1, 1]),
    ("refresh", [3, 3]),
    ("logout", [4, 4]),
    ("login", [9, 9]),
    ("change of password", [12, 11]),
    ("sign-up", [13, 13]),
];

async fn counted<S: Server>(schema: &str, limits: Limits) -> Option<Vec<usize>>
where
    User: SqlUser<S> + SqlRow<S>,
{
    let database = OnServer::<S>::with(schema).await?;
    // One connection, which knows every statement after a while.
    let (proxy, place) = database.behind_proxy(1).await;
    let app = App::in_place(place, |builder| builder.limits(limits)).await;
    let mut trips = Vec::new();
    for round in 0..3 {
        trips = one_of_each(&app, &proxy, &format!("ada{round}@example.org")).await;
    }
    Some(trips)
}

/// The round trips of each operation, in the order of [`EXPECTED`].
async fn one_of_each<S: Server>(app: &App<OnServer<S>>, proxy: &Proxy, email: &str) -> Vec<usize> {
    let login = async |password: &str| {
        let body = json!({ "email": email, "password": password });
        app.send(Call::post("/auth/login").coming_from(HERE).json(&body)).await.is(200)
    };
    proxy.take_round_trips();
    let form = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
    let ada = app.send(Call::post("/auth/register").coming_from(HERE).json(&form)).await.is(201);
    let sign_up = proxy.take_round_trips();
    let token = ada.access_token();
    app.get("/claims", &token).await.is(200);
    let guard = proxy.take_round_trips();
    app.get("/me", &token).await.is(200);
    let row = proxy.take_round_trips();
    app.refresh(&ada.refresh_token()).await.is(200);
    let refresh = proxy.take_round_trips();
    app.logout(&token).await.is(204);
    let logout = proxy.take_round_trips();
    let token = login(PASSWORD).await.access_token();
    let login = proxy.take_round_trips();
    app.change_password(&token, PASSWORD, NEW).await.is(204);
    vec![guard, row, refresh, logout, login, proxy.take_round_trips(), sign_up]
}

/// The same where second factors are on: for an account without one, and for one with an app, in its two steps.
const WITH_FACTORS: [(&str, [usize; 2]); 3] =
    [("login without a factor", [6, 6]), ("login, to the second step", [5, 5]), ("second step", [11, 11])];

async fn counted_with_factors<S: Server>(schema: &str) -> Option<Vec<usize>>
where
    User: SqlUser<S> + SqlRow<S>,
{
    let database = OnServer::<S>::with(schema).await?;
    let (proxy, place) = database.behind_proxy(1).await;
    let app = App::in_place(place, |builder| builder.limits(Limits::default().in_memory()).totp("Shop")).await;
    let mut trips = Vec::new();
    for round in 0..3 {
        let email = format!("ada{round}@example.org");
        let form = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
        let body = json!({ "email": email, "password": PASSWORD });
        let post = async |path: &str, body: &Value| app.send(Call::post(path).coming_from(HERE).json(body)).await;
        post("/auth/register", &form).await.is(201);
        proxy.take_round_trips();
        let access = post("/auth/login", &body).await.is(200).access_token();
        let plain = proxy.take_round_trips();
        let secret = app.send(Call::post("/auth/factors/totp").bearer(&access)).await.is(200).field("secret");
        let confirm = json!({ "code": totp_code(&secret, app.clock.now()) });
        app.send(Call::post("/auth/factors/totp/confirm").bearer(&access).json(&confirm)).await.is(200);
        app.clock.advance(Duration::from_secs(30));
        proxy.take_round_trips();
        let half = post("/auth/login", &body).await.is(401).field("sign_in");
        let first = proxy.take_round_trips();
        let step = json!({ "sign_in": half, "code": totp_code(&secret, app.clock.now()) });
        post("/auth/sign-in/totp", &step).await.is(200);
        trips = vec![plain, first, proxy.take_round_trips()];
    }
    Some(trips)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_trips_with_factors_do_not_become_more() {
    let found =
        [counted_with_factors::<Postgres>(SCHEMA_POSTGRES).await, counted_with_factors::<MySql>(SCHEMA_MYSQL).await];
    for (server, found) in found.into_iter().enumerate() {
        let Some(found) = found else { continue };
        let found: Vec<_> = WITH_FACTORS.iter().zip(found).map(|((what, _), trips)| (*what, trips)).collect();
        assert_eq!(found, WITH_FACTORS.map(|(what, trips)| (what, trips[server])));
    }
}

fn compare(expected: [(&str, [usize; 2]); 7], found: &[usize], server: usize) {
    let found: Vec<_> = expected.iter().zip(found).map(|((what, _), trips)| (*what, *trips)).collect();
    assert_eq!(found, expected.map(|(what, trips)| (what, trips[server])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_trips_on_postgres_do_not_become_more() {
    for (expected, limits) in [(EXPECTED, Limits::default().in_memory()), (WITH_COUNTERS, Limits::default())] {
        let Some(found) = counted::<Postgres>(SCHEMA_POSTGRES, limits).await else { return };
        compare(expected, &found, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_trips_on_mysql_do_not_become_more() {
    for (expected, limits) in [(EXPECTED, Limits::default().in_memory()), (WITH_COUNTERS, Limits::default())] {
        let Some(found) = counted::<MySql>(SCHEMA_MYSQL, limits).await else { return };
        compare(expected, &found, 1);
    }
}
