//! What `build()` refuses about tables on every database, and that the statements it prints set it right (promise 11).

use auth::AuthUser;
use auth::store::Records;
use auth::store::sql::{SqlRecords, SqlRow, SqlUser};

use crate::backends::Database;
use crate::models::{Guest, Member};

crate::on_every_database! {
    a_missing_table_comes_with_the_statement_that_makes_it
    missing_columns_come_with_the_statements_that_add_them
    wrong_types_and_nulls_are_named_with_what_changes_them
    every_problem_is_in_one_answer
    logins_that_are_not_canonical_are_found
    our_own_table_is_looked_at_too
}

/// Runs the statements that the sentences end with.
async fn follow(database: &impl Database, problems: &[String]) {
    for problem in problems {
        let (_, statement) = problem.rsplit_once(": ").expect(problem);
        database.run(statement).await;
    }
}

async fn a_missing_table_comes_with_the_statement_that_makes_it<D: Database>(database: &D)
where
    Member: SqlUser<D::Driver> + SqlRow<D::Driver>,
    Guest: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let problems = database.problems::<Member>().await;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with("there is no table `members` for `Member`: create it first"), "{}", problems[0]);
    follow(database, &problems).await;
    follow(database, &database.problems::<Guest>().await).await;
    assert_eq!(database.problems::<Member>().await, [""; 0]);
    assert_eq!(database.problems::<Guest>().await, [""; 0]);
}

async fn missing_columns_come_with_the_statements_that_add_them<D: Database>(database: &D)
where
    Member: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let id = if D::NAME == "SQLite" { "INTEGER" } else { "BIGINT" };
    database.run(&format!("CREATE TABLE members (id {id} PRIMARY KEY, e_mail VARCHAR(80))")).await;
    let problems = database.problems::<Member>().await;
    let missing =
        ["email", "nick", "password_hash", "is_active", "roles", "permissions", "favourite", "favourite_permission"];
    assert_eq!(problems.len(), missing.len(), "{problems:#?}");
    assert!(problems[0].contains("there is `e_mail`: if that is the one, say `#[sqlx(rename = \"e_mail\")]`"));
    for (problem, name) in problems.iter().zip(missing) {
        assert!(problem.contains(&format!("the table `members` has no column `{name}`")), "{problem}");
    }
    follow(database, &problems).await;
    let indexes = database.problems::<Member>().await;
    assert!(indexes.len() == 2 && indexes.iter().all(|problem| problem.contains("no unique index")), "{indexes:#?}");
    follow(database, &indexes).await;
    assert_eq!(database.problems::<Member>().await, [""; 0]);
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "typed")]
#[expect(dead_code, reason = "only its columns are compared")]
struct Typed {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(active)]
    is_active: bool,
    nick: Option<String>,
    #[sqlx(try_from = "i64")]
    level: Level,
}

/// Not a type of sqlx, and not asked about.
#[derive(Clone, Debug)]
struct Level;

impl From<i64> for Level {
    fn from(_: i64) -> Self {
        Self
    }
}

async fn wrong_types_and_nulls_are_named_with_what_changes_them<D: Database>(database: &D)
where
    Typed: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let level = "level VARCHAR(9)";
    database
        .run(&match D::NAME {
            "SQLite" => format!(
                "CREATE TABLE typed (id TEXT PRIMARY KEY, name INTEGER UNIQUE, is_active BLOB, nick BLOB, {level})"
            ),
            "PostgreSQL" => format!(
                "CREATE TABLE typed (id INT PRIMARY KEY, name BIGINT UNIQUE, is_active TEXT, nick BYTEA, {level})"
            ),
            _ => format!(
                "CREATE TABLE typed (id VARCHAR(9) PRIMARY KEY, name BIGINT UNIQUE, is_active TEXT, nick BLOB, {level})"
            ),
        })
        .await;
    let problems = database.problems::<Typed>().await;
    let of = |name: &str, what: &str| {
        problems.iter().filter(|problem| problem.contains(&format!("`typed.{name}` {what}"))).count()
    };
    for name in ["id", "name", "is_active", "nick"] {
        assert_eq!(of(name, "is of the type"), 1, "{name}: {problems:#?}");
    }
    assert_eq!(of("level", ""), 0);
    if D::NAME == "SQLite" {
        assert_eq!(problems.len(), 4, "a column that may be NULL cannot be changed: {problems:#?}");
        database.run("INSERT INTO typed (id) VALUES ('1')").await;
        let problems = database.problems::<Typed>().await;
        let null = |name: &str| {
            problems.iter().any(|problem| problem.contains(&format!("`typed.{name}` is NULL in some rows")))
        };
        assert!(null("name") && null("is_active") && !null("nick") && !null("id"), "{problems:#?}");
        return;
    }
    assert_eq!((of("name", "may be NULL"), of("is_active", "may be NULL"), of("nick", "may be NULL")), (1, 1, 0));
    assert_eq!(problems.len(), 6, "{problems:#?}");
    follow(database, &problems[..4]).await;
    follow(database, &database.problems::<Typed>().await).await;
    assert_eq!(database.problems::<Typed>().await, [""; 0]);
}

async fn every_problem_is_in_one_answer<D: Database>(database: &D)
where
    Typed: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let id = if D::NAME == "SQLite" { "INTEGER" } else { "BIGINT" };
    let is_active = if D::NAME == "SQLite" { "BLOB" } else { "VARCHAR(9)" };
    database.run(&format!("CREATE TABLE typed (id {id} PRIMARY KEY, name VARCHAR(80) NOT NULL, is_active {is_active} NOT NULL, level BIGINT)")).await;
    database.run("INSERT INTO typed (id, name, is_active) VALUES (1, 'Ann', '1')").await;
    let problems = database.problems::<Typed>().await;
    assert_eq!(problems.len(), 4, "{problems:#?}");
    let pattern = ["no column `nick`", "is of the type", "no unique index", "not in canonical form"];
    assert!(problems.iter().zip(pattern).all(|(problem, part)| problem.contains(part)), "{problems:#?}");
}

async fn logins_that_are_not_canonical_are_found<D: Database>(database: &D)
where
    Member: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    follow(database, &database.problems::<Member>().await).await;
    let insert = async |id: u32, email: &str, nick: &str| {
        let columns = "id, email, nick, is_active, roles, permissions, favourite, favourite_permission";
        let fixed = "'', '', 'author', 'write'";
        database
            .run(&format!("INSERT INTO members ({columns}) VALUES ({id}, '{email}', '{nick}', TRUE, {fixed})"))
            .await;
    };
    insert(1, "fine@x.org", "Fine").await;
    insert(2, "Cap@x.org", " blank").await;
    insert(3, "\tbob@x.org", "b3").await;
    insert(4, "end@x.org\n", "b4").await;
    insert(5, "é@x.org", "é").await;
    insert(6, "ＦＵＬＬ@x.org", "b6").await;
    insert(7, "Ç@x.org", "b7").await;
    let problems = database.problems::<Member>().await;
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].contains("(`id` 2, 3, 4, 6, 7)"), "{}", problems[0]);
    assert!(problems[1].contains("(`id` 2)"), "{}", problems[1]);
    assert!(!problems.iter().any(|problem| problem.contains("@x.org")), "logins are personal");
}

async fn our_own_table_is_looked_at_too<D: Database>(database: &D) {
    let records = SqlRecords::new(database.pool(0));
    assert_eq!(records.problems().await.unwrap(), [""; 0], "it is going to be made");
    let records = records.without_migrations();
    let problems = records.problems().await.unwrap();
    assert!(problems.len() == 1 && problems[0].contains("there is no table `auth_records`"), "{problems:#?}");
    database.run(&auth::migrations::sql::<D::Driver>()).await;
    assert_eq!(records.problems().await.unwrap(), [""; 0]);
    database.run("ALTER TABLE auth_records DROP COLUMN value").await;
    let problems = records.problems().await.unwrap();
    assert!(problems.len() == 1 && problems[0].contains("it has no `value`"), "{problems:#?}");
}
