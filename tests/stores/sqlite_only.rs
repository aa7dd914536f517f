//! Failures that only a real database has: it is away, busy, or holds invalid data.

use std::error::Error;
use std::time::Duration;

use auth::store::sql::{SqlRecords, SqlUsers};
use auth::store::{Records, StoreError, Users};
use sqlx::raw_sql;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::backends::{Fixture, Sqlite};
use crate::models::Member;
use crate::records::record;

#[tokio::test]
async fn db_12_a_closed_pool_is_unavailable() {
    let sqlite = Sqlite::new().await;
    let (records, members) = (sqlite.records().first, sqlite.members().first);
    sqlite.pools[0].close().await;
    assert!(records.get("kind", "a").await.unwrap_err().is_unavailable());
    assert!(records.insert(&record("a", "ann")).await.unwrap_err().is_unavailable());
    assert!(members.find(&1).await.unwrap_err().is_unavailable());
    assert!(members.create(Member::sign_up("ann@x.org")).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn db_12_a_pool_without_a_free_connection_is_unavailable() {
    let sqlite = Sqlite::new().await;
    let options = SqliteConnectOptions::new().filename(sqlite.path());
    let one = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(300));
    let pool = one.connect_with(options).await.unwrap();
    let held = pool.acquire().await.unwrap();
    let records = SqlRecords::new(pool);
    assert!(records.get("kind", "a").await.unwrap_err().is_unavailable());
    drop(held);
    assert_eq!(records.get("kind", "a").await.unwrap(), None, "and recovers by itself");
}

#[tokio::test]
async fn db_12_a_locked_database_is_unavailable_and_nothing_is_stored() {
    let sqlite = Sqlite::new().await;
    let options = SqliteConnectOptions::new().filename(sqlite.path()).busy_timeout(Duration::from_millis(10));
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let (records, members) = (SqlRecords::new(pool.clone()), SqlUsers::<Member, _>::new(pool));

    let writer = sqlite.pools[0].begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert!(records.insert(&record("a", "ann")).await.unwrap_err().is_unavailable());
    let error = members.create(Member::sign_up("ann@x.org")).await.unwrap_err();
    assert!(error.is_unavailable() && error.taken_login().is_none());
    writer.rollback().await.unwrap();

    assert_eq!(records.get("kind", "a").await.unwrap(), None);
    assert_eq!(members.find_by_login(Member::EMAIL, "ann@x.org").await.unwrap(), None);
    members.create(Member::sign_up("ann@x.org")).await.unwrap();
}

#[tokio::test]
async fn missing_table_is_unavailable_and_not_empty() {
    let sqlite = Sqlite::bare().await;
    assert!(sqlite.records().first.get("kind", "a").await.unwrap_err().is_unavailable());
    assert!(sqlite.members().first.find(&1).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn invalid_values_are_errors_and_no_decision() {
    let sqlite = Sqlite::new().await;
    let pool = &sqlite.pools[0];
    let members = sqlite.members().first;
    let id = members.create(Member::sign_up("ann@x.org")).await.unwrap().id;
    raw_sql("UPDATE members SET roles = 'author,king'").execute(pool).await.unwrap();
    let error = members.find(&id).await.unwrap_err();
    assert!(!error.is_unavailable());
    let causes = causes(&error);
    assert!(causes.contains("`king` is not one of the roles author, editor"), "{causes}");

    raw_sql("UPDATE members SET roles = '', favourite = 'king'").execute(pool).await.unwrap();
    assert!(self::causes(&members.find(&id).await.unwrap_err()).contains("`king`"));

    raw_sql("UPDATE members SET permissions = 'write,fly', favourite = 'editor'").execute(pool).await.unwrap();
    let causes = self::causes(&members.find(&id).await.unwrap_err());
    assert!(causes.contains("`fly` is not one of the permissions write, posts:publish"), "{causes}");
    raw_sql("UPDATE members SET permissions = '', favourite_permission = 'fly'").execute(pool).await.unwrap();
    assert!(self::causes(&members.find(&id).await.unwrap_err()).contains("`fly`"));

    let records = sqlite.records().first;
    records.insert(&record("a", "ann")).await.unwrap();
    raw_sql("UPDATE auth_records SET expires_at = -1").execute(pool).await.unwrap();
    assert!(!records.get("kind", "a").await.unwrap_err().is_unavailable());
}

/// sqlx would read NULL as 0, `""` or `false`, and so could find an account by an id that it does not have.
#[tokio::test]
async fn null_in_a_required_field_is_an_error() {
    let sqlite = Sqlite::bare().await;
    let loose = Member::TABLE.replace(" NOT NULL", "").replace("id INTEGER PRIMARY KEY", "id BIGINT PRIMARY KEY");
    raw_sql(sqlx::AssertSqlSafe(loose)).execute(&sqlite.pools[0]).await.unwrap();
    let members = sqlite.members().first;
    let error = members.create(Member::sign_up("ann@x.org")).await.unwrap_err();
    assert!(
        !error.is_unavailable() && causes(&error).contains("decoding column id: unexpected null"),
        "{}",
        causes(&error)
    );
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM members").fetch_one(&sqlite.pools[0]).await.unwrap();
    assert_eq!(rows, 0, "nothing stays that was answered with an error");

    raw_sql("INSERT INTO members (id, email, is_active) VALUES (7, 'ann@x.org', NULL)")
        .execute(&sqlite.pools[0])
        .await
        .unwrap();
    let error = members.find(&7).await.unwrap_err();
    assert!(causes(&error).contains("decoding column is_active: unexpected null"));
    raw_sql("UPDATE members SET is_active = TRUE").execute(&sqlite.pools[0]).await.unwrap();
    assert_eq!(members.find(&7).await.unwrap().unwrap().nick, None, "an `Option` may be NULL");
}

#[tokio::test]
async fn unrelated_constraint_is_neither_taken_nor_unavailable() {
    let sqlite = Sqlite::new().await;
    let error = sqlite.members().first.create(Member::sign_up_as("ann@x.org", "root")).await.unwrap_err();
    assert_eq!((error.taken_login(), error.is_unavailable()), (None, false));
}

/// The index is on an expression, so the database's message names no column.
#[tokio::test]
async fn taken_login_is_found_without_constraint_name() {
    let sqlite = Sqlite::bare().await;
    let table = Member::TABLE.replace("nick TEXT UNIQUE", "nick TEXT");
    raw_sql(sqlx::AssertSqlSafe(table)).execute(&sqlite.pools[0]).await.unwrap();
    raw_sql("CREATE UNIQUE INDEX by_nick ON members (nick || '')").execute(&sqlite.pools[0]).await.unwrap();
    let members = sqlite.members().first;
    members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    let error = members.create(Member::sign_up_as("bob@x.org", "Ann")).await.unwrap_err();
    assert_eq!(error.taken_login(), Some(Member::NICK));
}

#[tokio::test]
async fn rows_may_lack_a_login() {
    let sqlite = Sqlite::new().await;
    raw_sql("INSERT INTO members (email) VALUES ('ann@x.org'), ('bob@x.org')").execute(&sqlite.pools[0]).await.unwrap();
    let members = sqlite.members().first;
    let ann = members.find_by_login(Member::EMAIL, "ann@x.org").await.unwrap().unwrap();
    assert_eq!((ann.nick, ann.password_hash), (None, None));
    assert_eq!(members.find_by_login(Member::NICK, "").await.unwrap(), None);
    assert!(members.problems().await.unwrap().is_ready());
}

#[tokio::test]
async fn db_03_column_collation_does_not_merge_logins() {
    let sqlite = Sqlite::bare().await;
    let table = Member::TABLE.replace("nick TEXT", "nick TEXT COLLATE NOCASE");
    raw_sql(sqlx::AssertSqlSafe(table)).execute(&sqlite.pools[0]).await.unwrap();
    let members = sqlite.members().first;
    members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    assert_eq!(members.find_by_login(Member::NICK, "ANN").await.unwrap(), None);
    assert!(members.find_by_login(Member::NICK, "Ann").await.unwrap().is_some());
}

/// The error and its causes.
fn causes(error: &StoreError) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(" < ")
}
