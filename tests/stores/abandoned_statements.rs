//! Abandoned calls on real servers (promise 7: a quick 503, and recovery without a restart).

use std::time::Duration;

use auth::store::Users as _;
use auth::store::sql::{SqlRow, SqlUser, SqlUsers};
use auth_tests::Server;
use sqlx::{MySql, Pool, Postgres};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::backends::{Database, OnServer};
use crate::models::Member;

/// How long a caller waits here; a request waits one and a half seconds.
const PATIENCE: Duration = Duration::from_millis(100);

/// The time after which the library has checked whether the server still runs abandoned statements.
const UNTIL_A_LOOK: Duration = Duration::from_secs(11);

trait Lock: Server {
    const LOCK: &'static str;
    const UNLOCK: &'static str;
    /// A query for the number of statements that wait for a lock in this database.
    const WAITING: &'static str;
    /// The same for statements that have waited longer than any request waits.
    const WAITING_LONG: &'static str;
}

impl Lock for Postgres {
    const LOCK: &'static str = "BEGIN; LOCK TABLE members IN ACCESS EXCLUSIVE MODE";
    const UNLOCK: &'static str = "COMMIT";
    const WAITING: &'static str =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    const WAITING_LONG: &'static str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '5.5 seconds'";
}

impl Lock for MySql {
    const LOCK: &'static str = "LOCK TABLES members WRITE";
    const UNLOCK: &'static str = "UNLOCK TABLES";
    const WAITING: &'static str = "SELECT COUNT(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND state LIKE 'Waiting for%'";
    const WAITING_LONG: &'static str = "SELECT COUNT(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND state LIKE 'Waiting for%' AND time > 6";
}

/// Generates a test for each function and server; on one thread, because tests move the clock.
macro_rules! on_servers {
    ($($test:ident)+) => {
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(server) = super::OnServer::<sqlx::Postgres>::open().await else { return };
                super::$test(&server).await;
            })+
            use crate::backends::Fixture as _;
        }
        mod mysql {
            $(#[tokio::test]
            async fn $test() {
                let Some(server) = super::OnServer::<sqlx::MySql>::open().await else { return };
                super::$test(&server).await;
            })+
            use crate::backends::Fixture as _;
        }
    };
}

on_servers! {
    db_12_abandoned_statements_hold_at_most_the_pool_size
    db_12_statement_waiting_long_for_a_lock_is_abandoned
    db_12_dead_connection_is_closed_after_a_while
    db_12_a_pool_that_is_closed_waits_for_nobody
}

async fn members_of<S>(pool: &Pool<S>) -> SqlUsers<Member, S>
where
    S: Lock,
    Member: SqlUser<S> + SqlRow<S>,
{
    let members = SqlUsers::new(pool.clone());
    assert_eq!(members.find(&1).await.unwrap(), None);
    members
}

/// Makes concurrent calls, all of which are abandoned.
async fn give_up<S>(calls: usize, pool: &Pool<S>)
where
    S: Lock,
    Member: SqlUser<S> + SqlRow<S>,
{
    let mut all = JoinSet::new();
    for _ in 0..calls {
        let members = SqlUsers::<Member, S>::new(pool.clone());
        all.spawn(async move { timeout(PATIENCE, members.find(&1)).await.is_ok_and(|found| found.is_ok()) });
    }
    assert!(all.join_all().await.iter().all(|found| !found));
}

async fn until<S: Lock>(database: &OnServer<S>, count: i64, query: &str)
where
    OnServer<S>: Database<Driver = S>,
{
    while database.count(query).await != count {
        tokio::task::yield_now().await;
    }
}

/// Moves the clock past the next check.
async fn pass() {
    tokio::time::pause();
    tokio::time::advance(UNTIL_A_LOOK).await;
    tokio::time::resume();
}

async fn db_12_abandoned_statements_hold_at_most_the_pool_size<S>(database: &OnServer<S>)
where
    S: Lock,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    let pool = database.pool_of(5, None).await;
    let members = members_of(&pool).await;
    let theirs = database.pool_of(1, None).await;
    S::run(&theirs, S::LOCK.to_owned()).await.unwrap();
    for round in 0..12 {
        give_up(20, &pool).await;
        let waiting = database.count(S::WAITING).await;
        assert!(waiting <= 5, "{waiting} in round {round}");
    }
    assert_eq!(database.count(S::WAITING).await, 5, "but they do wait");
    S::run(&theirs, S::UNLOCK.to_owned()).await.unwrap();
    assert_eq!(members.find(&1).await.unwrap(), None, "and all is well when the lock goes");
    until(database, 0, S::WAITING).await;
}

async fn db_12_statement_waiting_long_for_a_lock_is_abandoned<S>(database: &OnServer<S>)
where
    S: Lock,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    let line = database.line().await;
    let pool = database.pool_of(1, Some(&line)).await;
    let members = members_of(&pool).await;
    let theirs = database.pool_of(1, None).await;
    S::run(&theirs, S::LOCK.to_owned()).await.unwrap();
    give_up(1, &pool).await;
    until(database, 1, S::WAITING_LONG).await;
    for _ in 0..3 {
        // Each check opens a connection, so a second connection shows that the first check has finished.
        tokio::join!(line.next_connection(), pass());
        until(database, 1, S::WAITING).await;
        while line.open() > 1 {
            tokio::task::yield_now().await;
        }
    }
    S::run(&theirs, S::UNLOCK.to_owned()).await.unwrap();
    assert_eq!(members.find(&1).await.unwrap(), None);
}

async fn db_12_dead_connection_is_closed_after_a_while<S>(database: &OnServer<S>)
where
    S: Lock,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    let line = database.line().await;
    let pool = database.pool_of(2, Some(&line)).await;
    let members = members_of(&pool).await;
    let theirs = database.pool_of(1, None).await;
    S::run(&theirs, S::LOCK.to_owned()).await.unwrap();
    give_up(2, &pool).await;
    until(database, 2, S::WAITING).await;
    // The statements will end, but the client will not learn of it.
    line.lose();
    S::run(&theirs, S::UNLOCK.to_owned()).await.unwrap();
    until(database, 0, S::WAITING).await;
    assert_eq!(pool.size(), 2);
    while pool.size() == 2 {
        pass().await;
        tokio::task::yield_now().await;
    }
    assert_eq!(members.find(&1).await.unwrap(), None);
    // The server itself is gone: the check gets no answer either.
    line.hang();
    give_up(1, &pool).await;
    line.lose();
    while pool.size() > 0 {
        pass().await;
        tokio::task::yield_now().await;
    }
    line.resume();
    assert_eq!(members.find(&1).await.unwrap(), None);
}

async fn db_12_a_pool_that_is_closed_waits_for_nobody<S>(database: &OnServer<S>)
where
    S: Lock,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    let pool = database.pool_of(2, None).await;
    members_of(&pool).await;
    let theirs = database.pool_of(1, None).await;
    S::run(&theirs, S::LOCK.to_owned()).await.unwrap();
    give_up(2, &pool).await;
    timeout(Duration::from_secs(7), pool.close()).await.expect("it closes");
    S::run(&theirs, S::UNLOCK.to_owned()).await.unwrap();
}
