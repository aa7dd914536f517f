//! A change of an account is all or nothing, also if the table refuses its last step (B01, B02, B10).

use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::Faults;
use auth::{AuthError, ClientInfo, LoginField};
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;
use auth_tests::{App, Place, Role, User, on_databases};

on_databases! {
    SCHEMA;
    b01_a_refused_deletion_ends_no_session
    b01_a_deletion_that_a_trigger_refuses_ends_no_session
    b01_refused_changes_leave_tokens_and_sessions_alone
    b01_refused_password_leaves_the_old_one_and_sessions
    b02_an_untouched_row_is_no_wrong_password
    b10_an_unknown_role_can_be_disabled_repaired_and_deleted
}

/// The statements of a database.
struct Statements {
    posts: &'static str,
    /// What a trigger does to refuse a row: by what people write, by a state of their own, by a slip.
    refusals: &'static [&'static str],
    /// A trigger that does it before an update or a deletion, and what takes the trigger away.
    trigger: fn(name: &str, event: &str, refusal: &str) -> String,
    no_trigger: fn(name: &str) -> String,
    /// Lets updates pass without doing anything. (MySQL has no such thing.)
    ignore_update: Option<&'static str>,
    any_role: &'static str,
}

const SQLITE: Statements = Statements {
    posts: "CREATE TABLE posts (author_id INTEGER NOT NULL REFERENCES users(id));
        INSERT INTO posts VALUES (1)",
    refusals: &[
        "SELECT RAISE(ABORT, 'no')",
        "SELECT RAISE(FAIL, 'no')",
        "SELECT RAISE(ROLLBACK, 'no')",
        "INSERT INTO users (id) VALUES (NULL)",
        "SELECT zeroblob(2000000000)",
    ],
    trigger: |name, event, refusal| format!("CREATE TRIGGER {name} BEFORE {event} ON users BEGIN {refusal}; END"),
    no_trigger: |name| format!("DROP TRIGGER {name}"),
    ignore_update: Some("CREATE TRIGGER ignore BEFORE UPDATE ON users BEGIN SELECT RAISE(IGNORE); END"),
    any_role: "SELECT 1",
};

const POSTGRES: Statements = Statements {
    // Deferred: without a check before the commit, it would be the commit that fails.
    posts: "CREATE TABLE posts (author_id BIGINT NOT NULL REFERENCES users(id) DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO posts VALUES (1)",
    refusals: &[
        "RAISE 'no'",
        "RAISE 'no' USING ERRCODE = 'UE001'",
        "RAISE 'no' USING ERRCODE = '45000'",
        "RAISE 'no' USING ERRCODE = 'check_violation'",
        "ASSERT false",
        "RAISE no_data_found",
        "RAISE too_many_rows",
        "RAISE case_not_found",
        "RAISE cardinality_violation",
        "RAISE program_limit_exceeded",
        "PERFORM 1 / (OLD.id - OLD.id)",
    ],
    trigger: |name, event, refusal| {
        format!(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refusal}; END $$;
            CREATE TRIGGER {name} BEFORE {event} ON users FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    },
    no_trigger: |name| format!("DROP TRIGGER {name} ON users"),
    ignore_update: Some("CREATE RULE ignore AS ON UPDATE TO users DO INSTEAD NOTHING"),
    any_role: "SELECT 1",
};

const MYSQL: Statements = Statements {
    posts: "CREATE TABLE posts (author_id BIGINT NOT NULL, FOREIGN KEY (author_id) REFERENCES users(id));
        INSERT INTO posts VALUES (1)",
    refusals: &[
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'",
        "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001",
        "SIGNAL SQLSTATE '45001'",
        "SIGNAL SQLSTATE 'UE001' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'no'",
        "SIGNAL SQLSTATE '02000'",
        "SET @no = (SELECT 1 UNION SELECT 2)",
        "CASE 1 WHEN 2 THEN SET @no = 1; END CASE",
        "UPDATE users SET id = id",
    ],
    trigger: |name, event, refusal| {
        format!("CREATE TRIGGER {name} BEFORE {event} ON users FOR EACH ROW BEGIN {refusal}; END")
    },
    no_trigger: |name| format!("DROP TRIGGER {name}"),
    ignore_update: None,
    any_role: "ALTER TABLE users MODIFY role VARCHAR(20) NOT NULL",
};

fn statements<P: Place>() -> Statements {
    match <P::Driver as sqlx::Database>::NAME {
        "SQLite" => SQLITE,
        "PostgreSQL" => POSTGRES,
        _ => MYSQL,
    }
}

/// A trigger that refuses something.
struct Refusal {
    /// Another one each time: a connection of SQLite may remember those that others have taken away.
    name: String,
    sql: &'static str,
}

impl Refusal {
    fn each<P: Place>() -> impl Iterator<Item = Self> {
        let all = statements::<P>().refusals.iter().enumerate();
        all.map(|(number, sql)| Self { name: format!("refusal_{number}"), sql })
    }

    async fn set<P: Place>(&self, place: &P, event: &str) {
        let trigger = (statements::<P>().trigger)(&self.name, event, self.sql);
        place.sql(&trigger).await.unwrap_or_else(|error| panic!("{trigger}: {error}"));
    }

    async fn lift<P: Place>(&self, place: &P) {
        place.sql(&(statements::<P>().no_trigger)(&self.name)).await.unwrap();
    }
}

/// Ada, signed in.
async fn ada<P: Place + Clone>(place: &P) -> (App<P>, String, String)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place.clone(), |builder| builder).await;
    app.register("ada@example.org").await.is(201);
    let (access, refresh) = app.tokens("ada@example.org").await;
    (app, access, refresh)
}

/// Nothing has happened to Ada.
async fn goes_on<P: Place>(app: &App<P>, access: &str, refresh: &str)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    app.get("/me", access).await.is(200);
    let sessions = app.get("/auth/sessions", access).await.is(200);
    assert_eq!(sessions.json().as_array().unwrap().len(), 2);
    app.refresh(refresh).await.is(200);
}

async fn b01_a_refused_deletion_ends_no_session<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, access, refresh) = ada(&place).await;
    place.sql(statements::<P>().posts).await.unwrap();
    let refused = app.auth.accounts().delete(&1).await.unwrap_err();
    assert!(matches!(refused, AuthError::StillReferenced(_)), "{refused:?}");
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "still_referenced"));
    goes_on(&app, &access, &refresh).await;
    place.sql("DELETE FROM posts").await.unwrap();
    app.auth.accounts().delete(&1).await.unwrap();
    app.get("/me", &access).await.is(401);
}

async fn b01_a_deletion_that_a_trigger_refuses_ends_no_session<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, access, refresh) = ada(&place).await;
    for refusal in Refusal::each::<P>() {
        refusal.set(&place, "DELETE").await;
        let refused = app.auth.accounts().delete(&1).await.unwrap_err();
        assert!(matches!(refused, AuthError::RefusedByTable(_)), "{}: {refused:?}", refusal.sql);
        refusal.lift(&place).await;
    }
    goes_on(&app, &access, &refresh).await;
}

async fn b01_refused_changes_leave_tokens_and_sessions_alone<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, access, refresh) = ada(&place).await;
    let users = app.auth.accounts();
    for refusal in Refusal::each::<P>() {
        refusal.set(&place, "UPDATE").await;
        let refused = [
            users.set_role(&1, Role::Admin).await,
            users.disable(&1).await,
            users.set_password(&1, "another good password").await,
            users.set_login(&1, LoginField::named("email"), "grace@example.org").await,
        ];
        for refused in refused {
            assert!(matches!(refused, Err(AuthError::RefusedByTable(_))), "{}: {refused:?}", refusal.sql);
        }
        refusal.lift(&place).await;
    }
    goes_on(&app, &access, &refresh).await;
}

async fn b01_refused_password_leaves_the_old_one_and_sessions<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, access, refresh) = ada(&place).await;
    for refusal in Refusal::each::<P>() {
        refusal.set(&place, "UPDATE").await;
        let answer = app.change_password(&access, PASSWORD, "another good password").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal".to_owned()), "{}", refusal.sql);
        refusal.lift(&place).await;
    }
    goes_on(&app, &access, &refresh).await;
    app.login("ada@example.org", PASSWORD).await.is(200);
}

async fn b02_an_untouched_row_is_no_wrong_password<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let Some(ignore) = statements::<P>().ignore_update else { return };
    let (app, access, refresh) = ada(&place).await;
    place.sql(ignore).await.unwrap();
    app.change_password(&access, PASSWORD, "another good password").await.is(500);
    let refused = app.auth.accounts().disable(&1).await;
    assert!(matches!(refused, Err(AuthError::RefusedByTable(_))), "{refused:?}");
    goes_on(&app, &access, &refresh).await;
    assert!(matches!(app.auth.accounts().disable(&2).await, Err(AuthError::NotFound)));
}

async fn b10_an_unknown_role_can_be_disabled_repaired_and_deleted<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, access, _) = ada(&place).await;
    place.sql(statements::<P>().any_role).await.unwrap();
    let users = app.auth.accounts();
    let break_it = "UPDATE users SET role = 'auditor'";
    place.sql(break_it).await.unwrap();
    users.disable(&1).await.unwrap();
    app.get("/claims", &access).await.is(401);
    users.enable(&1).await.unwrap();
    users.set_role(&1, Role::Editor).await.unwrap();
    app.login("ada@example.org", PASSWORD).await.is(200);

    place.sql(break_it).await.unwrap();
    users.set_password(&1, "another good password").await.unwrap();
    users.set_role(&1, Role::Member).await.unwrap();
    let answer = app.login("ada@example.org", "another good password").await.is(200);

    place.sql(break_it).await.unwrap();
    assert_eq!(app.login("ada@example.org", "not the password").await.is(401).code(), "invalid_credentials");
    app.login("ada@example.org", "another good password").await.is(500);
    app.auth.logout_all(&1, &ClientInfo::default()).await.unwrap();
    app.get("/claims", &answer.access_token()).await.is(401);
    users.delete(&1).await.unwrap();
    assert!(users.find(&1).await.unwrap().is_none());
}

#[tokio::test]
async fn b01_change_with_lost_response_is_known_at_next_login() {
    let faults = Faults::new();
    let app = App::with_faults_at_once(&faults, SCHEMA).await;
    app.register("ada@example.org").await.is(201);
    let (access, refresh) = app.tokens("ada@example.org").await;
    faults.next("accounts.change").lose_response();
    let answer = app.change_password(&access, PASSWORD, "another good password").await;
    assert_eq!(answer.status, 503);
    // The store says that the password is the new one, and its session goes on: that of the change.
    let next = app.login("ada@example.org", "another good password").await.is(200);
    app.get("/me", &next.access_token()).await.is(200);
    app.refresh(&refresh).await.is(200);
    let sessions = app.get("/auth/sessions", &next.access_token()).await.is(200);
    assert_eq!(sessions.json().as_array().unwrap().len(), 2, "not that of the sign-up");
}

#[tokio::test]
async fn b01_a_change_that_never_happened_ends_nothing() {
    let faults = Faults::new();
    let app = App::with_faults_at_once(&faults, SCHEMA).await;
    app.register("ada@example.org").await.is(201);
    let (access, refresh) = app.tokens("ada@example.org").await;
    for _ in 0..3 {
        faults.next("accounts.change").fail();
        assert!(app.auth.accounts().set_role(&1, Role::Admin).await.is_err());
        faults.next("accounts.change").fail();
        assert!(app.auth.accounts().delete(&1).await.is_err());
    }
    goes_on(&app, &access, &refresh).await;
}
