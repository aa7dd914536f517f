//! What `build()` refuses about a user table in SQLite (promise 11).

use auth::AuthUser;
use auth::store::Users;
use auth::store::sql::SqlUsers;
use sqlx::{AssertSqlSafe, SqlitePool, raw_sql};

use crate::backends::{Sqlite, all};
use crate::models::Member;

/// An id of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[sqlx(transparent)]
struct Key(Vec<u8>);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::str::FromStr for Key {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.into()))
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "main.visitors")]
struct Visitor {
    #[auth(id)]
    key: Key,
    #[auth(login)]
    name: String,
}

async fn run(pool: &SqlitePool, sql: &str) {
    raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// The problems of a `members` table created by this statement.
async fn problems_of(sql: &str) -> Vec<String> {
    let sqlite = Sqlite::bare().await;
    run(&sqlite.pools[0], sql).await;
    members(&sqlite).await
}

async fn members(sqlite: &Sqlite) -> Vec<String> {
    all(SqlUsers::<Member, _>::new(sqlite.pools[0].clone()).problems().await.unwrap())
}

#[tokio::test]
async fn a_missing_table_is_named() {
    let problems = problems_of("").await;
    let expected = "there is no table `members` for `Member`: create it first, for example with: CREATE TABLE \"members\" \
        (\"id\" INTEGER PRIMARY KEY, \"email\" TEXT NOT NULL UNIQUE, \"nick\" TEXT UNIQUE, \"password_hash\" TEXT, \
        \"is_active\" BOOLEAN NOT NULL DEFAULT TRUE, \"roles\" TEXT NOT NULL DEFAULT '', \
        \"permissions\" TEXT NOT NULL DEFAULT '', \"favourite\" TEXT NOT NULL DEFAULT /* choose a default */, \
        \"favourite_permission\" TEXT NOT NULL DEFAULT /* choose a default */);";
    assert_eq!(problems, [expected]);
}

#[tokio::test]
async fn missing_columns_are_named_with_similar_ones() {
    let problems = problems_of(
        "CREATE TABLE members (id INTEGER PRIMARY KEY, e_mail TEXT UNIQUE, nick TEXT UNIQUE, Password_Hash TEXT,
            is_active INTEGER DEFAULT 1, x TEXT, favourite TEXT DEFAULT 'editor', permissions TEXT DEFAULT '',
            favourite_permission TEXT DEFAULT 'write');
         INSERT INTO members (id) VALUES (1);",
    )
    .await;
    assert_eq!(
        problems,
        [
            "the table `members` has no column `email`; there is `e_mail`: if that is the one, say `#[sqlx(rename = \"e_mail\")]` on the field, else add it: ALTER TABLE \"members\" ADD COLUMN \"email\" TEXT; UPDATE \"members\" SET \"email\" = /* choose a value */; CREATE UNIQUE INDEX \"members_email_unique\" ON \"members\" (\"email\");",
            "the table `members` has no column `password_hash`; there is `Password_Hash`: if that is the one, say `#[sqlx(rename = \"Password_Hash\")]` on the field, else add it: ALTER TABLE \"members\" ADD COLUMN \"password_hash\" TEXT;",
            "the table `members` has no column `roles`; if it has another name there (`x`), say `#[sqlx(rename = \"…\")]` on the field, else add it: ALTER TABLE \"members\" ADD COLUMN \"roles\" TEXT NOT NULL DEFAULT '';",
        ]
    );
}

#[tokio::test]
async fn missing_unique_index_error_contains_the_statement() {
    let sqlite = Sqlite::bare().await;
    run(
        &sqlite.pools[0],
        "CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT, nick TEXT, password_hash TEXT,
            is_active INTEGER DEFAULT 1, roles TEXT DEFAULT '', favourite TEXT DEFAULT 'editor',
            permissions TEXT DEFAULT '', favourite_permission TEXT DEFAULT 'write', UNIQUE (email, roles));
         CREATE INDEX plain ON members (email);
         CREATE UNIQUE INDEX partial ON members (nick) WHERE is_active;
         CREATE UNIQUE INDEX expression ON members (lower(email));",
    )
    .await;
    let problems = members(&sqlite).await;
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].contains("`members.email` has no unique index"), "{}", problems[0]);
    assert!(problems[1].contains("`members.nick` has no unique index"), "{}", problems[1]);

    for (problem, near) in problems.iter().zip([
        ["`expression` is on (lower(email))", "is on `email`, `roles` together"],
        ["`partial` is on (nick) WHERE is_active", ""],
    ]) {
        assert!(near.iter().all(|near| problem.contains(near)), "{problem}");
    }
    for problem in problems {
        let (_, statement) = problem.rsplit_once(": ").unwrap();
        run(&sqlite.pools[0], statement).await;
    }
    assert_eq!(members(&sqlite).await, [""; 0]);
}

#[tokio::test]
async fn primary_key_counts_as_a_unique_index() {
    let problems = problems_of(
        "CREATE TABLE members (email TEXT PRIMARY KEY, id INTEGER DEFAULT (random()), nick TEXT, password_hash TEXT,
            is_active INTEGER DEFAULT 1, roles TEXT DEFAULT '', favourite TEXT DEFAULT 'editor',
            permissions TEXT DEFAULT '', favourite_permission TEXT DEFAULT 'write') WITHOUT ROWID;
         CREATE UNIQUE INDEX by_nick ON members (nick);",
    )
    .await;
    assert_eq!(problems, [""; 0]);
}

#[tokio::test]
async fn non_canonical_logins_are_reported_by_id_only() {
    let sqlite = Sqlite::bare().await;
    run(&sqlite.pools[0], Member::TABLE).await;
    run(
        &sqlite.pools[0],
        "INSERT INTO members (id, email, nick) VALUES
            (1, 'fine@x.org', 'Fine'), (2, 'Ann@x.org', ' bob'), (3, ' bob@x.org', NULL), (4, 'tab@x.org' || char(9), NULL),
            (5, 'É@x.org', 'É'), (6, 'é@x.org', 'é'), (7, 'e' || char(0x301) || '@x.org', NULL), (8, 'ａ@x.org', char(0x3000) || 'a');",
    )
    .await;
    let after = "; until then their owners are found as this start has seen them, and a sign-up with such a login is refused as \
        taken; rows that another program adds in this form are not known before the next start or `check_schema()`";
    let call = "call `auth::store::sql::canonicalize_logins::<Member, _>(&pool)`, which stores it as `auth::canonical_login` returns it";
    assert_eq!(
        members(&sqlite).await,
        [
            format!(
                "the table `members` has 6 rows whose `email` is not in canonical form (`id` 2, 3, 4, 5, 7 and more): {call} (trimmed, in NFKC, in lower case), except where rows share a login, which you have to decide about (`id` 5 and 7 and 6), or declare the field `#[auth(login(exact))]`{after}"
            ),
            format!(
                "the table `members` has 2 rows whose `nick` is not in canonical form (`id` 2, 8): {call} (trimmed){after}"
            ),
        ]
    );
}

#[tokio::test]
async fn a_collation_that_ignores_case_hides_no_capital() {
    let sqlite = Sqlite::bare().await;
    let table = Member::TABLE.replace("email TEXT", "email TEXT COLLATE NOCASE");
    run(&sqlite.pools[0], &table).await;
    run(&sqlite.pools[0], "INSERT INTO members (id, email) VALUES (1, 'Ann@x.org');").await;
    let problems = members(&sqlite).await;
    assert!(problems.len() == 1 && problems[0].contains("(`id` 1)"), "{problems:#?}");
}

#[tokio::test]
async fn every_page_of_a_large_table_is_looked_at() {
    let sqlite = Sqlite::bare().await;
    run(&sqlite.pools[0], Member::TABLE).await;
    run(
        &sqlite.pools[0],
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
            INSERT INTO members (id, email) SELECT i, printf('é%06d', i) FROM n;
         INSERT INTO members (id, email) VALUES (9999, 'üÜ');",
    )
    .await;
    let problems = members(&sqlite).await;
    assert!(problems.len() == 1 && problems[0].contains("(`id` 9999)"), "{problems:#?}");
}

#[tokio::test]
async fn schema_qualified_tables_and_non_text_ids_are_supported() {
    let sqlite = Sqlite::bare().await;
    run(
        &sqlite.pools[0],
        "CREATE TABLE visitors (key BLOB PRIMARY KEY DEFAULT (randomblob(9)), name TEXT);
         INSERT INTO visitors VALUES (x'00ff', 'Ann');",
    )
    .await;
    let problems = all(SqlUsers::<Visitor, _>::new(sqlite.pools[0].clone()).problems().await.unwrap());
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(
        problems[0].ends_with(r#"CREATE UNIQUE INDEX "main"."visitors_name_unique" ON "visitors" ("name");"#),
        "{}",
        problems[0]
    );
    assert!(problems[1].contains("(`key` 00FF)"), "{}", problems[1]);
}
