//! What is wrong with some rows never stops a start, and is said with a count, ids and the repair (field B10, B11).

use auth::store::Users as _;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthUser, Permissions};

use crate::backends::Database;
use crate::models::{Member, Permission};
use crate::refusing::{Clerk, columns, table};
use crate::schema::{counted, follow};
use crate::sign_up::HASH;

crate::on_every_database! {
    b10_unknown_roles_are_counted_and_named
    b10_unknown_names_in_lists_are_counted
    b11_rows_never_refuse_a_start
    hashes_of_other_forms_are_counted_by_form
    a_claim_that_cannot_be_read_is_found
    panicking_decoder_is_an_unreadable_row
}

async fn insert<D: Database>(database: &D, email: &str, hash: &str, job: &str) {
    let values = format!("'{email}', '{hash}', '{job}', 'Somebody'");
    database.run(&format!("INSERT INTO clerks (email, password_hash, job, name) VALUES ({values})")).await;
}

async fn b10_unknown_roles_are_counted_and_named<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, "").await;
    for (n, job) in ["doctor", "auditor", "Doctor", "auditor", "front_desk", "it''s"].iter().enumerate() {
        insert(database, &format!("a{n}@x.org"), HASH, job).await;
    }
    let report = database.report::<Clerk>().await;
    assert!(report.is_ready(), "{report:#?}");
    let mut rows = report.rows.clone();
    rows.sort();
    assert_eq!(rows.len(), 3, "{report:#?}");
    assert!(rows[0].contains("has 1 row with `Doctor` in `job`"), "case counts: {report:#?}");
    assert!(rows[1].contains("has 1 row with something that is no name in `job`"), "{report:#?}");
    assert!(rows[2].contains("has 2 rows with `auditor` in `job`") && rows[2].contains("(`id` 2, 4)"), "{report:#?}");
    follow(database, &rows, &["'doctor'", "'doctor'"]).await;
    assert_eq!(database.report::<Clerk>().await.rows.len(), 1);
    assert_eq!(database.count("SELECT COUNT(*) FROM clerks WHERE job = 'doctor'").await, 4);
}

async fn b10_unknown_names_in_lists_are_counted<D: Database>(database: &D)
where
    Member: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let table = match D::NAME {
        "SQLite" => Member::TABLE.to_owned(),
        "PostgreSQL" => Member::POSTGRES.to_owned(),
        _ => Member::MYSQL.replace(" COLLATE {exact}", ""),
    };
    database.run(&table).await;
    let insert = "INSERT INTO members (email, roles, permissions) VALUES";
    database.run(&format!("{insert} ('a@x.org', 'author, editor', 'write'), ('b@x.org', 'author,king', ''), ('c@x.org', '', 'write,fly')")).await;
    let report = database.report::<Member>().await;
    assert!(report.is_ready() && report.rows.len() == 2, "{report:#?}");
    assert!(
        report.rows[0].contains("1 row with `author,king` in `roles`") && report.rows[0].contains("`id` 2"),
        "{report:#?}"
    );
    assert!(report.rows[1].contains("1 row with `write,fly` in `permissions`"), "{report:#?}");
    follow(database, &report.rows, &["'author'", "'write'"]).await;
    assert_eq!(database.report::<Member>().await.rows, [""; 0]);
    let members = database.members().first;
    let own = auth::store::Users::find(&*members, &3).await.unwrap().unwrap().permissions;
    assert_eq!(own, Permissions::from_iter([Permission::Write]));
}

async fn b11_rows_never_refuse_a_start<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let columns = columns::<D>().replace("name VARCHAR(99) NOT NULL", "name VARCHAR(99)");
    database.run(&format!("CREATE TABLE clerks ({columns})")).await;
    database
        .run("INSERT INTO clerks (email, password_hash, job, name) VALUES ('Ada.New@X.org', 'secret', 'auditor', NULL)")
        .await;
    let auth = auth::Auth::<Clerk>::builder(auth::store::sql::SqlBackend::new(database.pool(0)));
    let auth = auth.secret(auth::Secret::new(auth_tests::app::SECRET).unwrap()).build().await.unwrap();
    let report = auth.check_schema().await.unwrap();
    assert!(report.is_ready() && report.notes.is_empty(), "{report:#?}");
    for expected in ["`clerks.name` is NULL in 1 row (`id` 1)", "`auditor`", "not in canonical form", "(`id` 1)"] {
        assert!(report.rows.iter().any(|found| found.contains(expected)), "{expected}: {report:#?}");
    }
    assert_eq!((report.rows.len(), report.other_hashes.len()), (3, 1), "{report:#?}");
    let said = format!("{report:?}");
    assert!(!said.contains("Ada.New") && !said.contains("secret"), "logins and hashes are nobody's business: {said}");
}

async fn hashes_of_other_forms_are_counted_by_form<D: Database>(database: &D)
where
    Clerk: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    table(database, "").await;
    let bcrypt = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7V2xC1ZkCv2ZrL4G9tXsxQ8yYt1hG3e";
    let hashes = [HASH, "", bcrypt, &bcrypt.replace("2b", "2y"), "pbkdf2_sha256$1$a$b", "hunter2", &HASH[..40], "!x"];
    for (n, hash) in hashes.iter().enumerate() {
        insert(database, &format!("a{n}@x.org"), hash, "doctor").await;
    }
    let report = database.report::<Clerk>().await;
    assert!(
        report.rows.len() == 1 && report.rows[0].contains("1 row with an Argon2 hash that is cut off"),
        "{report:#?}"
    );
    let others = report.other_hashes.join("\n");
    for expected in [
        "2 rows with a hash of the form bcrypt (`id` 3, 4)",
        "1 row with a hash of the form PBKDF2",
        "1 row with something in `password_hash` that is no hash of a known form (`id` 6)",
    ] {
        assert!(others.contains(expected), "{expected}: {others}");
    }
    assert_eq!(report.other_hashes.len(), 3, "an account that is locked with `!` is as it should be: {others}");
    assert!(!others.contains("hunter2"), "it may be a password");
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, PartialEq)]
enum Plan {
    Free,
    Paid,
}

impl TryFrom<String> for Plan {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "free" => Ok(Self::Free),
            "paid" => Ok(Self::Paid),
            _ => Err(format!("`{text}` is no plan")),
        }
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "customers")]
struct Customer {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    #[sqlx(try_from = "String")]
    plan: Plan,
}

async fn a_claim_that_cannot_be_read_is_found<D: Database>(database: &D)
where
    Customer: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let columns =
        format!("{}, email VARCHAR(254) NOT NULL UNIQUE, plan VARCHAR(9) NOT NULL DEFAULT 'free'", counted::<D>());
    database.run(&format!("CREATE TABLE customers ({columns})")).await;
    database
        .run("INSERT INTO customers (email, plan) VALUES ('a@x.org', 'free'), ('b@x.org', 'gold'), ('c@x.org', 'gold')")
        .await;
    let report = database.report::<Customer>().await;
    assert!(report.is_ready() && report.rows.len() == 1, "{report:#?}");
    assert!(report.rows[0].contains("2 rows that cannot be read as `Customer` because of `plan`"), "{report:#?}");
    assert!(report.rows[0].contains("`id` 2, 3") && !report.rows[0].contains("gold"), "{report:#?}");
}

/// A type whose decoder panics, as those of times do for a value out of their range.
#[derive(Clone, Debug)]
struct Era;

impl<DB: sqlx::Database> sqlx::Type<DB> for Era
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Era
where
    String: sqlx::Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        let text = <String as sqlx::Decode<'r, DB>>::decode(value)?;
        assert!(text != "-infinity", "overflow");
        Ok(Self)
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "veterans")]
struct Veteran {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: auth::PasswordHash,
    #[expect(dead_code, reason = "reading it is what fails")]
    since: Era,
}

async fn panicking_decoder_is_an_unreadable_row<D: Database>(database: &D)
where
    Veteran: SqlUser<D::Driver> + SqlRow<D::Driver>,
{
    let columns = "email VARCHAR(254) NOT NULL UNIQUE, password_hash VARCHAR(255) NOT NULL, since VARCHAR(9) NOT NULL DEFAULT 'now'";
    database.run(&format!("CREATE TABLE veterans ({}, {columns})", counted::<D>())).await;
    database
        .run(&format!("INSERT INTO veterans (email, password_hash, since) VALUES ('a@x.org', '{HASH}', 'then'), ('b@x.org', '{HASH}', '-infinity')"))
        .await;
    let report = database.report::<Veteran>().await;
    assert!(report.is_ready() && report.rows.len() == 1, "{report:#?}");
    assert!(report.rows[0].contains("1 row that cannot be read as `Veteran`"), "{report:#?}");
    assert!(report.rows[0].contains("(`id` 2)"), "{report:#?}");
    let users = database.users::<Veteran>();
    assert!(users.find(&2).await.unwrap_err().is_corrupt());
    assert!(users.find_by_login(0, "b@x.org").await.unwrap_err().is_corrupt());
    let hash = users.find_hash(0, "b@x.org").await.unwrap().flatten();
    assert_eq!(hash.as_ref().map(auth::PasswordHash::expose), Some(HASH), "no row is read for it");
    assert_eq!(users.find(&1).await.unwrap().unwrap().email, "a@x.org", "the connection is as before");
}

#[tokio::test]
async fn a_value_that_is_no_text_stops_no_start() {
    let Some(sqlite) = <crate::backends::Sqlite as Database>::without_tables().await else { return };
    for (column, expected) in [
        ("email", "has a value in `email` that is no text, so nobody can sign in with it (`id` 1)"),
        ("password_hash", "cannot be read as `Clerk` because of `password_hash`"),
        ("job", "cannot be read as `Clerk` because of `job`"),
        ("name", "cannot be read as `Clerk` because of `name`"),
    ] {
        table(&sqlite, "").await;
        insert(&sqlite, "a@x.org", HASH, "doctor").await;
        insert(&sqlite, "b@x.org", HASH, "doctor").await;
        sqlite.run(&format!("UPDATE clerks SET {column} = x'ff00' WHERE id = 1")).await;
        let report = sqlite.report::<Clerk>().await;
        assert!(report.is_ready() && report.rows.len() == 1, "{column}: {report:#?}");
        assert!(report.rows[0].contains(expected) && report.rows[0].contains("(`id` 1)"), "{column}: {report:#?}");
        sqlite.run("DROP TABLE clerks").await;
    }
}

#[tokio::test]
async fn a_list_that_is_no_text_stops_no_start() {
    let Some(sqlite) = <crate::backends::Sqlite as Database>::without_tables().await else { return };
    for column in ["roles", "permissions", "nick"] {
        sqlite.run(Member::TABLE).await;
        sqlite.run("INSERT INTO members (email, roles, permissions) VALUES ('a@x.org', 'author', 'write')").await;
        sqlite.run(&format!("UPDATE members SET {column} = x'ff00'")).await;
        let report = sqlite.report::<Member>().await;
        assert!(report.is_ready() && report.rows.len() == 1, "{column}: {report:#?}");
        assert!(report.rows[0].contains(&format!("`{column}`")), "{column}: {report:#?}");
        sqlite.run("DROP TABLE members").await;
    }
}
