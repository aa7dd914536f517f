//! Two processes of this program on one PostgreSQL, with and without Redis, behind proxies that the test can cut.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod instance;

use std::time::{Duration, Instant};

use auth_tests::proxy::Proxy;
use auth_tests::redis::Space;
use auth_tests::server::Temporary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use instance::{Instance, Session};
use sha2::{Digest as _, Sha256};
use sqlx::Postgres;

/// The longest time until a session ended by another process is refused, with the database alone.
const BY_DATABASE: Duration = Duration::from_secs(1);
/// The same with Redis.
const BY_REDIS: Duration = Duration::from_millis(50);
/// The longest time until a store that does not answer is a 503.
const UNAVAILABLE: Duration = Duration::from_secs(2);

/// The two processes and what they use. Fields are in drop order: users before what they use.
struct Cluster {
    a: Instance,
    b: Instance,
    /// The proxy between B and the database.
    postgres: Proxy,
    redis: Option<Proxy>,
    _space: Option<Space>,
    _database: Temporary<Postgres>,
}

impl Cluster {
    /// Returns `None`, after a notice, if there is no server to test with.
    async fn start(with_redis: bool) -> Option<Self> {
        let database = Temporary::<Postgres>::new().await?;
        let postgres = Proxy::before(database.server()).await;
        let (mut space, mut redis, mut urls) = (None, None, [None, None]);
        if with_redis {
            let room = Space::new()?;
            let line = room.proxy().await;
            urls = [Some(room.url(None)), Some(room.url(Some(&line)))];
            (space, redis) = (Some(room), Some(line));
        }
        let [to_a, to_b] = urls;
        // Tests share the channel in Redis. With its own secret, each ignores the messages of the others.
        let secret = format!("base64:{}", STANDARD.encode(Sha256::digest(&database.name)));
        let a = Instance::start(&secret, &database.url(None), to_a).await;
        let b = Instance::start(&secret, &database.url(Some(&postgres)), to_b).await;
        Some(Self { a, b, postgres, redis, _space: space, _database: database })
    }

    async fn session(&self) -> Session {
        let session = self.a.register().await;
        self.b.me(&session).await.is(200);
        session
    }

    /// Ends a session on A and returns how long B went on accepting it.
    async fn log_out_on_a(&self, session: &Session) -> Duration {
        self.a.log_out(session).await.is(204);
        let ended = Instant::now();
        self.b.until(session, 401).await;
        ended.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rev_03_database_alone_carries_logouts_within_a_second() {
    let Some(cluster) = Cluster::start(false).await else { return };
    for _ in 0..3 {
        let session = cluster.session().await;
        let took = cluster.log_out_on_a(&session).await;
        assert!(took <= BY_DATABASE, "{took:?}");
        cluster.b.refresh(&session).await.is(401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rev_03_redis_carries_logouts_at_once() {
    let Some(cluster) = Cluster::start(true).await else { return };
    let mut times = Vec::new();
    for _ in 0..9 {
        let session = cluster.session().await;
        times.push(cluster.log_out_on_a(&session).await);
    }
    times.sort();
    // The median: on a busy machine, a single run may have waited for the CPU.
    assert!(times[4] <= BY_REDIS, "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn db_10_logouts_reach_other_instances_without_redis() {
    let Some(cluster) = Cluster::start(true).await else { return };
    let redis = cluster.redis.as_ref().unwrap();
    redis.cut().await;
    let session = cluster.session().await;
    let took = cluster.log_out_on_a(&session).await;
    assert!(took <= BY_DATABASE, "{took:?}");

    redis.resume();
    redis.next_connection().await;
    cluster.b.me(&session).await.is(401);
    let mut fastest = BY_DATABASE;
    for _ in 0..9 {
        fastest = fastest.min(cluster.log_out_on_a(&cluster.session().await).await);
    }
    assert!(fastest <= BY_REDIS, "{fastest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn db_12_missing_database_is_503_until_it_returns() {
    let Some(cluster) = Cluster::start(false).await else { return };
    let (session, ended) = (cluster.session().await, cluster.session().await);
    cluster.log_out_on_a(&ended).await;
    let leaving = cluster.session().await;
    for hangs in [false, true] {
        if hangs {
            cluster.postgres.hang();
        } else {
            cluster.postgres.cut().await;
        }
        // Rules are judged on the token as long as memory is trusted; after that, nobody is let in.
        cluster.b.until_at("/name", &session, 503).await;
        let b = &cluster.b;
        for what in ["me", "refresh", "log in", "log out"] {
            let asked = Instant::now();
            let answer = match what {
                "me" => b.me(&session).await,
                "refresh" => b.refresh(&session).await,
                "log in" => b.log_in().await,
                _ => b.log_out(&leaving).await,
            };
            let (answer, took) = (answer.is(503), asked.elapsed());
            assert!(took <= UNAVAILABLE && answer.retry_after.is_some(), "{what}: {took:?}");
        }
        cluster.b.me(&ended).await.is(401);
        cluster.postgres.resume();
        cluster.b.until(&session, 200).await;
        cluster.b.me(&ended).await.is(401);
        cluster.a.me(&session).await.is(200);
    }
    let took = cluster.log_out_on_a(&session).await;
    assert!(took <= BY_DATABASE, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ref_15_restarted_process_refuses_sessions_ended_before() {
    let Some(mut cluster) = Cluster::start(false).await else { return };
    let (goes_on, ended) = (cluster.session().await, cluster.session().await);
    cluster.a.log_out(&ended).await.is(204);
    cluster.b.restart().await;
    cluster.b.me(&ended).await.is(401);
    cluster.b.refresh(&ended).await.is(401);
    cluster.b.me(&goes_on).await.is(200);
}
