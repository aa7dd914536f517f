//! What the database does not let its user do is said with the statement, and with what its owner grants.

use std::str::FromStr as _;

use auth::Auth;
use auth::cli::{Outcome, run_with};
use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::Place;
use auth_tests::operated::{Account, SECRET, TABLE_MYSQL, TABLE_POSTGRES, routes};
use sqlx::mysql::{MySqlConnectOptions, MySqlPool};
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Pool};

use crate::stage::{mysql, postgres, words};

async fn run<DB: auth::store::sql::Dialect>(pool: &Pool<DB>, line: &str) -> Outcome
where
    Account: SqlUser<DB> + SqlRow<DB>,
{
    let builder = async || {
        let backend = auth::store::sql::SqlBackend::new(pool.clone());
        Ok::<_, auth::Error>(Auth::<Account>::builder(backend).secret(SECRET.clone()))
    };
    run_with(words(line), std::io::empty(), builder, routes).await.unwrap()
}

#[tokio::test]
async fn postgres_user_without_create_is_told_what_to_grant() {
    let Some(place) = postgres(TABLE_POSTGRES).await else { return };
    let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&place.pool()).await.unwrap();
    let role = format!("cli_{database}");
    place
        .sql(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON accounts TO {role}"))
        .await
        .unwrap();
    let url = std::env::var("TEST_POSTGRES_URL").unwrap();
    let options = PgConnectOptions::from_str(&url).unwrap().database(&database).username(&role);
    let pool = PgPool::connect_with(options).await.unwrap();
    for line in ["prepare", "user list", "doctor"] {
        let denied = run(&pool, line).await;
        let said = denied.stdout.clone() + &denied.stderr;
        assert_eq!(denied.code, 3, "{line}: {denied:?}");
        for part in [&format!("GRANT USAGE, CREATE ON SCHEMA public TO {role};"), "CREATE TABLE"] {
            assert!(said.contains(part), "{line}: {part}: {said}");
        }
    }
    place.sql(&format!("GRANT USAGE, CREATE ON SCHEMA public TO {role}")).await.unwrap();
    assert_eq!(run(&pool, "prepare").await.code, 0, "its advice helps");
    assert_eq!(run(&pool, "user list").await.code, 0);
    // What is missing on the table of users is an error of the schema.
    place.sql(&format!("REVOKE UPDATE ON accounts FROM {role}")).await.unwrap();
    let missing = run(&pool, "doctor").await;
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.stdout.contains(&format!("GRANT UPDATE ON \"accounts\" TO {role};")), "{missing:?}");
    pool.close().await;
    place.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn mysql_user_without_create_is_told_what_to_grant() {
    let Some(place) = mysql(TABLE_MYSQL).await else { return };
    let database: String = sqlx::query_scalar("SELECT DATABASE()").fetch_one(&place.pool()).await.unwrap();
    let user = format!("cli{}", &database[database.len().saturating_sub(20)..]);
    let made = format!(
        "CREATE USER '{user}'@'%' IDENTIFIED BY 'pw'; GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{user}'@'%'"
    );
    place.sql(&made).await.unwrap();
    let url = std::env::var("TEST_MYSQL_URL").unwrap();
    let options = MySqlConnectOptions::from_str(&url).unwrap().database(&database).username(&user).password("pw");
    let pool = MySqlPool::connect_with(options.clone()).await.unwrap();
    let denied = run(&pool, "prepare").await;
    assert_eq!(denied.code, 3, "{denied:?}");
    let grant = format!("ON `{database}`.* TO '{user}'@'%';");
    for part in ["GRANT CREATE, ALTER", &grant, "CREATE TABLE"] {
        assert!(denied.stderr.contains(part), "{part}: {}", denied.stderr);
    }
    let begin = denied.stderr.find("GRANT CREATE").unwrap();
    let statement = denied.stderr[begin..].lines().next().unwrap().to_owned();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&place.pool()).await.unwrap();
    // The server looks at them when a connection begins.
    pool.close().await;
    let pool = MySqlPool::connect_with(options).await.unwrap();
    let done = run(&pool, "prepare").await;
    assert_eq!(done.code, 0, "its advice helps: {done:?}");
    pool.close().await;
    place.sql(&format!("DROP USER '{user}'@'%'")).await.unwrap();
}
