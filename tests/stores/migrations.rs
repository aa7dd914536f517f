//! Our own tables on every database (DB-07).

use auth::store::Records;
use auth::store::sql::{SqlBackend, SqlRecords};
use auth::{Auth, Secret};

use sqlx::{PgPool, Postgres};

use crate::backends::{Database, Fixture as _, OnServer};
use crate::models::Member;
use crate::race::race;
use crate::records::record;
use crate::schema::{CHOSEN, follow};

crate::on_every_database! {
    db_07_preparing_again_changes_nothing
    db_07_processes_that_start_at_once_all_succeed
    db_07_builds_that_start_at_once_all_succeed
    db_07_a_newer_release_may_have_migrated_already
    db_07_the_history_of_the_application_stays_its_own
    teams_that_own_their_migrations_take_the_text
    records_table_may_have_another_name
    db_07_spellings_of_one_table_are_one_table
    db_07_two_applications_have_two_histories
    db_07_a_table_that_was_dropped_is_made_again
    db_07_a_history_of_something_else_is_explained
    invalid_table_name_is_refused_before_any_statement
}

async fn db_07_preparing_again_changes_nothing<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    records.insert(&record("a", "ann")).await.unwrap();
    records.prepare().await.unwrap();
    assert_eq!(records.get("kind", "a").await.unwrap(), Some(record("a", "ann")));
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_records_migrations").await, 1);
}

async fn db_07_processes_that_start_at_once_all_succeed<D: Database>(database: &D) {
    race(|n| {
        let records = SqlRecords::new(database.pool(n % 2));
        async move { records.prepare().await.unwrap() }
    })
    .await;
    assert!(SqlRecords::new(database.pool(1)).insert(&record("a", "ann")).await.unwrap());
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_records_migrations").await, 1);
}

/// Eight builds, each with its own connections.
async fn db_07_builds_that_start_at_once_all_succeed<D: Database>(database: &D)
where
    Member: auth::store::sql::SqlUser<D::Driver> + auth::store::sql::SqlRow<D::Driver>,
{
    follow(database, &database.problems::<Member>().await, &CHOSEN).await;
    let (mut builds, secret) = (tokio::task::JoinSet::new(), Secret::generate().unwrap());
    for _ in 0..8 {
        let builder = Auth::<Member>::builder(SqlBackend::new(database.another_pool().await));
        builds.spawn(builder.secret(secret.clone()).build());
    }
    for auth in builds.join_all().await {
        assert!(auth.unwrap().check_schema().await.unwrap().is_empty());
    }
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_records_migrations").await, 1);
}

async fn db_07_a_newer_release_may_have_migrated_already<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    let later = "INSERT INTO _auth_records_migrations (version, description, success, checksum, execution_time)
        VALUES (999, 'later', TRUE, '', 0)";
    database.run(later).await;
    records.prepare().await.unwrap();
}

async fn db_07_the_history_of_the_application_stays_its_own<D: Database>(database: &D) {
    SqlRecords::new(database.pool(0)).prepare().await.unwrap();
    database.try_run("SELECT * FROM _sqlx_migrations").await.unwrap_err();
}

async fn teams_that_own_their_migrations_take_the_text<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0)).without_migrations();
    assert!(records.prepare().await.unwrap_err().is_unavailable(), "nobody has made the table");

    let text = auth::migrations::sql::<D::Driver>();
    database.run(&text).await;
    database.run(&text).await;
    records.prepare().await.unwrap();
    assert!(records.insert(&record("a", "ann")).await.unwrap());
    SqlRecords::new(database.pool(1)).prepare().await.expect("and may let us take over later");
}

async fn db_07_spellings_of_one_table_are_one_table<D: Database>(database: &D) {
    let schema = match D::NAME {
        "SQLite" => "main".to_owned(),
        "PostgreSQL" => "public".to_owned(),
        _ => database.texts("SELECT DATABASE()").await.remove(0),
    };
    SqlRecords::new(database.pool(0)).prepare().await.unwrap();
    assert!(SqlRecords::new(database.pool(0)).insert(&record("a", "ann")).await.unwrap());
    let qualified = SqlRecords::new(database.pool(1)).table(&format!("{schema}.auth_records"));
    qualified.prepare().await.unwrap();
    assert!(qualified.get("kind", "a").await.unwrap().is_some());
}

async fn db_07_two_applications_have_two_histories<D: Database>(database: &D) {
    SqlRecords::new(database.pool(0)).prepare().await.unwrap();
    for name in ["auth", "auth_records_2"] {
        let other = SqlRecords::new(database.pool(1)).table(name);
        other.prepare().await.unwrap();
        assert!(other.insert(&record("a", "ann")).await.unwrap());
    }
    assert_eq!(SqlRecords::new(database.pool(0)).get("kind", "a").await.unwrap(), None);
}

async fn db_07_a_table_that_was_dropped_is_made_again<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    database.run("DROP TABLE auth_records").await;
    race(|n| {
        let records = SqlRecords::new(database.pool(n % 2));
        async move { records.prepare().await.unwrap() }
    })
    .await;
    assert!(records.insert(&record("a", "ann")).await.unwrap());
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_records_migrations").await, 1);
}

async fn db_07_a_history_of_something_else_is_explained<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    database.run("UPDATE _auth_records_migrations SET checksum = ''").await;
    let text = crate::servers::everything(&records.prepare().await.unwrap_err());
    for word in ["`auth_records`", "`_auth_records_migrations`", "`auth::migrations::sql`"] {
        assert!(text.contains(word), "{text}");
    }
    // Following its advice helps.
    database.run("DROP TABLE _auth_records_migrations").await;
    records.prepare().await.unwrap();
}

/// A pool with the application's role, which has no privilege to create anything.
async fn as_the_application(postgres: &OnServer<Postgres>) -> PgPool {
    // Roles belong to the server, and tests run concurrently.
    let role = format!("app_of_{}", postgres.name());
    postgres.run(&format!("CREATE ROLE {role} LOGIN")).await;
    let tables = "ALL TABLES IN SCHEMA public";
    postgres.run(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}")).await;
    PgPool::connect(&postgres.url().replace("postgres@", &format!("{role}@"))).await.unwrap()
}

#[tokio::test]
async fn db_07_role_without_create_starts_when_tables_exist() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    let early = as_the_application(&postgres).await;
    let text = crate::servers::everything(&SqlRecords::new(early.clone()).prepare().await.unwrap_err());
    assert!(text.contains(".without_migrations()") && text.contains("`auth::migrations::sql`"), "{text}");
    postgres.records().first.prepare().await.unwrap();
    let role = format!("app_of_{}", postgres.name());
    postgres.run(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")).await;
    let records = SqlRecords::new(early.clone());
    records.prepare().await.unwrap();
    assert!(records.insert(&record("a", "ann")).await.unwrap());
    early.close().await;
    postgres.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn db_07_table_later_in_search_path_is_not_duplicated() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    postgres.records().first.prepare().await.unwrap();
    postgres.records().first.insert(&record("a", "ann")).await.unwrap();
    postgres.run(&format!("CREATE SCHEMA app; ALTER DATABASE {} SET search_path = app, public", postgres.name())).await;
    for drop_the_history in [false, true] {
        if drop_the_history {
            postgres.run("DROP TABLE public._auth_records_migrations").await;
        }
        let records = SqlRecords::new(postgres.another_pool().await);
        records.prepare().await.unwrap();
        assert!(records.get("kind", "a").await.unwrap().is_some());
    }
    postgres.try_run("SELECT * FROM app.auth_records").await.unwrap_err();
    postgres.run("SELECT * FROM public._auth_records_migrations").await;
}

async fn records_table_may_have_another_name<D: Database>(database: &D) {
    let schema = match D::NAME {
        "SQLite" => "main",
        "PostgreSQL" => {
            database.run("CREATE SCHEMA app_auth").await;
            "app_auth"
        }
        _ => "",
    };
    let qualified = if schema.is_empty() { "user".to_owned() } else { format!("{schema}.user") };
    let named = [SqlRecords::new(database.pool(0)).table(&qualified), SqlRecords::new(database.pool(1)).table("Order")];
    for records in &named {
        records.prepare().await.unwrap();
        records.prepare().await.unwrap();
        assert!(records.insert(&record("a", "ann")).await.unwrap(), "a table of its own");
        assert!(!records.insert(&record("a", "ann")).await.unwrap());
        assert_eq!(records.get("kind", "a").await.unwrap(), Some(record("a", "ann")));
        assert!(records.delete("kind", "a").await.unwrap());
        assert_eq!(records.problems().await.unwrap(), [""; 0]);
    }
    database.try_run("SELECT * FROM auth_records").await.unwrap_err();

    let text = auth::migrations::sql_named::<D::Driver>("theirs").unwrap();
    database.run(&text).await;
    SqlRecords::new(database.pool(0)).table("theirs").without_migrations().prepare().await.unwrap();
}

async fn invalid_table_name_is_refused_before_any_statement<D: Database>(database: &D) {
    for name in ["records; DROP TABLE members", "", "a.b.c", "re\"cords", "re`cords"] {
        let records = SqlRecords::new(database.pool(0)).table(name);
        let problems = records.problems().await.unwrap();
        assert!(problems.len() == 1 && problems[0].contains("is not the name of a table"), "{problems:#?}");
        assert!(!records.prepare().await.unwrap_err().is_unavailable());
        auth::migrations::sql_named::<D::Driver>(name).unwrap_err();
    }
    database.try_run("SELECT * FROM auth_records").await.unwrap_err();
    database.try_run("SELECT * FROM _auth_records_migrations").await.unwrap_err();
}
