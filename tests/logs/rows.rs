//! What is logged about rows of the user table.

use std::sync::LazyLock;

use auth::clock::Clock as _;
use auth::testing::{Faults, totp_code};
use auth::{Auth, ClientInfo, Secret};
use auth_tests::app::SECRET;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::users::SCHEMA_REUSING_IDS;
use auth_tests::{App, Database, User};

use crate::{LOG, logged};

#[tokio::test]
async fn b11_rows_with_unusable_logins_are_logged_at_start_up() {
    LazyLock::force(&LOG);
    let db = auth_tests::Database::with(auth_tests::users::SCHEMA).await;
    db.run(
        "INSERT INTO users (id, email, password_hash, role, display_name) VALUES
            (4711, 'Ada.Told@X.org', '$2b$12$C6UzMDM.H6dfI/f/IKcEeO7V2xC1ZkCv2ZrL4G9tXsxQ8yYt1hG3e', 'auditor', 'Ada')",
    )
    .await;
    let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    builder.passwords(auth_tests::app::quick_passwords()).build().await.unwrap();
    let log = logged();
    let told: Vec<_> = log.lines().filter(|line| line.contains("auth::build") && line.contains("4711")).collect();
    for expected in ["1 row with `auditor`", "not in canonical form", "a hash of the form bcrypt"] {
        let line = told.iter().find(|line| line.contains(expected));
        assert!(line.is_some_and(|line| line.contains("WARN")), "{expected}: {told:#?}");
    }
    assert!(!told.iter().any(|line| line.contains("Ada.Told") || line.contains("C6UzMDM")), "{told:#?}");
}

/// Rows in a form of earlier releases never stop a start; they are counted.
#[tokio::test]
async fn logins_in_a_former_form_are_counted_at_start() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    for email in ["then1@x.org", "then2@x.org", "now@x.org"] {
        app.register(email).await.is(201);
    }
    let former = "UPDATE users SET email = replace(email, 'then', 'νίκος') WHERE email LIKE 'then%'";
    sqlx::raw_sql(former).execute(&app.pool).await.unwrap();
    assert!(app.auth.check_schema().await.unwrap().is_empty());
    let log = logged();
    let told = "some logins are stored in the form of earlier releases";
    let line = log.lines().find(|line| line.contains(told) && line.contains("rows=2")).unwrap();
    assert!(line.contains("column=\"email\""), "{line}");
    assert!(line.contains("`id` 1, 2") && line.contains("nothing needs to be done"), "{line}");
    assert!(!log.contains("νίκος1@"), "logins are personal");
}

/// No list of look-ups finds an invisible character, or an old letter that folds.
#[tokio::test]
async fn logins_that_sign_up_misses_are_counted_at_start() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    for (number, email) in ["νίκος@x.org", "ada.hidden@x.org\u{200b}", "\u{1c80}.hidden@x.org"].iter().enumerate()
    {
        app.register(&format!("then{number}@x.org")).await.is(201);
        let put = "UPDATE users SET email = $1, id = $3 WHERE email = $2";
        let put = sqlx::query(put).bind(email).bind(format!("then{number}@x.org"));
        let put = put.bind(8001 + i64::try_from(number).unwrap());
        put.execute(&app.pool).await.unwrap();
    }
    assert!(app.auth.check_schema().await.unwrap().is_empty(), "their owners sign in");
    let log = logged();
    let line = log.lines().find(|line| line.contains("a new sign-up does not find")).unwrap();
    for part in ["WARN", "rows=2", "column=\"email\"", "8002"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("8001") && !log.contains("hidden@x.org\u{200b}"), "{line}");
    // What sign-up does find is refused, as that line says.
    app.register("ΝΊΚΟΣ@x.org").await.is(409);
    app.register("ada.hidden@x.org").await.is(201);
}

/// SQLite gives the id of the last row out again, whether it was deleted through the library or behind its back.
#[tokio::test]
async fn h1_only_directly_deleted_rows_are_logged() {
    LazyLock::force(&LOG);
    let app = App::with_faults_at_once(&Faults::new(), SCHEMA_REUSING_IDS).await;
    app.db.run("INSERT INTO users VALUES (7001, 'first@x.org', '', TRUE, 'member', '')").await;
    let warned =
        || logged().lines().filter(|line| line.contains("got the id of an earlier") && line.contains("7002")).count();
    app.register("ada@example.org").await.is(201);
    app.auth.accounts().delete(&7002).await.unwrap();
    app.register("bob@example.org").await.is(201);
    assert_eq!((app.id("bob@example.org").await, warned()), (7002, 0));
    app.db.run("DELETE FROM users WHERE id = 7002").await;
    app.register("eve@example.org").await.is(201);
    assert_eq!((app.id("eve@example.org").await, warned()), (7002, 1));
    app.db.run("DELETE FROM users WHERE id = 7002").await;
    drop(app.auth.accounts().delete(&7002).await);
    assert_eq!(warned(), 1, "there is no new account");
}

#[tokio::test]
async fn unasked_second_factors_are_warned_of_at_start() {
    LazyLock::force(&LOG);
    let warned = || logged().lines().any(|line| line.contains("nobody is asked for theirs") && line.contains("Reader"));
    let on = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, |builder| builder.totp("Shop")).await;
    let tokens = on.sign_up("ada@x.org").await.is(201);
    on.auth.accounts().set_verified(&1, true).await.unwrap();
    let tokens = on.refresh(&tokens.refresh_token()).await.is(200);
    let claims = on.auth.verify(&tokens.access_token()).unwrap();
    let app = on.auth.begin_totp(&claims).await.unwrap();
    Stage::<Reader, _>::new(on.place.clone()).await;
    assert!(!warned(), "one that was never confirmed is asked of nobody");
    let code = totp_code(&app.secret, on.clock.now());
    on.auth.confirm_totp(&claims, &code, &ClientInfo::default()).await.unwrap();
    Stage::<Reader, _>::with(on.place.clone(), |builder| builder.totp("Shop")).await;
    assert!(!warned(), "it is asked for");
    Stage::<Reader, _>::new(on.place.clone()).await;
    assert!(warned());
}
