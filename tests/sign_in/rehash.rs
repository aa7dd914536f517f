//! Many right logins at once, while the stored hash is renewed, on three databases.

use std::time::Duration;

use auth::AuthBuilder;
use auth::password::HashParams;
use auth::store::sql::{SqlRow, SqlUser, SqlUsers};
use auth::store::{Change, Users as _};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::legacy::{backwards, old_hash};
use auth_tests::users::SCHEMA;
use auth_tests::{Answer, App, Call, Place, User, UserRegistration, on_databases, together};
use serde_json::json;

const ADA: &str = "ada@example.org";
const NEW: &str = "another good password";

on_databases! {
    SCHEMA;
    m7_right_logins_succeed_while_imported_hash_is_renewed
    m7_right_logins_succeed_while_the_cost_is_raised
    m7_a_session_proves_itself_and_changes_its_password_meanwhile
}

async fn imported<P: Place>(place: P) -> App<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let setup = |builder: AuthBuilder<User>| {
        patient(builder).passwords(quick_passwords().legacy(backwards)).sessions_per_user(1_000)
    };
    let app = App::in_place(place, setup).await;
    let form = UserRegistration { email: ADA.to_owned(), display_name: "Ada".to_owned() };
    app.auth.accounts().import(form, Some(old_hash(PASSWORD))).await.unwrap();
    app
}

/// Crowds have as long as they need: on a machine that is busy, a 503 would be right.
fn patient(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.store_timeout(Duration::from_mins(1))
}

/// So that the next right login renews it again.
async fn put_back<P: Place>(app: &App<P>)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let users = SqlUsers::<User, P::Driver>::new(app.pool.clone());
    assert!(users.update(&1, &[Change::PasswordHash(old_hash(PASSWORD))]).await.unwrap());
}

fn logins(count: usize) -> impl Iterator<Item = Call> {
    (0..count).map(|_| Call::post("/auth/login").json(&json!({ "email": ADA, "password": PASSWORD })))
}

#[track_caller]
fn all_are(status: u16, answers: &[Answer]) {
    let others: Vec<_> = answers.iter().filter(|answer| answer.status != status).map(Answer::text).collect();
    assert!(others.is_empty(), "{} of {}: {others:?}", others.len(), answers.len());
}

async fn m7_right_logins_succeed_while_imported_hash_is_renewed<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = imported(place).await;
    all_are(200, &together(&app.router, logins(64)).await);
    let user = app.auth.accounts().find(&1).await.unwrap().unwrap();
    assert!(user.password_hash.expose().starts_with("$argon2id$"));
    app.login(ADA, "not the password").await.is(401);
}

async fn m7_right_logins_succeed_while_the_cost_is_raised<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place, patient).await;
    app.register(ADA).await.is(201);
    let costly = quick_passwords().params(HashParams::new(19_456, 2, 1));
    let raised = app.beside(|builder| patient(builder).passwords(costly)).await;
    let (here, there) = tokio::join!(together(&app.router, logins(32)), together(&raised.router, logins(64)));
    all_are(200, &here);
    all_are(200, &there);
}

async fn m7_a_session_proves_itself_and_changes_its_password_meanwhile<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = imported(place).await;
    for _ in 0..8 {
        let token = app.login(ADA, PASSWORD).await.is(200).access_token();
        // Renewed again by the logins below.
        put_back(&app).await;
        let body = json!({ "password": PASSWORD });
        let again = (0..16).map(|_| Call::post("/auth/reauthenticate").bearer(&token).json(&body));
        let answers = together(&app.router, logins(16).chain(again)).await;
        all_are(200, &answers);

        put_back(&app).await;
        let token = app.login(ADA, PASSWORD).await.is(200).access_token();
        put_back(&app).await;
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let change = Call::post("/auth/password/change").bearer(&token).json(&body);
        let (changed, _) = tokio::join!(change.send(&app.router), together(&app.router, logins(16)));
        changed.is(204);
        app.login(ADA, PASSWORD).await.is(401);
        app.login(ADA, NEW).await.is(200);
        app.auth.accounts().set_password(&1, PASSWORD).await.unwrap();
    }
}
