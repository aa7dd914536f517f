//! What `build()` refuses about our own table, in case another tool created it (promise 11).

use auth::store::Records;
use auth::store::sql::SqlRecords;

use crate::backends::Database;
use crate::records::record;
use crate::schema::follow;

crate::on_every_database! {
    records_table_is_checked
    records_table_of_another_tool_is_compared
    obstacles_to_our_records_are_reported
}

async fn problems<D: Database>(database: &D) -> Vec<String> {
    SqlRecords::new(database.pool(0)).without_migrations().problems().await.unwrap()
}

async fn records_table_is_checked<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    assert_eq!(records.problems().await.unwrap(), [""; 0], "it is going to be made");
    let missing = problems(database).await;
    assert!(missing.len() == 1 && missing[0].contains("there is no table `auth_records`"), "{missing:#?}");
    database.run(&auth::migrations::sql::<D::Driver>()).await;
    assert_eq!(problems(database).await, [""; 0]);
    database.run("ALTER TABLE auth_records DROP COLUMN value").await;
    let problems = problems(database).await;
    assert!(problems.len() == 1 && problems[0].contains("it has no `value`"), "{problems:#?}");
}

async fn records_table_of_another_tool_is_compared<D: Database>(database: &D) {
    let nocase = if D::NAME == "SQLite" { " COLLATE NOCASE" } else { "" };
    database
        .run(&format!(
            "CREATE TABLE auth_records (kind VARCHAR(99){nocase}, record_key VARCHAR(99) NOT NULL, owner VARCHAR(99) NOT NULL,
                value VARCHAR(20) NOT NULL, version VARCHAR(20) NOT NULL, expires_at BIGINT, changed_at BIGINT NOT NULL)"
        ))
        .await;
    database.run("CREATE INDEX auth_records_owner ON auth_records (kind, owner)").await;
    let problems = problems(database).await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let mut expected = vec![
        "`version` is `",
        "`expires_at` may be NULL",
        "it has no unique key on all of `kind` and `record_key` that compares bytes",
        "it has no index on `kind`, `changed_at`",
        "it has no index on `expires_at`",
    ];
    if D::NAME == "SQLite" {
        expected.extend(["it has no index on `kind`, `owner`", "`kind` may be NULL", "it should be\nCREATE TABLE"]);
    } else {
        expected.extend(["`kind` is `", "`record_key` is `", "`owner` is `", "`value` is `"]);
    }
    for expected in expected {
        assert!(problems[0].contains(expected), "`{expected}` is not in {}", problems[0]);
    }
    if D::NAME == "SQLite" {
        return;
    }
    follow(database, &problems, &[]).await;
    assert_eq!(self::problems(database).await, [""; 0]);
    let records = SqlRecords::new(database.pool(0));
    for (key, is_new) in [("a", true), ("a", false), ("A", true), ("a ", true)] {
        assert_eq!(records.insert(&record(key, "ann")).await.unwrap(), is_new, "{key:?}");
    }
}

async fn obstacles_to_our_records_are_reported<D: Database>(database: &D) {
    let text = auth::migrations::sql::<D::Driver>();
    database
        .run(
            &text
                .replacen("changed_at BIGINT NOT NULL,", "changed_at BIGINT NOT NULL, id BIGINT NOT NULL,", 1)
                .replacen("changed_at INTEGER NOT NULL,", "changed_at INTEGER NOT NULL, id BIGINT NOT NULL,", 1),
        )
        .await;
    let problems = problems(database).await;
    assert!(
        problems.len() == 1 && problems[0].contains("`id` must have a value, and is none of ours"),
        "{problems:#?}"
    );
    follow(database, &problems, &[]).await;
    if D::NAME != "SQLite" {
        assert_eq!(self::problems(database).await, [""; 0]);
        assert!(SqlRecords::new(database.pool(0)).insert(&record("a", "ann")).await.unwrap());
    }
}
