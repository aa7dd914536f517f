//! A row that is replaced by that of another person, with the same id, while somebody signs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::store::sql::{Dialect, SqlBackend, SqlRow, SqlUser};
use auth::testing::Faults;
use auth::{Auth, AuthError, ClientInfo, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::users::SCHEMA_REUSING_IDS;
use auth_tests::{Answer, App, Call, Database, Place, User, UserRegistration, on_databases};
use serde_json::json;
use sqlx::{AssertSqlSafe, Pool, SqlSafeStr as _, Transaction};

use crate::created::{MEMBERS, Member, MemberRegistration};
use crate::inherited::delete_directly;

on_databases! {
    SCHEMA_REUSING_IDS;
    h1_a_login_is_for_the_row_that_was_verified
    h1_a_mark_written_meanwhile_is_raised_again
    h1_many_marks_at_once_leave_nothing_alive
}

const NOT_HERS: &str = "another person's battery staple";

/// Everything that was issued to Ada is dead, and Bob has one session.
async fn nothing_is_hers<P: Place>(app: &App<P>, left: &Answer, call: usize)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    app.auth.sync_revocations().await.unwrap();
    if left.status == 200 {
        app.get("/me", &left.access_token()).await.is(401);
        app.get("/auth/sessions", &left.access_token()).await.is(401);
        app.refresh(&left.refresh_token()).await.is(401);
    } else {
        assert_eq!(left.status, 401, "call {call}");
    }
    assert_eq!(app.auth.sessions(&1).await.unwrap().len(), 1, "call {call}");
}

/// Lets something happen before the call of a store with this number. Returns whether it has.
fn happens(faults: &Faults, call: usize, what: impl Future<Output = ()> + Send + 'static) -> Arc<AtomicBool> {
    let happened = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&happened);
    faults.nth("*", call).before(async move {
        what.await;
        seen.store(true, Ordering::Relaxed);
    });
    happened
}

/// Ada signs up, and her row is deleted directly. Returns what she has left.
async fn left_by_ada<P: Place + Clone>(place: &P) -> (App<P>, Answer)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place.clone(), |builder| builder).await;
    let left = app.register("ada@example.org").await.is(201);
    delete_directly(place).await;
    (app, left)
}

/// Nothing was ever issued for the account of Ada, so nothing tells that the id is another person's by now, except the
/// row.
async fn h1_a_login_is_for_the_row_that_was_verified<P>(place: P)
where
    P: Place + Clone + Send + Sync + 'static,
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    for call in 0.. {
        delete_directly(&place).await;
        drop(place.sql("DELETE FROM auth_records").await);
        let faults = Faults::new();
        let app = App::in_place_at_once(place.clone(), &faults).await;
        let other = app.beside(|builder| builder).await;
        let form = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
        assert_eq!(app.auth.accounts().create(form, PASSWORD).await.unwrap().id, 1);
        drop(place.sql("DELETE FROM auth_records WHERE kind LIKE '%mark'").await);

        let beside = place.clone();
        let happened = happens(&faults, call, async move {
            delete_directly(&beside).await;
            let body = json!({ "email": "bob@example.org", "password": NOT_HERS, "display_name": "Bob" });
            other.send(Call::post("/auth/register").json(&body)).await.is(201);
        });
        let answer = app.login("ada@example.org", PASSWORD).await;
        if !happened.load(Ordering::Relaxed) {
            assert!(call > 3, "{call} calls are too few");
            answer.is(200);
            return;
        }
        faults.clear();
        nothing_is_hers(&app, &answer, call).await;
    }
}

/// The number that a query selects.
async fn count<DB: Dialect>(pool: &Pool<DB>, sql: &str) -> i64 {
    let mut connection = pool.acquire().await.unwrap();
    let rows = DB::fetch(&mut connection, AssertSqlSafe(sql).into_sql_str(), DB::Arguments::default()).await.unwrap();
    DB::integer(&rows[0], 0).unwrap()
}

/// Runs a statement in another transaction.
async fn run<DB: Dialect>(theirs: &mut Transaction<'static, DB>, sql: &'static str) {
    DB::execute(theirs, sql.into_sql_str(), DB::Arguments::default()).await.unwrap();
}

/// Waits until a sign-up waits for the lock on a record. (One on SQLite waits for the file, and begins later.)
async fn somebody_waits<DB: Dialect>(pool: &Pool<DB>) {
    let waiting = match DB::NAME {
        "PostgreSQL" => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        }
        // The server caches this information for a short time, hence the pause.
        "MySQL" => {
            "SELECT COUNT(*) FROM (SELECT SLEEP(0.15)) pause, information_schema.innodb_trx
             JOIN information_schema.processlist ON trx_mysql_thread_id = id
             WHERE db = DATABASE() AND trx_state = 'LOCK WAIT'"
        }
        _ => return,
    };
    while count(pool, waiting).await == 0 {
        tokio::task::yield_now().await;
    }
}

/// Bob signs up with the id of an account that had a session, while another transaction writes the first mark of that
/// id.
async fn h1_a_mark_written_meanwhile_is_raised_again<P>(place: P)
where
    P: Place + Clone + Send + Sync + 'static,
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, left) = left_by_ada(&place).await;
    assert_eq!(count(&place.pool(), "SELECT COUNT(*) FROM auth_records WHERE kind LIKE '%mark'").await, 0);
    let mut theirs = place.pool().begin().await.unwrap();
    let mark = r#"INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at)
        VALUES ('User:users.mark', '1', '1', '{"g":1,"s":0}', 1, 9223372036854775807, 1)"#;
    run(&mut theirs, mark).await;
    let signing_up = app.router.clone();
    let body = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob" });
    let signing_up = tokio::spawn(async move { Call::post("/auth/register").json(&body).send(&signing_up).await });
    somebody_waits(&place.pool()).await;
    theirs.commit().await.unwrap();
    // (A sequence does not go back: there, another id is as good.)
    let bob = app.auth.verify(&signing_up.await.unwrap().is(201).access_token()).unwrap().sub;
    app.get("/me", &left.access_token()).await.is(401);
    app.refresh(&left.refresh_token()).await.is(401);
    assert_eq!(app.auth.sessions(&bob).await.unwrap().len(), 1);
}

/// All of them raise the mark of the id with which Bob signs up.
async fn h1_many_marks_at_once_leave_nothing_alive<P>(place: P)
where
    P: Place + Clone + Send + Sync + 'static,
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (app, left) = left_by_ada(&place).await;
    let start = Arc::new(tokio::sync::Barrier::new(65));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (auth, start) = (app.auth.clone(), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            drop(auth.accounts().end_sessions(&1).await);
        });
    }
    start.wait().await;
    let answer = app.register("bob@example.org").await;
    tasks.join_all().await;
    assert!(matches!(answer.status.as_u16(), 201 | 503), "{answer:?}");
    if answer.status == 503 && answer.code() == "unavailable" {
        assert!(answer.header("retry-after").is_some(), "it may be tried again");
        assert_eq!(count(&place.pool(), "SELECT COUNT(*) FROM users").await, 0, "there is no row");
        app.register("bob@example.org").await.is(201);
    }
    app.get("/me", &left.access_token()).await.is(401);
    app.refresh(&left.refresh_token()).await.is(401);
}

async fn members(faults: &Faults) -> (Database, Auth<Member>) {
    let db = Database::with(MEMBERS).await;
    let builder = Auth::<Member>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
    let builder = builder.secret(Secret::new(SECRET).unwrap()).passwords(quick_passwords());
    (db, builder.revocation_feed(std::time::Duration::ZERO).build().await.unwrap())
}

#[tokio::test]
async fn h1_an_own_password_is_set_for_nobody_else() {
    let faults = Faults::new();
    let (db, auth) = members(&faults).await;
    let form = MemberRegistration { email: "ada@example.org".to_owned() };
    let (_, tokens) = auth.register(form, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    let claims = auth.verify(&tokens.access_token).unwrap();
    let beside = db.clone();
    // Between the check of the row and the statement.
    faults.next("accounts.change").before(async move {
        let replace = "DELETE FROM members; INSERT INTO members VALUES (1, 'bob@example.org', 'bobs', '2026-02-02')";
        beside.run(replace).await;
    });
    let set = auth.set_own_password(&claims, NOT_HERS, &ClientInfo::default()).await;
    assert!(matches!(set, Err(AuthError::InvalidToken)), "{set:?}");
    assert_eq!(db.text("SELECT password_hash FROM members").await, "bobs");
}

/// The application inserts the row of the other person, with a hash of the same text: only the time tells.
#[tokio::test]
async fn h1_a_login_is_for_the_row_created_then() {
    for call in 0.. {
        let faults = Faults::new();
        let (db, auth) = members(&faults).await;
        let router = auth.routes().into_router().with_state(auth.clone());
        let form = MemberRegistration { email: "ada@example.org".to_owned() };
        auth.accounts().create(form, PASSWORD).await.unwrap();
        let beside = db.clone();
        drop(faults.take_calls());
        let happened = happens(&faults, call, async move {
            beside.run("UPDATE members SET created_at = '2026-02-02T00:00:00Z', email = 'bob@example.org'").await;
        });
        let body = json!({ "email": "ada@example.org", "password": PASSWORD });
        let answer = Call::post("/login").json(&body).send(&router).await;
        if !happened.load(Ordering::Relaxed) {
            answer.is(200);
            return;
        }
        faults.clear();
        if answer.status == 200 {
            Call::get("/me").bearer(&answer.access_token()).send(&router).await.is(401);
            let body = json!({ "refresh_token": answer.refresh_token() });
            Call::post("/refresh").json(&body).send(&router).await.is(401);
        } else {
            assert_eq!(answer.is(401).code(), "invalid_credentials", "call {call}");
        }
    }
}
