//! Tables that let a sign-up take the account of somebody else, instead of refusing it.

use auth::store::Users;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthUser, PasswordHash};
use sqlx::{MySql, Postgres};

use crate::backends::{Database, OnServer, Sqlite};
use crate::refusing::{Clerk, clerk, columns, table};
use crate::schema::{counted, follow};

crate::on_every_database! {
    reg_01_login_without_uniqueness_of_its_own_is_refused
}

const UNIQUE: &str = "email VARCHAR(254) NOT NULL UNIQUE";

/// A unique index over more than the login, over a part of the rows, or none.
async fn reg_01_login_without_uniqueness_of_its_own_is_refused<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let indexes = [
        ("", "every database"),
        ("CREATE INDEX first ON clerks (email)", "every database"),
        ("CREATE UNIQUE INDEX second ON clerks (email, name)", "every database"),
        ("CREATE UNIQUE INDEX third ON clerks (name, email)", "every database"),
        ("CREATE UNIQUE INDEX fourth ON clerks (email) WHERE name <> ''", "not MySQL"),
    ];
    for (index, of) in indexes {
        if of == "not MySQL" && D::NAME == "MySQL" {
            continue;
        }
        database.run(&format!("CREATE TABLE clerks ({})", columns::<D>().replace(" UNIQUE", ""))).await;
        if !index.is_empty() {
            database.run(index).await;
        }
        let report = database.report::<Clerk>().await;
        assert!(
            report.schema.len() == 1 && report.schema[0].contains("no unique index of its own"),
            "{index}: {report:#?}"
        );
        follow(database, &report.schema, &[]).await;
        assert_eq!(database.problems::<Clerk>().await, [""; 0], "{index}");
        database.run("DROP TABLE clerks").await;
    }
}

#[tokio::test]
async fn reg_01_a_table_of_sqlite_that_replaces_accounts_is_refused() {
    let update = "UPDATE clerks SET password_hash = NEW.password_hash WHERE email = NEW.email";
    for (unique, more) in [
        (format!("{UNIQUE} ON CONFLICT REPLACE"), String::new()),
        (UNIQUE.to_owned(), ", UNIQUE (email) ON CONFLICT REPLACE".to_owned()),
        (
            UNIQUE.to_owned(),
            "); CREATE TRIGGER t BEFORE INSERT ON clerks BEGIN DELETE FROM clerks WHERE email = NEW.email; END; --"
                .to_owned(),
        ),
        (
            UNIQUE.to_owned(),
            format!(
                "); CREATE TRIGGER t BEFORE INSERT ON clerks WHEN EXISTS (SELECT 1 FROM clerks WHERE email = NEW.email) \
                 BEGIN {update}; SELECT RAISE(IGNORE); END; --"
            ),
        ),
    ] {
        let sqlite = Sqlite::bare().await;
        let columns = columns::<Sqlite>().replace(UNIQUE, &unique);
        sqlite.run(&format!("CREATE TABLE clerks ({columns}{more})")).await;
        let users = sqlite.users::<Clerk>();
        users.create(clerk("ann@x.org")).await.unwrap();
        let report = sqlite.report::<Clerk>().await;
        assert!(report.schema.len() == 1, "{unique}{more}: {report:#?}");
        assert!(
            report.schema[0].contains("the `email` of another account") && report.schema[0].contains("ON CONFLICT")
        );
        let wrong = users.try_create(clerk("bob@x.org")).await.unwrap();
        assert!(wrong.len() == 1 && wrong[0].contains("of another account"), "{wrong:?}");
        assert_eq!(sqlite.count("SELECT COUNT(*) FROM clerks WHERE email = 'ann@x.org'").await, 1);
        assert_eq!(sqlite.count("SELECT COUNT(*) FROM clerks").await, 1, "nothing of it stays");
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "callers")]
struct Caller {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(login)]
    nick: Option<String>,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(register)]
    #[expect(dead_code, reason = "only its index matters")]
    phone: String,
}

/// Every unique column counts, not only that of the first login.
#[tokio::test]
async fn reg_01_every_unique_column_is_tried_for_replacing() {
    let all = format!(
        "{}, email TEXT NOT NULL UNIQUE, nick TEXT UNIQUE, password_hash TEXT NOT NULL, phone TEXT NOT NULL UNIQUE",
        counted::<Sqlite>()
    );
    for column in ["email TEXT NOT NULL", "nick TEXT", "phone TEXT NOT NULL"] {
        let name = column.split(' ').next().unwrap();
        let sqlite = Sqlite::bare().await;
        let columns = all.replace(&format!("{column} UNIQUE"), &format!("{column} UNIQUE ON CONFLICT REPLACE"));
        sqlite.run(&format!("CREATE TABLE callers ({columns})")).await;
        let report = sqlite.report::<Caller>().await;
        assert!(report.schema.len() == 1 && report.schema[0].contains("of another account"), "{name}: {report:#?}");
        let sqlite = Sqlite::bare().await;
        // One that drops the duplicate is answered like one that refuses it.
        let columns = all.replace(&format!("{column} UNIQUE"), &format!("{column} UNIQUE ON CONFLICT IGNORE"));
        sqlite.run(&format!("CREATE TABLE callers ({columns})")).await;
        assert_eq!(sqlite.problems::<Caller>().await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn reg_01_a_rule_that_replaces_accounts_is_found_by_trying() {
    let Some(postgres) = OnServer::<Postgres>::without_tables().await else { return };
    table(&postgres, "").await;
    postgres
        .run(
            "CREATE RULE upsert AS ON INSERT TO clerks WHERE EXISTS (SELECT 1 FROM clerks WHERE email = NEW.email)
                DO INSTEAD UPDATE clerks SET password_hash = NEW.password_hash WHERE email = NEW.email",
        )
        .await;
    let report = postgres.report::<Clerk>().await;
    assert!(
        report.is_ready() && report.notes.len() == 1 && report.notes[0].contains("the rule `upsert`"),
        "{report:#?}"
    );
    let wrong = postgres.users::<Clerk>().try_create(clerk("ann@x.org")).await.unwrap();
    assert!(wrong.len() == 1 && wrong[0].contains("the `email` of another account"), "{wrong:?}");
    postgres.run("DROP RULE upsert ON clerks").await;
    assert_eq!(postgres.users::<Clerk>().try_create(clerk("ann@x.org")).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn reg_01_a_unique_index_on_a_prefix_is_a_note() {
    let Some(mysql) = OnServer::<MySql>::without_tables().await else { return };
    let columns = columns::<OnServer<MySql>>().replace(UNIQUE, "email VARCHAR(254) NOT NULL, UNIQUE ours (email(10))");
    mysql.run(&format!("CREATE TABLE clerks ({columns})")).await;
    let users = mysql.users::<Clerk>();
    users.create(clerk("some.body@one.example")).await.unwrap();
    assert!(users.create(clerk("some.body@other.example")).await.is_err(), "who is somebody else");
    let report = mysql.report::<Clerk>().await;
    assert!(report.is_ready() && report.notes.len() == 1, "{report:#?}");
    assert!(report.notes[0].contains("only the beginning of `clerks.email`"), "{report:#?}");
    follow(&mysql, &report.notes, &[]).await;
    mysql.run("ALTER TABLE clerks DROP INDEX ours").await;
    assert_eq!(mysql.problems::<Clerk>().await, [""; 0]);
    users.create(clerk("some.body@other.example")).await.unwrap();
}
