//! Our own tables in SQLite (DB-07).

use auth::store::Records;
use auth::store::sql::SqlRecords;
use sqlx::raw_sql;

use crate::backends::{Fixture, Sqlite};
use crate::race::race;
use crate::records::record;

#[tokio::test]
async fn db_07_preparing_again_changes_nothing() {
    let sqlite = Sqlite::open().await;
    let records = sqlite.records().first;
    records.insert(&record("a", "ann")).await.unwrap();
    records.prepare().await.unwrap();
    assert_eq!(records.get("kind", "a").await.unwrap(), Some(record("a", "ann")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn db_07_processes_that_start_at_once_all_succeed() {
    let sqlite = Sqlite::bare().await;
    let records = sqlite.records();
    race(|n| {
        let records = records.nth(n);
        async move { records.prepare().await.unwrap() }
    })
    .await;
    assert!(records.second.insert(&record("a", "ann")).await.unwrap());
    let applied: i64 =
        sqlx::query_scalar("SELECT count(*) FROM _auth_migrations").fetch_one(&sqlite.pools[0]).await.unwrap();
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn db_07_the_history_of_the_application_stays_its_own() {
    let sqlite = Sqlite::open().await;
    let ours = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(ours).fetch_one(&sqlite.pools[0]).await.unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn db_07_a_newer_release_may_have_migrated_already() {
    let sqlite = Sqlite::open().await;
    raw_sql("INSERT INTO _auth_migrations VALUES (999, 'later', 0, TRUE, x'00', 0)")
        .execute(&sqlite.pools[0])
        .await
        .unwrap();
    sqlite.records().first.prepare().await.unwrap();
}

#[tokio::test]
async fn teams_that_own_their_migrations_take_the_text() {
    let sqlite = Sqlite::bare().await;
    let records = SqlRecords::new(sqlite.pools[0].clone()).without_migrations();
    assert!(records.prepare().await.unwrap_err().is_unavailable(), "nobody has made the table");

    let text = auth::migrations::sql::<sqlx::Sqlite>();
    raw_sql(sqlx::AssertSqlSafe(text)).execute(&sqlite.pools[0]).await.unwrap();
    records.prepare().await.unwrap();
    assert!(records.insert(&record("a", "ann")).await.unwrap());

    sqlite.records().second.prepare().await.expect("and may let us take over later");
}
