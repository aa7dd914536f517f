//! Our own tables on every database (DB-07).

use auth::store::Records;
use auth::store::sql::{SqlBackend, SqlRecords};
use auth::{Auth, Secret};

use crate::backends::Database;
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
    our_table_may_be_called_otherwise
    a_name_that_is_none_is_refused_before_anything_is_made
}

async fn db_07_preparing_again_changes_nothing<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    records.insert(&record("a", "ann")).await.unwrap();
    records.prepare().await.unwrap();
    assert_eq!(records.get("kind", "a").await.unwrap(), Some(record("a", "ann")));
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_migrations").await, 1);
}

async fn db_07_processes_that_start_at_once_all_succeed<D: Database>(database: &D) {
    race(|n| {
        let records = SqlRecords::new(database.pool(n % 2));
        async move { records.prepare().await.unwrap() }
    })
    .await;
    assert!(SqlRecords::new(database.pool(1)).insert(&record("a", "ann")).await.unwrap());
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_migrations").await, 1);
}

/// Eight, with connections of their own.
async fn db_07_builds_that_start_at_once_all_succeed<D: Database>(database: &D)
where
    Member: auth::store::sql::SqlUser<D::Driver> + auth::store::sql::SqlRow<D::Driver>,
{
    follow(database, &database.problems::<Member>().await, &CHOSEN).await;
    let mut builds = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let builder = Auth::<Member>::builder(SqlBackend::new(database.another_pool().await));
        let secret = Secret::new("Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL").unwrap();
        builds.spawn(builder.secret(secret).build());
    }
    for auth in builds.join_all().await {
        assert_eq!(auth.unwrap().check_schema().await.unwrap(), [""; 0]);
    }
    assert_eq!(database.count("SELECT COUNT(*) FROM _auth_migrations").await, 1);
}

async fn db_07_a_newer_release_may_have_migrated_already<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    records.prepare().await.unwrap();
    let later = "INSERT INTO _auth_migrations (version, description, success, checksum, execution_time)
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

async fn our_table_may_be_called_otherwise<D: Database>(database: &D) {
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
        assert_eq!(records.take("kind", "a").await.unwrap(), Some(record("a", "ann")));
        assert_eq!(records.problems().await.unwrap(), [""; 0]);
    }
    database.try_run("SELECT * FROM auth_records").await.unwrap_err();

    let text = auth::migrations::sql_named::<D::Driver>("theirs").unwrap();
    database.run(&text).await;
    SqlRecords::new(database.pool(0)).table("theirs").without_migrations().prepare().await.unwrap();
}

async fn a_name_that_is_none_is_refused_before_anything_is_made<D: Database>(database: &D) {
    for name in ["records; DROP TABLE members", "", "a.b.c", "re\"cords", "re`cords"] {
        let records = SqlRecords::new(database.pool(0)).table(name);
        let problems = records.problems().await.unwrap();
        assert!(problems.len() == 1 && problems[0].contains("is not the name of a table"), "{problems:#?}");
        assert!(!records.prepare().await.unwrap_err().is_unavailable());
        auth::migrations::sql_named::<D::Driver>(name).unwrap_err();
    }
    database.try_run("SELECT * FROM auth_records").await.unwrap_err();
    database.try_run("SELECT * FROM _auth_migrations").await.unwrap_err();
}
