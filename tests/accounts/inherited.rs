//! H1: a new account inherits nothing from an earlier one whose id the database gives out again, whichever way the
//! earlier row went.

use std::collections::BTreeSet;
use std::time::Duration;

use auth::event::EventKind;
use auth::store::sql::{SqlRecords, SqlRow, SqlUser};
use auth::store::{Record, Records as _};
use auth::testing::{Faults, Mailbox};
use auth::{AuthBuilder, AuthError, PasswordHash};
use auth_tests::app::PASSWORD;
use auth_tests::users::{SCHEMA_MYSQL, SCHEMA_POSTGRES, SCHEMA_REUSING_IDS};
use auth_tests::{Answer, App, Call, Database, Place, Role, Setup, User, UserRegistration, on_databases};
use serde_json::json;

// Only SQLite gives the id of a deleted row out again by itself.
on_databases! {
    SCHEMA_REUSING_IDS;
    h1_deleted_row_leaves_no_session_to_the_next_account
    h1_a_table_made_anew_leaves_no_session_behind
    h1_nothing_is_inherited_after_a_restart
    h1_nothing_is_inherited_from_a_cached_row
    h1_other_instances_refuse_the_earlier_account
    h1_created_and_imported_accounts_inherit_nothing
    h1_an_interrupted_sign_up_leaves_no_row
    h1_a_refused_sign_up_ends_nothing
    h1_a_proper_delete_leaves_nothing_to_report
}

fn schema<P: Place>() -> &'static str {
    match <P::Driver as sqlx::Database>::NAME {
        "SQLite" => SCHEMA_REUSING_IDS,
        "PostgreSQL" => SCHEMA_POSTGRES,
        _ => SCHEMA_MYSQL,
    }
}

/// What the deleted account left: an access token, and refresh tokens of two sessions.
struct Left {
    access: String,
    refresh: [String; 2],
}

const PLAIN: Setup = |builder| builder;

async fn mallory<P: Place>(app: &App<P>) -> Left
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let first = app.register("mallory@example.org").await.is(201);
    let (access, second) = app.tokens("mallory@example.org").await;
    app.get("/me", &access).await.is(200);
    Left { access, refresh: [first.refresh_token(), second] }
}

/// Deletes the rows behind the library's back, so that the next one gets the same id.
pub(crate) async fn delete_directly<P: Place>(place: &P) {
    if place.sql("TRUNCATE users RESTART IDENTITY").await.is_err() && place.sql("TRUNCATE users").await.is_err() {
        place.sql("DELETE FROM users").await.unwrap();
    }
}

/// Bob, with the id of the deleted account and a role worth stealing.
async fn bob<P: Place>(app: &App<P>) -> Answer
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    app.register("bob@example.org").await.is(201);
    app.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
    app.login("bob@example.org", PASSWORD).await.is(200)
}

/// Nothing that is left lets anybody in as Bob.
async fn is_dead<P: Place>(app: &App<P>, left: &Left)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    for path in ["/me", "/claims", "/stats", "/admin/row", "/admin/live", "/auth/me", "/auth/sessions"] {
        app.get(path, &left.access).await.is(401);
    }
    for refresh in &left.refresh {
        app.refresh(refresh).await.is(401);
    }
}

async fn app<P: Place + Clone>(place: &P, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> App<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    App::in_place(place.clone(), setup).await
}

async fn h1_deleted_row_leaves_no_session_to_the_next_account<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, PLAIN).await;
    let left = mallory(&app).await;
    delete_directly(&place).await;
    let signed_in = bob(&app).await;
    is_dead(&app, &left).await;
    app.get("/stats", &signed_in.access_token()).await.is(200);
    let sessions = app.get("/auth/sessions", &signed_in.access_token()).await.is(200);
    assert_eq!(sessions.json().as_array().unwrap().len(), 2, "of the sign-up and of the login");
    app.refresh(&signed_in.refresh_token()).await.is(200);
    assert!(app.events().iter().any(|event| matches!(event, EventKind::SessionsEnded { .. })), "it is reported");
}

async fn h1_a_table_made_anew_leaves_no_session_behind<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let first = app(&place, PLAIN).await;
    let left = mallory(&first).await;
    place.sql("DROP TABLE users").await.unwrap();
    place.sql(schema::<P>()).await.unwrap();
    let second = first.beside(PLAIN).await;
    bob(&second).await;
    is_dead(&second, &left).await;
}

async fn h1_nothing_is_inherited_after_a_restart<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let first = app(&place, PLAIN).await;
    let left = mallory(&first).await;
    delete_directly(&place).await;
    bob(&first.beside(PLAIN).await).await;
    let restarted = first.beside(PLAIN).await;
    is_dead(&restarted, &left).await;
}

async fn h1_nothing_is_inherited_from_a_cached_row<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, |builder| builder.user_cache(Duration::from_mins(1))).await;
    let left = mallory(&app).await;
    delete_directly(&place).await;
    let signed_in = bob(&app).await;
    is_dead(&app, &left).await;
    app.get("/admin/row", &signed_in.access_token()).await.is(200);
}

async fn h1_other_instances_refuse_the_earlier_account<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let first = app(&place, PLAIN).await;
    let other = first.beside(|builder| builder.user_cache(Duration::from_mins(1))).await;
    let left = mallory(&other).await;
    delete_directly(&place).await;
    bob(&first).await;
    // As after a poll; how soon that is, the tests of the feed say.
    let polled = first.beside(PLAIN).await;
    is_dead(&polled, &left).await;
    for refresh in &left.refresh {
        other.refresh(refresh).await.is(401);
    }
}

async fn h1_created_and_imported_accounts_inherit_nothing<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, PLAIN).await;
    let form = || UserRegistration { email: "bob@example.org".to_owned(), display_name: "Bob".to_owned() };
    let left = mallory(&app).await;
    delete_directly(&place).await;
    assert_eq!(app.auth.accounts().create(form(), PASSWORD).await.unwrap().id, 1);
    is_dead(&app, &left).await;

    let left = app.login("bob@example.org", PASSWORD).await.is(200);
    let left = Left { access: left.access_token(), refresh: [left.refresh_token(), left.refresh_token()] };
    delete_directly(&place).await;
    let hash = PasswordHash::from_stored("$argon2id$v=19$m=16,t=2,p=1$c29tZXNhbHQ$aGFzaA");
    assert_eq!(app.auth.accounts().import(form(), Some(hash)).await.unwrap().id, 1);
    is_dead(&app, &left).await;
}

/// The row and the end of the earlier sessions are one transaction: if the second fails, there is no first.
async fn h1_an_interrupted_sign_up_leaves_no_row<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, PLAIN).await;
    let left = mallory(&app).await;
    delete_directly(&place).await;
    // Our table refuses every mark.
    let refuse = [
        "ALTER TABLE auth_records ADD CONSTRAINT no_marks CHECK (NOT (record_key = '1' AND owner = '1'))",
        "CREATE TRIGGER no_marks BEFORE INSERT ON auth_records WHEN new.record_key = '1' AND new.owner = '1' BEGIN SELECT RAISE(ABORT, 'no'); END",
    ];
    if place.sql(refuse[0]).await.is_err() {
        place.sql(refuse[1]).await.unwrap();
    }
    assert!(app.register("bob@example.org").await.status.is_server_error());
    let absent = app.auth.accounts().find(&1).await.unwrap();
    assert!(absent.is_none(), "{absent:?}");
    app.get("/me", &left.access).await.is(401);
}

async fn h1_a_refused_sign_up_ends_nothing<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, PLAIN).await;
    let left = mallory(&app).await;
    app.register("mallory@example.org").await.is(409);
    let body = serde_json::json!({ "email": "bob@example.org", "password": "short", "display_name": "Bob" });
    app.send(Call::post("/auth/register").json(&body)).await.is(422);
    app.get("/me", &left.access).await.is(200);
    for refresh in &left.refresh {
        app.refresh(refresh).await.is(200);
    }
}

/// What `auth.accounts().delete` has ended is not ended again, and nobody is told that it was.
async fn h1_a_proper_delete_leaves_nothing_to_report<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = app(&place, PLAIN).await;
    let left = mallory(&app).await;
    app.auth.accounts().delete(&1).await.unwrap();
    assert_eq!(ends(&app), 1);
    // As after `TRUNCATE … RESTART IDENTITY`, where ids begin anew.
    delete_directly(&place).await;
    let signed_in = bob(&app).await;
    assert_eq!(ends(&app), 0, "nothing was left");
    is_dead(&app, &left).await;
    app.get("/stats", &signed_in.access_token()).await.is(200);
}

/// How often sessions ended since the last call.
fn ends<P: Place>(app: &App<P>) -> usize {
    app.events().iter().filter(|event| matches!(event, EventKind::SessionsEnded { .. })).count()
}

/// A pair of stores, each with its own connections, and what an account left that is gone.
async fn pair(faults: &Faults) -> (App, Left) {
    let app = App::with_faults(faults).await;
    app.db.run("DROP TABLE users").await;
    app.db.run(SCHEMA_REUSING_IDS).await;
    let left = mallory(&app).await;
    app.db.run("DELETE FROM users").await;
    (app, left)
}

#[tokio::test]
async fn h1_separate_stores_end_sessions_before_sign_in() {
    let faults = Faults::new();
    let (app, left) = pair(&faults).await;
    app.register("bob@example.org").await.is(201);
    is_dead(&app, &left).await;
}

/// At each call: nobody is signed in while something of the earlier account is alive.
#[tokio::test]
async fn h1_a_pair_of_stores_completes_an_interrupted_sign_up() {
    for n in 0.. {
        let faults = Faults::new();
        let (app, left) = pair(&faults).await;
        // As if the process were killed, with everything that it knows.
        faults.stop_after_writes(n);
        let answer = app.register("bob@example.org").await;
        let done = !faults.is_done();
        faults.up();
        let app = app.restarted_as_a_pair(&faults, |builder| builder).await;
        if app.auth.accounts().find(&1).await.unwrap().is_some() {
            app.login("bob@example.org", PASSWORD).await.is(200);
            is_dead(&app, &left).await;
        }
        if done {
            answer.is(201);
            return;
        }
        assert!(!answer.status.is_success(), "{n}");
    }
}

/// The same for whoever signs in by mail. Whatever a database keeps beside its own transaction may be left halfway.
#[tokio::test]
async fn h1_mailed_sign_in_completes_an_interrupted_sign_up() {
    for n in 0.. {
        let faults = Faults::new();
        let (app, left) = pair(&faults).await;
        faults.stop_after_writes(n);
        app.register("bob@example.org").await;
        let done = !faults.is_done();
        faults.up();
        let mailbox = Mailbox::new();
        let mailer = mailbox.clone();
        let by_mail = |builder: AuthBuilder<User>| {
            let builder = builder.base_url("https://app.example").mailer(mailer);
            builder.mail_interval(std::time::Duration::ZERO).mail_sign_in(true)
        };
        let app = app.restarted_as_a_pair(&faults, by_mail).await;
        if app.auth.accounts().find(&1).await.unwrap().is_some() {
            let asked = Call::post("/auth/sign-in/mail").json(&json!({ "email": "bob@example.org" }));
            let handle = app.send(asked).await.is(202).field("sign_in");
            app.auth.send_mail().await.unwrap();
            let code = mailbox.last_to("bob@example.org").code();
            let answer = Call::post("/auth/sign-in/mail/code").json(&json!({ "sign_in": handle, "code": code }));
            app.send(answer).await.is(200);
            is_dead(&app, &left).await;
        }
        if done {
            return;
        }
    }
}

#[tokio::test]
async fn h1_signing_up_with_a_taken_login_ends_nothing() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let left = mallory(&app).await;
    for n in 0..12 {
        faults.nth("*", n).fail();
        let _ = app.register("mallory@example.org").await;
        faults.clear();
        app.login("mallory@example.org", PASSWORD).await.is(200);
    }
    app.get("/me", &left.access).await.is(200);
}

#[tokio::test]
async fn h1_deleting_an_account_that_is_gone_ends_its_sessions() {
    let app = App::new().await;
    let left = mallory(&app).await;
    app.db.run("DELETE FROM users").await;
    assert!(matches!(app.auth.accounts().delete(&1).await, Err(AuthError::NotFound)));
    is_dead(&app, &left).await;
}

#[tokio::test]
async fn h1_lost_response_to_a_sign_up_leaves_nothing_valid() {
    let faults = Faults::new();
    let app = App::with_faults_at_once(&faults, SCHEMA_REUSING_IDS).await;
    let left = mallory(&app).await;
    app.db.run("DELETE FROM users").await;
    faults.next("accounts.create").lose_response();
    app.register("bob@example.org").await.is(503);
    is_dead(&app, &left).await;
    app.login("bob@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn h1_a_pair_of_stores_reports_only_what_was_left() {
    let faults = Faults::new();
    let (app, left) = pair(&faults).await;
    app.events();
    app.register("bob@example.org").await.is(201);
    assert_eq!(ends(&app), 1, "once");
    app.auth.accounts().delete(&1).await.unwrap();
    assert_eq!(ends(&app), 1);
    assert!(matches!(app.auth.accounts().delete(&1).await, Err(AuthError::NotFound)));
    app.register("eve@example.org").await.is(201);
    assert_eq!(ends(&app), 0, "nothing was left");
    is_dead(&app, &left).await;
}

/// Each kind of record, as `auth/src/context/mod.rs` names them: a new one fails here until somebody decides.
#[tokio::test]
async fn h1_every_kind_of_record_ends_with_its_row() {
    let (end, only_refuse, have_no_owner) = (
        ["factors", "key", "key_slot", "mail_token", "outbox", "passkey", "session"],
        ["mark", "revoked"],
        ["begun", "data-key", "spent_challenge", "signing_key"],
    );
    let source = include_str!("../../auth/src/context/mod.rs");
    let named: BTreeSet<&str> = source.split("kind(\"").skip(1).map(|text| text.split('"').next().unwrap()).collect();
    let known = end.into_iter().chain(only_refuse).chain(have_no_owner);
    assert_eq!(named, known.collect());
    for kind in end {
        let app = App::in_place(Database::with(SCHEMA_REUSING_IDS).await, |builder| builder).await;
        let left = mallory(&app).await;
        let records = SqlRecords::new(app.pool.clone());
        let record = Record {
            kind: format!("User:users.{kind}"),
            key: "left".to_owned(),
            owner: "1".to_owned(),
            value: "{}".to_owned(),
            version: 1,
            expires_at: auth::clock::Timestamp::from_secs(10_000_000_000),
            changed_at: auth::clock::Timestamp::from_secs(1),
        };
        assert!(records.insert(&record).await.unwrap());
        app.db.run("DELETE FROM users").await;
        app.register("bob@example.org").await.is(201);
        assert!(records.get(&record.kind, "left").await.unwrap().is_none(), "{kind}");
        is_dead(&app, &left).await;
    }
}
