//! Unusable connections, and isolation levels other than the default, on servers.

use std::sync::Arc;

use auth::store::sql::{SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::store::{Records as _, Users as _};
use auth_tests::Server;
use sqlx::{MySql, Pool, Postgres, pool::PoolOptions};
use tokio::task::JoinSet;

use crate::backends::{Database, Fixture as _, OnServer};
use crate::models::Member;
use crate::records::record;
use crate::servers::everything;

trait Session: Server {
    /// Makes this session read-only.
    const READ_ONLY: &'static str;
    /// Selects the ids of the other sessions in this database.
    const OTHERS: &'static str;
    /// Ends the session `{id}`.
    const KILL: &'static str;
    /// Sets the isolation level to `{level}`.
    const ISOLATION: &'static str;
    const LEVELS: [&'static str; 2];
}

impl Session for Postgres {
    const READ_ONLY: &'static str = "SET default_transaction_read_only = on";
    const OTHERS: &'static str = "SELECT pid::bigint FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'theirs' AND pid <> pg_backend_pid()";
    const KILL: &'static str = "SELECT pg_terminate_backend({id})";
    const ISOLATION: &'static str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}";
    const LEVELS: [&'static str; 2] = ["READ COMMITTED", "SERIALIZABLE"];
}

impl Session for MySql {
    const READ_ONLY: &'static str = "SET SESSION TRANSACTION READ ONLY";
    const OTHERS: &'static str = "SELECT id FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command = 'Sleep'";
    const KILL: &'static str = "KILL {id}";
    const ISOLATION: &'static str = "SET SESSION TRANSACTION ISOLATION LEVEL {level}";
    const LEVELS: [&'static str; 2] = ["READ UNCOMMITTED", "SERIALIZABLE"];
}

crate::on_every_store! { @postgres crate::backends::OnServer<sqlx::Postgres>, open: db_12_a_server_that_may_only_be_read_from_is_left db_12_connections_that_were_killed_cost_no_read db_02_sign_ups_at_once_succeed_at_every_isolation_level }
crate::on_every_store! { @mysql crate::backends::OnServer<sqlx::MySql>, open: db_12_a_server_that_may_only_be_read_from_is_left db_12_connections_that_were_killed_cost_no_read db_02_sign_ups_at_once_succeed_at_every_isolation_level }

/// Runs a statement on each connection of a pool.
async fn on_each<S: Server>(pool: &Pool<S>, sql: &str) {
    let mut held = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        held.push(pool.acquire().await.unwrap());
    }
    for connection in &mut held {
        use sqlx::SqlSafeStr as _;
        let sql = sqlx::AssertSqlSafe(sql).into_sql_str();
        S::execute(connection, sql, S::Arguments::default()).await.unwrap();
    }
}

async fn db_12_a_server_that_may_only_be_read_from_is_left<S>(database: &OnServer<S>)
where
    S: Session,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    // After a failover: the pool is connected to the former primary, new connections go to the new one.
    let pool = database.pool_of(1, None).await;
    on_each(&pool, S::READ_ONLY).await;
    let error = SqlRecords::new(pool.clone()).insert(&record("a", "ann")).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert!(SqlRecords::new(pool.clone()).insert(&record("a", "ann")).await.unwrap());
    on_each(&pool, S::READ_ONLY).await;
    let members = SqlUsers::<Member, S>::new(pool);
    assert!(members.create(Member::sign_up("ann@x.org")).await.unwrap_err().is_unavailable());
    members.create(Member::sign_up("ann@x.org")).await.unwrap();
}

async fn db_12_connections_that_were_killed_cost_no_read<S>(database: &OnServer<S>)
where
    S: Session,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
{
    // An application whose pool does not test connections before use.
    let pool = PoolOptions::<S>::new().max_connections(8).test_before_acquire(false);
    let pool = pool.connect(&database.url()).await.unwrap();
    if <S as Server>::NAME == "PostgreSQL" {
        on_each(&pool, "SET application_name = 'theirs'").await;
    } else {
        on_each(&pool, "SELECT 1").await;
    }
    while pool.num_idle() < 8 {
        tokio::task::yield_now().await;
    }
    let others = database.numbers(S::OTHERS).await;
    assert!(others.len() >= 8);
    // (The fixture's own pools test their connections.)
    for id in others {
        drop(database.try_run(&S::KILL.replace("{id}", &id.to_string())).await);
    }
    let members = SqlUsers::<Member, S>::new(pool.clone());
    for _ in 0..2 {
        assert_eq!(members.find(&1).await.unwrap(), None);
    }
    members.create(Member::sign_up("ann@x.org")).await.unwrap();
}

async fn db_02_sign_ups_at_once_succeed_at_every_isolation_level<S>(database: &OnServer<S>)
where
    S: Session,
    OnServer<S>: Database<Driver = S>,
    Member: SqlUser<S> + SqlRow<S>,
    SqlUsers<Member, S>: auth::store::Users<Member>,
{
    for (n, level) in S::LEVELS.into_iter().enumerate() {
        let pool = database.pool_of(16, None).await;
        on_each(&pool, &S::ISOLATION.replace("{level}", level)).await;
        let members = Arc::new(SqlUsers::<Member, S>::new(pool.clone()));
        let mut sign_ups = JoinSet::new();
        for i in 0..64 {
            let members = Arc::clone(&members);
            sign_ups.spawn(async move { members.create(Member::sign_up(&format!("{n}.{i}@x.org"))).await });
        }
        for done in sign_ups.join_all().await {
            assert!(done.is_ok(), "{level}: {}", everything(&done.unwrap_err()));
        }
        let mut sign_ups = JoinSet::new();
        for _ in 0..16 {
            let members = Arc::clone(&members);
            sign_ups.spawn(async move { members.create(Member::sign_up(&format!("{n}.one@x.org"))).await });
        }
        let results = sign_ups.join_all().await;
        assert_eq!(results.iter().filter(|one| one.is_ok()).count(), 1, "{level}");
        for error in results.into_iter().filter_map(Result::err) {
            assert!(error.taken_login().is_some(), "{level}: {}", everything(&error));
        }
        let records = Arc::new(SqlRecords::new(pool));
        let mut inserts = JoinSet::new();
        for _ in 0..16 {
            let records = Arc::clone(&records);
            inserts.spawn(async move { records.insert(&record(&format!("{n}"), "ann")).await });
        }
        let results = inserts.join_all().await;
        assert!(results.iter().all(Result::is_ok), "{level}: {results:?}");
        assert_eq!(results.iter().filter(|one| matches!(one, Ok(true))).count(), 1, "{level}");
    }
}

#[tokio::test]
async fn transaction_pooler_is_named_and_its_connection_left() {
    let Some(postgres) = OnServer::<Postgres>::open().await else { return };
    // As with pgbouncer in transaction mode: the prepared statements of another client exist already.
    let pool = postgres.pool_of(1, None).await;
    for n in 1..9 {
        Postgres::run(&pool, format!("PREPARE sqlx_s_{n} AS SELECT 1")).await.unwrap();
    }
    let error = SqlRecords::new(pool.clone()).prepare().await.unwrap_err();
    assert!(everything(&error).contains("max_prepared_statements"), "{}", everything(&error));
    SqlRecords::new(pool.clone()).prepare().await.unwrap();
    for n in 1..9 {
        // Statements prepared on this connection exist already; the others are new.
        drop(Postgres::run(&pool, format!("PREPARE sqlx_s_{n} AS SELECT 1")).await);
    }
    let members = SqlUsers::<Member, _>::new(pool);
    let error = members.find(&1).await.unwrap_err();
    let text = everything(&error);
    assert!(error.is_unavailable() && text.contains("42P05") && text.contains("max_prepared_statements"), "{text}");
    assert_eq!(members.find(&1).await.unwrap(), None);
}
