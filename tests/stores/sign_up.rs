//! Users can sign up on every table that `build()` accepts, and on others once the printed statements have run. Each
//! case is a table on which sign-up would fail or go wrong, and the expected sentences. The test runs the statements as
//! printed, calls `build()`, signs up a user and finds it again.

use auth::store::sql::{SqlBackend, SqlRow, SqlUser};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, Roles, Secret};
use auth_tests::app::SECRET;

use crate::backends::Database;
use crate::schema::{counted, follow};

crate::on_every_database! {
    column_unknown_to_sign_up_needs_a_default
    column_not_written_by_sign_up_needs_a_default
    printed_create_statement_supports_sign_up
    columns_are_added_to_a_table_with_rows
    columns_are_added_to_a_table_without_rows
    an_id_that_nobody_makes_is_said
    a_column_that_the_database_generates_cannot_be_written
    rows_without_a_value_are_counted_and_filled
    texts_that_are_too_short_are_said
    numeric_flag_with_default_becomes_boolean
    unindexable_login_column_gets_an_index
    overlong_index_names_are_cut
    a_view_is_one_sentence
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Member,
    Admin,
}

/// A user type with a list of roles and a time that the table fills in.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "people")]
pub(crate) struct Person {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    pub(crate) email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    #[auth(roles)]
    roles: Roles<Role>,
    #[auth(register)]
    pub(crate) display_name: String,
    created_at: sqlx::types::time::OffsetDateTime,
}

impl Person {
    /// Its roles, as the table has them.
    pub(crate) fn roles_text(&self) -> String {
        self.roles.to_string()
    }
}

pub(crate) const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Q1d1ZHNvbWVoYXNoc29tZWhhc2hzb21laGFzaHNvbWVo";

/// The columns of a correct table, which tests then break.
pub(crate) fn columns<D: Database>() -> String {
    let time = if D::NAME == "PostgreSQL" { "TIMESTAMPTZ" } else { "TIMESTAMP" };
    format!(
        "{}, email VARCHAR(255) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, \
         is_active BOOLEAN NOT NULL DEFAULT TRUE, roles VARCHAR(99) NOT NULL DEFAULT '', \
         display_name VARCHAR(255) NOT NULL, created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP",
        counted::<D>()
    )
}

/// Creates the correct table with one text replaced.
async fn spoilt<D: Database>(database: &D, good: &str, bad: &str) {
    let columns = columns::<D>();
    assert!(columns.contains(good), "{good}");
    database.run(&format!("CREATE TABLE people ({})", columns.replacen(good, bad, 1))).await;
}

/// Signs up a user with a login, a password and a name, and finds it again.
pub(crate) async fn signs_up<D: Database>(database: &D, email: &str)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let secret = Secret::new(SECRET).unwrap();
    let auth = Auth::<Person>::builder(SqlBackend::new(database.pool(0))).secret(secret).build().await.unwrap();
    let form = PersonRegistration { email: email.to_owned(), display_name: "Somebody".to_owned() };
    let new = auth.accounts().import(form, Some(PasswordHash::from_stored(HASH))).await.unwrap();
    let found = auth.accounts().find(&new.id).await.unwrap().unwrap();
    assert_eq!((found.email.as_str(), found.password_hash.expose()), (email, HASH));
    assert!(found.is_active && found.id != 0 && found.display_name == "Somebody" && found.roles.is_empty());
    assert!(found.created_at.unix_timestamp() > 1_700_000_000 || D::NAME == "SQLite", "{}", found.created_at);
}

/// Checks that exactly these problems are reported, runs the statements, and signs up a user.
async fn is_set_right<D: Database>(database: &D, expected: &[&str], chosen: &[&str])
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let problems = database.problems::<Person>().await;
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "`{expected}` is not in `{problem}`");
    }
    follow(database, &problems, chosen).await;
    assert_eq!(database.problems::<Person>().await, [""; 0]);
    signs_up(database, "new@x.org").await;
}

/// For databases that cannot change columns: the sentence says how to create the table, without a statement.
async fn is_said_and_the_table_made_anew<D: Database>(database: &D, expected: &str)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let problems = database.problems::<Person>().await;
    assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:#?}");
    assert!(problems[0].contains("SQLite changes no columns, so recreate the table"), "{}", problems[0]);
    assert!(!problems[0].contains(": "), "{}", problems[0]);
    database.run(&format!("DROP TABLE people; CREATE TABLE people ({})", columns::<D>())).await;
    signs_up(database, "new@x.org").await;
}

async fn column_unknown_to_sign_up_needs_a_default<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let expected = "`people.tenant` must have a value, has no default, and is no field of the user type";
    spoilt(database, ", email", ", tenant INTEGER NOT NULL, code INTEGER NOT NULL DEFAULT 7, note TEXT, email").await;
    if D::NAME == "SQLite" {
        is_said_and_the_table_made_anew(database, expected).await;
    } else {
        is_set_right(database, &[expected], &["1"]).await;
    }
}

async fn column_not_written_by_sign_up_needs_a_default<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    // MySQL may give the first TIMESTAMP column a default by itself.
    let time = if D::NAME == "PostgreSQL" { "TIMESTAMPTZ" } else { "DATETIME" };
    let columns = columns::<D>().replace(" DEFAULT TRUE", "").replace(" DEFAULT ''", "");
    let columns = columns.split(", created_at").next().unwrap().to_owned();
    database.run(&format!("CREATE TABLE people ({columns}, created_at {time} NOT NULL)")).await;
    let expected = ["is_active", "roles", "created_at"]
        .map(|name| format!("`people.{name}` has no default, and sign-up does not"));
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    if D::NAME == "SQLite" {
        let problems = database.problems::<Person>().await;
        assert!(problems.len() == 3 && problems.iter().zip(expected).all(|(p, e)| p.contains(e)), "{problems:#?}");
        assert!(
            problems[2].ends_with("with `\"created_at\" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP`"),
            "{problems:#?}"
        );
    } else {
        is_set_right(database, &expected, &[]).await;
    }
}

async fn printed_create_statement_supports_sign_up<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    is_set_right(database, &["there is no table `people` for `Person`: create it first"], &[]).await;
}

async fn columns_are_added_to_a_table_with_rows<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    database.run(&format!("CREATE TABLE people ({}, note TEXT)", counted::<D>())).await;
    database.run("INSERT INTO people (note) VALUES ('one'), ('two')").await;
    let missing = ["email", "password_hash", "is_active", "roles", "display_name", "created_at"];
    let missing = missing.map(|name| format!("the table `people` has no column `{name}`"));
    let missing: Vec<_> = missing.iter().map(String::as_str).collect();
    let email = if D::NAME == "MySQL" { "CONCAT(note, '@x.org')" } else { "note || '@x.org'" };
    is_set_right(database, &missing, &[email, "'none'", "'Somebody'"]).await;
    let kept =
        "SELECT COUNT(*) FROM people WHERE is_active AND roles = '' AND created_at IS NOT NULL AND email = 'two@x.org'";
    assert_eq!(database.count(kept).await, 1);
}

async fn columns_are_added_to_a_table_without_rows<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    database.run(&format!("CREATE TABLE people ({}, note TEXT)", counted::<D>())).await;
    let missing = ["email", "password_hash", "is_active", "roles", "display_name", "created_at"];
    let missing = missing.map(|name| format!("the table `people` has no column `{name}`"));
    let missing: Vec<_> = missing.iter().map(String::as_str).collect();
    is_set_right(database, &missing, &[]).await;
}

async fn an_id_that_nobody_makes_is_said<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let expected = "`people.id` is made by nobody";
    for ty in ["BIGINT", "INT"] {
        spoilt(database, counted::<D>(), &format!("id {ty} PRIMARY KEY")).await;
        database
            .run("INSERT INTO people (id, email, password_hash, display_name) VALUES (41, 'old@x.org', '', '')")
            .await;
        if D::NAME == "SQLite" {
            is_said_and_the_table_made_anew(database, expected).await;
        } else {
            let expected = if ty == "INT" && D::NAME == "PostgreSQL" { "`people.id` is of the type" } else { expected };
            is_set_right(database, &[expected], &[]).await;
            assert_eq!(
                database.count("SELECT id FROM people WHERE email = 'new@x.org'").await,
                42,
                "after those there are"
            );
        }
        database.run("DROP TABLE people").await;
    }
}

async fn a_column_that_the_database_generates_cannot_be_written<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let expected = "`people.display_name` is generated by the database, and sign-up writes it";
    let kinds = if D::NAME == "PostgreSQL" { &["STORED"][..] } else { &["STORED", "VIRTUAL"] };
    for kind in kinds {
        spoilt(
            database,
            "display_name VARCHAR(255) NOT NULL",
            &format!("display_name VARCHAR(255) GENERATED ALWAYS AS ('x') {kind}"),
        )
        .await;
        if D::NAME == "SQLite" {
            is_said_and_the_table_made_anew(database, expected).await;
        } else {
            is_set_right(database, &[expected], &[]).await;
        }
        database.run("DROP TABLE people").await;
    }
}

async fn rows_without_a_value_are_counted_and_filled<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let name = "display_name VARCHAR(255) NOT NULL";
    spoilt(database, name, "display_name VARCHAR(255)").await;
    let insert = "INSERT INTO people (email, password_hash, display_name) VALUES";
    database.run(&format!("{insert} ('a@x.org', '', NULL), ('b@x.org', '', NULL), ('c@x.org', '', 'C')")).await;
    is_set_right(
        database,
        &["`people.display_name` is NULL in 2 rows (`id` 1, 2), and the field is no `Option`"],
        &["'Nobody'"],
    )
    .await;
    assert_eq!(database.count("SELECT COUNT(*) FROM people WHERE display_name = 'Nobody'").await, 2);

    database.run("DROP TABLE people").await;
    spoilt(database, name, "display_name VARCHAR(255) DEFAULT 'by default'").await;
    database.run(&format!("{insert} ('a@x.org', '', NULL)")).await;
    is_set_right(database, &["is NULL in 1 row"], &[]).await;
    assert_eq!(database.count("SELECT COUNT(*) FROM people WHERE display_name = 'by default'").await, 1);
    let insert = "INSERT INTO people (email, password_hash) VALUES ('d@x.org', '')";
    database.run(insert).await;
    assert_eq!(
        database.count("SELECT COUNT(*) FROM people WHERE display_name = 'by default'").await,
        2,
        "it is still there"
    );
}

async fn texts_that_are_too_short_are_said<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    // A login column may be shorter than our limit: a sign-up with a longer login is then refused.
    let columns = columns::<D>().replace("email VARCHAR(255)", "email VARCHAR(99)");
    let columns = columns.replace("password_hash VARCHAR(255)", "password_hash VARCHAR(60)");
    database
        .run(&format!(
            "CREATE TABLE people ({})",
            columns.replace("VARCHAR(99) NOT NULL DEFAULT", "VARCHAR(11) NOT NULL DEFAULT")
        ))
        .await;
    let expected = [
        "`people.password_hash` has room for 60 characters, and a hash has up to 128",
        "`people.roles` has room for 11 characters, and the list of all roles has up to 12",
    ];
    // SQLite ignores declared lengths.
    let expected = if D::NAME == "SQLite" { &[][..] } else { &expected };
    is_set_right(database, expected, &[]).await;
}

async fn numeric_flag_with_default_becomes_boolean<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    spoilt(database, "is_active BOOLEAN NOT NULL DEFAULT TRUE", "is_active INTEGER NOT NULL DEFAULT 1").await;
    database
        .run("INSERT INTO people (email, password_hash, display_name, is_active) VALUES ('a@x.org', '', '', 0)")
        .await;
    // The other databases have no boolean type.
    let expected = if D::NAME == "PostgreSQL" { &["`people.is_active` is of the type `integer`"][..] } else { &[] };
    is_set_right(database, expected, &[]).await;
    assert_eq!(database.count("SELECT COUNT(*) FROM people WHERE NOT is_active").await, 1);
}

async fn unindexable_login_column_gets_an_index<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    spoilt(database, "email VARCHAR(255) NOT NULL UNIQUE", "email TEXT NOT NULL").await;
    let no_index = "`people.email` has no unique index";
    let text = "`people.email` is a TEXT, on which there can be no unique index";
    let expected = if D::NAME == "MySQL" { &[text, no_index][..] } else { &[no_index] };
    is_set_right(database, expected, &[]).await;
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "a_table_with_a_rather_long_name_in_it_yes")]
struct Long {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    a_column_with_a_long_name: String,
    #[auth(login)]
    a_column_with_a_long_name_too: String,
}

async fn overlong_index_names_are_cut<D: Database>(database: &D)
where
    Long: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let columns =
        "a_column_with_a_long_name VARCHAR(254) NOT NULL, a_column_with_a_long_name_too VARCHAR(254) NOT NULL";
    database
        .run(&format!("CREATE TABLE a_table_with_a_rather_long_name_in_it_yes ({}, {columns})", counted::<D>()))
        .await;
    let problems = database.problems::<Long>().await;
    assert_eq!(problems.len(), 2, "{problems:#?}");
    follow(database, &problems, &[]).await;
    assert_eq!(database.problems::<Long>().await, [""; 0]);
}

async fn a_view_is_one_sentence<D: Database>(database: &D)
where
    Person: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    database.run(&format!("CREATE TABLE those ({})", columns::<D>())).await;
    database.run("CREATE VIEW people AS SELECT id, email FROM those").await;
    let problems = database.problems::<Person>().await;
    assert!(problems.len() == 1 && problems[0].starts_with("`people` is a view"), "{problems:#?}");
    assert!(!problems[0].ends_with(';'), "{problems:#?}");
}
