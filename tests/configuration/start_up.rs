//! What `build()` refuses, with everything listed in one error.

use std::time::Duration;

use auth::password::PasswordConfig;
use auth::password::{HashParams, PasswordPolicy};
use auth::{Auth, AuthBuilder, CookieSettings, PasskeySettings, Secret};
use auth_tests::app::{SECRET, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{Database, User};

fn builder(db: &Database) -> AuthBuilder<User> {
    Auth::<User>::builder(db.pool.clone()).passwords(quick_passwords())
}

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

/// The lines of the error after the first one.
async fn refusal(builder: AuthBuilder<User>) -> Vec<String> {
    let text = builder.build().await.unwrap_err().to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("auth cannot start:"));
    lines
        .map(|line| {
            line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let db =
        Database::with("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, pass TEXT NOT NULL)").await;
    db.run("INSERT INTO users (email, pass) VALUES ('Ada@Example.org', ''), ('fine@example.org', '')").await;
    let builder = builder(&db)
        .issuer(" ")
        .audience("")
        .access_ttl(Duration::from_hours(2))
        .session_idle_timeout(Duration::from_mins(90))
        .session_max_lifetime(Duration::from_mins(30))
        .refresh_grace(Duration::from_secs(61))
        .leeway(Duration::from_secs(61))
        .cookies(CookieSettings::new().origin("app.example"))
        .passkeys(PasskeySettings::new("").rp_id("elsewhere.example").origin("http://app.example"))
        .passwords(
            PasswordConfig::default().params(HashParams::new(8, 1, 1)).policy(PasswordPolicy::default().min_length(4)),
        );
    let lines = refusal(builder).await;
    for expected in [
        "over 60 minutes",
        "refresh-token lifetime is shorter than the access-token lifetime",
        "absolute session limit is shorter",
        "grace window",
        "leeway is over 60 seconds",
        "issuer is empty",
        "audience is empty",
        "`app.example` is not an origin",
        "`passkeys` needs a name",
        "`http://app.example` of passkeys begins with `http`",
        "no secret: call",
        "minimum length of passwords is 4",
        "is too weak",
        "no column `password_hash`",
        "no column `is_active`",
        "no column `role`",
        "no column `display_name`",
        "`users.pass` must have a value, has no default, and is no field of the user type",
        "CREATE UNIQUE INDEX",
    ] {
        assert_eq!(lines.iter().filter(|line| line.contains(expected)).count(), 1, "{expected}\n{}", lines.join("\n"));
    }
    assert_eq!(lines.len(), 19, "{}", lines.join("\n"));
    let renamed = "there is `pass`: if that is the one, say `#[sqlx(rename = \"pass\")]` on the field";
    assert!(lines.iter().any(|line| line.contains(renamed)), "a rename before a new column: {}", lines.join("\n"));
    let index = |line: &&String| line.contains("CREATE UNIQUE INDEX");
    let of_rows = lines.iter().filter(|line| line.contains("canonical") && !index(line)).count();
    assert_eq!(of_rows, 0, "a row stops no start");
    assert!(
        lines.iter().find(index).is_some_and(|line| line.contains("first call `auth::store::sql::canonicalize_logins"))
    );
}

#[tokio::test]
async fn sec_a_missing_secret_says_what_to_write() {
    let db = Database::with(SCHEMA).await;
    let lines = refusal(builder(&db)).await;
    let wanted = "no secret: call `.secret(Secret::env_or_file(\"JWT_SECRET_KEY\", \"auth.key\")?)`, or `.from_env()`";
    assert_eq!(lines, [wanted]);
}

#[tokio::test]
async fn jwt_30_access_tokens_over_an_hour_need_explicit_consent() {
    let db = Database::with(SCHEMA).await;
    let hours = |hours| builder(&db).secret(secret()).access_ttl(Duration::from_hours(hours));
    assert_eq!(refusal(hours(2)).await.len(), 1);
    hours(1).build().await.unwrap();
    hours(2).allow_long_access_tokens().build().await.unwrap();
    assert_eq!(refusal(builder(&db).secret(secret()).access_ttl(Duration::from_millis(999))).await.len(), 1);
}

#[tokio::test]
async fn ref_06_the_grace_window_ends_at_a_minute() {
    let db = Database::with(SCHEMA).await;
    for (seconds, fine) in [(0, true), (60, true), (61, false)] {
        let built = builder(&db).secret(secret()).refresh_grace(Duration::from_secs(seconds)).build().await;
        assert_eq!(built.is_ok(), fine, "{seconds}");
    }
}

#[tokio::test]
async fn limits_of_sessions_must_fit_each_other() {
    let db = Database::with(SCHEMA).await;
    let day = Duration::from_hours(24);
    let limits = |idle, all| builder(&db).secret(secret()).session_idle_timeout(idle).session_max_lifetime(all);
    limits(day, day).build().await.unwrap();
    limits(366 * day, 366 * day).build().await.unwrap();
    assert_eq!(refusal(limits(2 * day, day)).await.len(), 1);
    assert_eq!(refusal(limits(367 * day, 367 * day)).await.len(), 1);
    assert_eq!(refusal(limits(Duration::from_mins(10), day)).await.len(), 1);
}

#[tokio::test]
async fn login_column_needs_its_own_unique_index() {
    let columns = "password_hash TEXT NOT NULL, is_active BOOLEAN NOT NULL DEFAULT TRUE, role TEXT NOT NULL, display_name TEXT NOT NULL";
    for (email, fine) in [("email TEXT NOT NULL UNIQUE", true), ("email TEXT NOT NULL", false)] {
        let db = Database::with("").await;
        let table = format!("CREATE TABLE users (id INTEGER PRIMARY KEY, {email}, {columns})");
        sqlx::raw_sql(sqlx::AssertSqlSafe(table)).execute(&db.pool).await.unwrap();
        let built = builder(&db).secret(secret()).build().await;
        assert_eq!(built.is_ok(), fine, "{email}");
        if let Err(error) = built {
            let advice = error.to_string();
            let sql = advice.split("one login: ").nth(1).unwrap().to_owned();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&db.pool).await.unwrap();
            builder(&db).secret(secret()).build().await.unwrap();
        }
    }
}

#[tokio::test]
async fn b11_rows_with_untypable_logins_warn_at_start_up() {
    for (email, fine) in [
        ("ada@example.org", true),
        ("Ada@example.org", false),
        (" ada@example.org", false),
        ("ａda@example.org", false),
        ("É@x.org", false),
        ("é@x.org", true),
    ] {
        let db = Database::with(SCHEMA).await;
        let row = "INSERT INTO users (id, email, password_hash, role, display_name) VALUES (77, $1, '', 'member', '')";
        sqlx::query(row).bind(email).execute(&db.pool).await.unwrap();
        let auth = builder(&db).secret(secret()).build().await.unwrap();
        let report = auth.check_schema().await.unwrap();
        assert!(report.is_ready() && report.is_empty() == fine, "{email:?}: {report:#?}");
        assert!(fine || report.rows[0].contains("(`id` 77)"), "{report:#?}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named() {
    let db = Database::with("").await;
    let lines = refusal(builder(&db).secret(secret())).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (sentence, statement) = lines[0].split_once(", for example with: ").unwrap();
    assert_eq!(sentence, "there is no table `users` for `User`: create it first");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&db.pool).await.unwrap();
    builder(&db).secret(secret()).build().await.unwrap();
}

#[tokio::test]
async fn a_refused_start_makes_no_tables() {
    let db = Database::with(SCHEMA).await;
    refusal(builder(&db)).await;
    assert_eq!(db.count("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'auth%'").await, 0);
    builder(&db).secret(secret()).build().await.unwrap();
    builder(&db).secret(secret()).build().await.unwrap();
    assert!(db.count("SELECT count(*) FROM sqlite_schema WHERE name = 'auth_records'").await == 1);
}
