//! What `build()` refuses about tables that only one of the servers can have (promise 11).

use auth::store::sql::{SqlRecords, SqlUsers};
use auth::store::{Records, Users};
use auth_tests::Server;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, MySql, PgPool, Postgres};

use crate::backends::{Database, OnServer, all};
use crate::schema::follow;
use crate::sign_up::{Person, columns, signs_up};

type OnPostgres = OnServer<Postgres>;
type OnMySql = OnServer<MySql>;

/// Checks that there is exactly this problem, and that its statement corrects it.
async fn is_one_problem<D: Database>(database: &D, expected: &str)
where
    Person: auth::store::sql::SqlUser<D::Driver> + auth::store::sql::SqlRow<D::Driver>,
{
    let problems = database.problems::<Person>().await;
    assert!(problems.len() == 1 && problems[0].contains(expected), "{expected}: {problems:#?}");
    follow(database, &problems, &[]).await;
    assert_eq!(database.problems::<Person>().await, [""; 0]);
}

#[tokio::test]
async fn postgresql_login_without_usable_index_is_reported() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    postgres.run("CREATE EXTENSION citext").await;
    for (ty, expected) in [
        ("CITEXT", "`people.email` is `citext`, so that each login reads the whole table"),
        ("CHAR(255)", "`people.email` is `character(255)`, which fills texts up with blanks"),
    ] {
        let columns = columns::<OnPostgres>().replace("email VARCHAR(255)", &format!("email {ty}"));
        postgres.run(&format!("CREATE TABLE people ({columns})")).await;
        postgres.run("INSERT INTO people (email, password_hash, display_name) VALUES ('old@x.org', '', '')").await;
        is_one_problem(&postgres, expected).await;
        signs_up(&postgres, "new@x.org").await;
        let users = SqlUsers::<Person, _>::new(postgres.pool(0));
        assert!(users.find_by_login(0, "old@x.org").await.unwrap().is_some(), "without blanks at its end");
        postgres.run("DROP TABLE people").await;
    }
}

#[tokio::test]
async fn domains_have_length_default_and_not_null() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    postgres.run("CREATE DOMAIN name AS VARCHAR(99); CREATE DOMAIN many AS TEXT NOT NULL DEFAULT ''").await;
    let columns = columns::<OnPostgres>()
        .replace("password_hash VARCHAR(255)", "password_hash public.name")
        .replace("roles VARCHAR(99) NOT NULL DEFAULT ''", "roles many");
    postgres.run(&format!("CREATE TABLE people ({columns})")).await;
    is_one_problem(&postgres, "`people.password_hash` has room for 99 characters").await;
    signs_up(&postgres, "new@x.org").await;
}

#[tokio::test]
async fn partitioned_table_without_uniqueness_is_one_message() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    let columns = columns::<OnPostgres>().replace(" UNIQUE", "");
    postgres.run(&format!("CREATE TABLE people ({columns}) PARTITION BY HASH (id)")).await;
    postgres.run("CREATE TABLE part PARTITION OF people FOR VALUES WITH (MODULUS 1, REMAINDER 0)").await;
    let problems = postgres.problems::<Person>().await;
    assert!(
        problems.len() == 1 && problems[0].contains("a unique index of a partitioned table must contain"),
        "{problems:#?}"
    );
}

/// A connection to the same database as another role.
pub(crate) async fn connected_as(postgres: &OnPostgres, role: &str) -> PgPool {
    let options: PgConnectOptions = Postgres::url().unwrap().parse().unwrap();
    let name: String =
        sqlx::query_scalar("SELECT current_database()::text").fetch_one(&postgres.pool(0)).await.unwrap();
    PgPoolOptions::new().max_connections(1).connect_with(options.database(&name).username(role)).await.unwrap()
}

#[tokio::test]
async fn missing_privileges_are_reported_with_the_grant() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    let role = format!("auth_app_{}", std::process::id());
    postgres.run(&format!("CREATE TABLE people ({})", columns::<OnPostgres>())).await;
    postgres.run(&auth::migrations::sql::<Postgres>()).await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN")).await;
    postgres
        .run(&format!("GRANT SELECT, DELETE ON auth_records TO {role}; GRANT SELECT, INSERT ON people TO {role}"))
        .await;
    let app = connected_as(&postgres, &role).await;

    let users = SqlUsers::<Person, _>::new(app.clone());
    let problems = all(users.problems().await.unwrap());
    let expected = format!("{role}, has no right to UPDATE in `people`: GRANT UPDATE ON \"people\" TO {role};");
    assert!(problems.len() == 1 && problems[0].contains(&expected), "{problems:#?}");
    follow(&postgres, &problems, &[]).await;
    let report = users.problems().await.unwrap();
    let expected = format!(
        "`auth.accounts().delete(…)` fails: the user of the database, {role}, has no right to DELETE in `people`"
    );
    assert!(report.is_ready() && report.notes.len() == 1 && report.notes[0].contains(&expected), "{report:#?}");
    let problems = report.notes;
    follow(&postgres, &problems, &[]).await;
    assert_eq!(all(users.problems().await.unwrap()), [""; 0]);

    let records = SqlRecords::new(app.clone()).without_migrations();
    let problems = records.problems().await.unwrap();
    assert!(
        problems.len() == 1 && problems[0].contains("no right to INSERT, UPDATE in `auth_records`"),
        "{problems:#?}"
    );
    follow(&postgres, &problems, &[]).await;
    assert_eq!(records.problems().await.unwrap(), [""; 0]);
    postgres.run(&format!("REVOKE DELETE ON auth_records FROM {role}")).await;
    assert!(records.problems().await.unwrap()[0].contains("no right to DELETE"));
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn missing_sequence_privilege_is_reported_with_the_grant() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    let role = format!("auth_seq_{}", std::process::id());
    let columns = columns::<OnPostgres>();
    let (id, rest) = columns.split_once(',').unwrap();
    assert!(id.starts_with("id "), "{id}");
    postgres.run("CREATE SCHEMA \"Odd one\"; CREATE SEQUENCE \"Odd one\".\"of people\"").await;
    let counted = "id BIGINT PRIMARY KEY DEFAULT nextval('\"Odd one\".\"of people\"')";
    postgres.run(&format!("CREATE TABLE people ({counted},{rest})")).await;
    postgres.run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON people TO {role}")).await;
    postgres.run(&format!("GRANT USAGE ON SCHEMA \"Odd one\" TO {role}")).await;
    let app = connected_as(&postgres, &role).await;
    let users = SqlUsers::<Person, _>::new(app.clone());
    let problems = all(users.problems().await.unwrap());
    let expected = format!("nobody could sign up: GRANT USAGE ON SEQUENCE \"Odd one\".\"of people\" TO {role};");
    assert!(problems.len() == 1 && problems[0].contains(&expected), "{problems:#?}");
    follow(&postgres, &problems, &[]).await;
    assert_eq!(all(users.problems().await.unwrap()), [""; 0]);
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn mysql_login_in_another_charset_is_reported() {
    let Some(mysql) = OnMySql::without_tables().await else { return };
    for (set, collation) in [("latin1", "utf8mb4_bin"), ("utf8mb3", "utf8mb4_general_ci")] {
        let bin = if set == "latin1" { " COLLATE latin1_bin" } else { "" };
        mysql.run(&format!("CREATE TABLE people ({}) CHARACTER SET {set}{bin}", columns::<OnMySql>())).await;
        is_one_problem(&mysql, &format!("`people.email` has the character set {set}")).await;
        let now: String = sqlx::query_scalar(
            "SELECT collation_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'email'",
        )
        .fetch_one(&mysql.pool(0))
        .await
        .unwrap();
        assert!(now == collation || !bin.is_empty() || now.starts_with("utf8mb4"), "{now}");
        assert!(bin.is_empty() || now == collation, "what compared every byte does so still: {now}");
        signs_up(&mysql, "\u{1f600}@x.org").await;
        mysql.run("DROP TABLE people").await;
    }
}

#[tokio::test]
async fn a_modify_of_mysql_keeps_what_the_column_had() {
    let Some(mysql) = OnMySql::without_tables().await else { return };
    let columns = columns::<OnMySql>()
        .replace(
            "display_name VARCHAR(255) NOT NULL",
            "display_name VARCHAR(255) DEFAULT 'it''s' COMMENT 'as \"shown\" it''s' CHECK (display_name <> 'it''s me')",
        )
        .replace(
            "created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
            "created_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'when'",
        );
    mysql.run(&format!("CREATE TABLE people ({columns}, twice VARCHAR(9) AS ('x') STORED)")).await;
    let problems = mysql.problems::<Person>().await;
    assert_eq!(problems.len(), 2, "display_name and created_at may be NULL: {problems:#?}");
    follow(&mysql, &problems, &[]).await;
    assert_eq!(mysql.problems::<Person>().await, [""; 0]);
    let kept = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND is_nullable = 'NO' AND
        (column_name = 'display_name' AND column_default LIKE '%it%s%' AND column_comment = 'as \"shown\" it''s'
         OR column_name = 'created_at' AND column_default LIKE 'current_timestamp%' AND extra LIKE '%on update current_timestamp%'
            AND column_comment = 'when')";
    assert_eq!(mysql.count(kept).await, 2);
    signs_up(&mysql, "new@x.org").await;
    let refused = sqlx::query("UPDATE people SET display_name = 'it''s me'");
    refused.execute(&mysql.pool(0)).await.expect_err("the CHECK of the column has stayed");
}

#[tokio::test]
async fn generated_column_of_mysql_stays_generated() {
    let Some(mysql) = OnMySql::without_tables().await else { return };
    let columns = columns::<OnMySql>()
        .replace("is_active BOOLEAN NOT NULL DEFAULT TRUE", "is_active BOOLEAN AS (email <> 'gone') STORED");
    mysql.run(&format!("CREATE TABLE people ({columns})")).await;
    assert_eq!(mysql.problems::<Person>().await, [""; 0], "sign-up does not write it, and no row is without it");
    signs_up(&mysql, "new@x.org").await;
}

#[tokio::test]
async fn mysql_mode_that_truncates_text_is_refused() {
    let Some(mysql) = OnMySql::without_tables().await else { return };
    mysql.run(&format!("CREATE TABLE people ({})", columns::<OnMySql>())).await;
    let name: String = sqlx::query_scalar("SELECT DATABASE()").fetch_one(&mysql.pool(0)).await.unwrap();
    let options: sqlx::mysql::MySqlConnectOptions = MySql::url().unwrap().parse().unwrap();
    let loose = MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(
            async move { sqlx::query("SET SESSION sql_mode = 'NO_ZERO_DATE'").execute(connection).await.map(drop) },
        )
    });
    let loose = loose.connect_with(options.database(&name)).await.unwrap();
    let problems = all(SqlUsers::<Person, _>::new(loose.clone()).problems().await.unwrap());
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let (sentence, statement) = problems[0].rsplit_once(": ").unwrap();
    assert!(sentence.starts_with("the sql_mode of this connection is `NO_ZERO_DATE`"), "{sentence}");
    // The statement is for the whole server, which other tests use, so it is applied to one session only.
    let strict = statement.strip_prefix("SET GLOBAL").unwrap().replace("@@GLOBAL", "@@SESSION");
    let mut connection = loose.acquire().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("SET SESSION{strict}"))).execute(&mut *connection).await.unwrap();
    let mode: String = sqlx::query_scalar("SELECT @@SESSION.sql_mode").fetch_one(&mut *connection).await.unwrap();
    assert!(mode.contains("STRICT_TRANS_TABLES") && mode.contains("NO_ZERO_DATE"), "{mode}");
}

#[tokio::test]
async fn citext_protects_until_logins_are_canonical() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    postgres.run("CREATE EXTENSION citext").await;
    let columns = columns::<OnPostgres>().replace("email VARCHAR(255)", "email CITEXT");
    postgres.run(&format!("CREATE TABLE people ({columns})")).await;
    postgres.run("INSERT INTO people (email, password_hash, display_name) VALUES ('Old@X.org', '', '')").await;
    let report = postgres.report::<Person>().await;
    assert!(report.schema.len() == 1 && !report.schema[0].contains("ALTER"), "{report:#?}");
    assert!(report.schema[0].contains("first call `auth::store::sql::canonicalize_logins::<Person, _>"), "{report:#?}");
    let done = auth::store::sql::canonicalize_logins::<Person, _>(&postgres.pool(0)).await.unwrap();
    assert_eq!(done.repaired, 1, "{done:?}");
    is_one_problem(&postgres, "`people.email` is `citext`").await;
    assert!(postgres.users::<Person>().find_by_login(0, "old@x.org").await.unwrap().is_some());
}

#[tokio::test]
async fn trigger_that_may_fill_a_column_is_a_note() {
    async fn judged<D: Database>(database: &D, id: &str, trigger: &[&str])
    where
        Person: auth::store::sql::SqlUser<D::Driver> + auth::store::sql::SqlRow<D::Driver>,
    {
        let columns = format!("{}, number {id} NOT NULL", columns::<D>());
        database.run(&format!("CREATE TABLE people ({columns})")).await;
        let report = database.report::<Person>().await;
        assert!(!report.is_ready(), "without a trigger: {report:#?}");
        for statement in trigger {
            database.run(statement).await;
        }
        let report = database.report::<Person>().await;
        assert!(report.is_ready(), "{report:#?}");
        let note = "`people.number` must have a value, has no default, and sign-up does not write it, so that every sign-up \
                    fails unless the trigger `numbered` fills it";
        assert!(report.notes.iter().any(|found| found.contains(note)), "{report:#?}");
        signs_up(database, "new@x.org").await;
    }
    if let Some(postgres) = OnPostgres::without_tables().await {
        let function =
            "CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.number := 7; RETURN NEW; END $$";
        let trigger = "CREATE TRIGGER numbered BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION number()";
        judged(&postgres, "INT", &[function, trigger]).await;
    }
    if let Some(mysql) = OnMySql::without_tables().await {
        let trigger = "CREATE TRIGGER numbered BEFORE INSERT ON people FOR EACH ROW SET NEW.number = 7";
        judged(&mysql, "INT", &[trigger]).await;
    }
}

#[tokio::test]
async fn times_without_a_zone_are_read_as_utc() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    let columns = columns::<OnPostgres>().replace(
        "created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP",
        "created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')",
    );
    assert!(columns.contains("AT TIME ZONE"), "{columns}");
    postgres.run(&format!("CREATE TABLE people ({columns})")).await;
    let insert = "INSERT INTO people (email, password_hash, display_name, created_at) VALUES ('a@x.org', '', '', '2020-01-02 03:04:05')";
    postgres.run(insert).await;
    let problems = postgres.problems::<Person>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let (_, statement) = problems[0].rsplit_once(": ").unwrap();
    postgres.run(&format!("SET TIME ZONE 'America/New_York'; {statement} RESET TIME ZONE")).await;
    let same = "SELECT count(*) FROM people WHERE created_at = '2020-01-02 03:04:05+00'";
    assert_eq!(postgres.count(same).await, 1, "{statement}");
    postgres.run("SET TIME ZONE 'America/New_York'; INSERT INTO people (email, password_hash, display_name) VALUES ('b@x.org', '', ''); RESET TIME ZONE").await;
    assert_eq!(
        postgres.count("SELECT count(*) FROM people WHERE abs(extract(epoch FROM created_at - now())) < 60").await,
        1
    );
    assert_eq!(postgres.problems::<Person>().await, [""; 0]);
}

#[tokio::test]
async fn a_history_that_may_not_be_read_is_said() {
    let Some(postgres) = OnPostgres::without_tables().await else { return };
    let role = format!("auth_blind_{}", std::process::id());
    SqlRecords::new(postgres.pool(0)).prepare().await.unwrap();
    postgres
        .run(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON auth_records TO {role}"))
        .await;
    let app = connected_as(&postgres, &role).await;
    let error = SqlRecords::new(app.clone()).prepare().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("no right to SELECT in `_auth_records_migrations`"), "{cause}");
    assert!(cause.contains("GRANT SELECT ON \"_auth_records_migrations\""), "{cause}");
    postgres.run(&format!("GRANT SELECT ON _auth_records_migrations TO {role}")).await;
    SqlRecords::new(app.clone()).prepare().await.unwrap();
    app.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
