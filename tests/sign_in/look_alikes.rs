//! Accounts whose logins have one canonical form, because a row is in a form of earlier releases: none of them helps to
//! guess the password of another, and none can be made anew where a look-up finds the first.

use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::Faults;
use auth::{AuthError, ClientInfo, Limits, PasswordHash};
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, Place, User, UserRegistration};
use serde_json::json;

const EVA: &str = "eva@x.org";
/// The login of another account, as an earlier release stored it.
const TWIN: &str = "eva@x.org\u{feff}";
const TWINS_PASSWORD: &str = "staple battery horse correct";
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Q1d1ZHNvbWVoYXNoc29tZWhhc2hzb21laGFzaHNvbWVo";
const HOME: &str = "203.0.113.1";

/// Eva, and the account that looks like hers, in either order of sign-up. Returns their ids.
async fn twins(app: &App) -> (i64, i64) {
    let sign_up = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password, "display_name": "Eva" });
        app.send(Call::post("/auth/register").coming_from(HOME).json(&body)).await.is(201);
        app.id(email).await
    };
    let twin = sign_up("then@x.org", TWINS_PASSWORD).await;
    sqlx::query("UPDATE users SET email = $1 WHERE id = $2").bind(TWIN).bind(twin).execute(&app.pool).await.unwrap();
    (sign_up(EVA, PASSWORD).await, twin)
}

async fn login(app: &App, ip: &str, email: &str, password: &str) -> Answer {
    app.send(Call::post("/auth/login").coming_from(ip).json(&json!({ "email": email, "password": password }))).await
}

fn elsewhere(number: usize) -> String {
    format!("198.51.{}.{}", 100 + number / 250, number % 250 + 1)
}

async fn limited(limits: Limits) -> App {
    App::with(|builder| builder.limits(limits)).await
}

#[tokio::test]
async fn a_password_set_at_a_twin_forgives_no_guesses() {
    for limits in [Limits::default(), Limits::default().in_memory()] {
        // Whose password is guessed, and whose is set again and again.
        for (guessed, others_is_set) in [(EVA, true), (TWIN, false)] {
            let app = limited(limits.clone()).await;
            let (eva, twin) = twins(&app).await;
            let mut checked = 0;
            for round in 0..3 {
                for number in 0..99 {
                    let answer = login(&app, &elsewhere(round * 99 + number), guessed, "wrong").await;
                    checked += usize::from(answer.status == 401);
                    app.after(15);
                }
                let (id, password) = if others_is_set { (twin, TWINS_PASSWORD) } else { (eva, PASSWORD) };
                app.auth.accounts().set_password(&id, password).await.unwrap();
                app.auth.accounts().unlock(&id).await.unwrap();
            }
            assert!(checked <= 170, "{checked} guesses at {guessed:?}");
        }
    }
}

#[tokio::test]
async fn a_login_at_a_twin_ends_no_wait() {
    for (guessed, other, password) in [(EVA, TWIN, TWINS_PASSWORD), (TWIN, EVA, PASSWORD)] {
        let app = limited(Limits::default()).await;
        twins(&app).await;
        let mut checked = 0;
        for _ in 0..30 {
            checked += usize::from(login(&app, "192.0.2.1", guessed, "wrong").await.status == 401);
            drop(login(&app, "192.0.2.1", other, password).await);
            app.after(8);
        }
        assert!(checked <= 15, "{checked} of 30 guesses at {guessed:?} were checked");
    }
}

#[tokio::test]
async fn twins_are_both_known_at_one_address() {
    let app = limited(Limits::default()).await;
    twins(&app).await;
    login(&app, HOME, EVA, PASSWORD).await.is(200);
    login(&app, HOME, TWIN, TWINS_PASSWORD).await.is(200);
    for number in 0..100 {
        login(&app, &elsewhere(number), TWIN, "wrong").await.is(401);
        app.after(15);
    }
    for stranger in [EVA, TWIN] {
        login(&app, "192.0.2.1", stranger, PASSWORD).await.is(429);
    }
    login(&app, HOME, EVA, PASSWORD).await.is(200);
    login(&app, HOME, TWIN, TWINS_PASSWORD).await.is(200);
    // Whoever is known at one of them is a stranger at the other.
    login(&app, "192.0.2.7", TWIN, TWINS_PASSWORD).await.is(429);
    app.auth.accounts().unlock(&app.id(TWIN).await).await.unwrap();
    app.auth.accounts().unlock(&app.id(EVA).await).await.unwrap();
    app.after(60);
    login(&app, "192.0.2.7", TWIN, TWINS_PASSWORD).await.is(200);
    for number in 0..100 {
        login(&app, &elsewhere(number), EVA, "wrong").await;
        app.after(15);
    }
    login(&app, "192.0.2.7", EVA, PASSWORD).await.is(429);
}

/// Who fails at home, or in a session, keeps nobody out of another account.
#[tokio::test]
async fn failures_of_a_known_twin_lock_nobody_out() {
    let app = App::with(|builder| builder.limits(Limits::default()).sessions_per_user(200)).await;
    let (_, twin) = twins(&app).await;
    let session = login(&app, HOME, TWIN, TWINS_PASSWORD).await.is(200);
    let session = app.auth.verify(&session.access_token()).unwrap().sid;
    for _ in 0..130 {
        login(&app, HOME, TWIN, "wrong").await.is(401);
        drop(app.auth.reauthenticate(&twin, session, "wrong", &ClientInfo::default()).await);
        login(&app, HOME, TWIN, TWINS_PASSWORD).await.is(200);
        app.after(3600);
    }
    login(&app, "192.0.2.1", EVA, PASSWORD).await.is(200);
}

/// The calls of a login with a wrong password.
/// An instance of an earlier release stores it while this one runs.
#[tokio::test]
async fn login_typed_as_stored_is_taken() {
    let app = App::new().await;
    app.register("then@x.org").await.is(201);
    sqlx::query("UPDATE users SET email = $1").bind(TWIN).execute(&app.pool).await.unwrap();
    assert_eq!(app.register(TWIN).await.is(409).code(), "taken");
}

async fn calls(app: &App, faults: &Faults, email: &str) -> Vec<&'static str> {
    drop(faults.take_calls());
    login(app, "192.0.2.9", email, "wrong").await.is(401);
    app.after(3600);
    faults.take_calls()
}

#[tokio::test]
async fn counting_tells_nobody_which_form_exists() {
    let faults = Faults::new();
    let app = App::with_faults_and(&faults, |builder| builder.limits(Limits::default())).await;
    let typed = "ada@exämple.org";
    drop(calls(&app, &faults, typed).await);
    let nobody = calls(&app, &faults, typed).await;
    let id = app.user("then@x.org").await;
    let store = async |email: &str| {
        sqlx::query("UPDATE users SET email = $1 WHERE id = $2").bind(email).bind(id).execute(&app.pool).await.unwrap();
    };
    for stored in [typed, "ada@xn--exmple-cua.org"] {
        store(stored).await;
        assert_eq!(calls(&app, &faults, typed).await, nobody, "{stored}");
    }
}

/// Generates a test for each function and database.
macro_rules! on_every_database {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let place = auth_tests::Database::with(auth_tests::users::SCHEMA).await;
                super::$test(super::App::in_place(place, |builder| builder).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                let schema = auth_tests::users::SCHEMA_POSTGRES;
                let Some(place) = auth_tests::OnServer::<sqlx::Postgres>::with(schema).await else { return };
                super::$test(super::App::in_place(place, |builder| builder).await).await;
            })+
        }
        mod mysql {
            $(#[tokio::test]
            async fn $test() {
                let schema = auth_tests::users::SCHEMA_MYSQL;
                let Some(place) = auth_tests::OnServer::<sqlx::MySql>::with(schema).await else { return };
                super::$test(super::App::in_place(place, |builder| builder).await).await;
            })+
        }
    };
}

on_every_database! {
    a_final_sigma_is_taken_in_every_spelling
}

async fn a_final_sigma_is_taken_in_every_spelling<P: Place>(app: App<P>)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let store = async |id: i64, email: &str| {
        app.register(&format!("then{id}@x.org")).await.is(201);
        app.db.sql(&format!("UPDATE users SET email = '{email}' WHERE email = 'then{id}@x.org'")).await.unwrap();
    };
    store(1, "νίκος@x.org").await;
    store(2, "νίκος.παπάς@exämple.org").await;
    store(3, "ς.ας-βς_γς@x.org").await;
    for spelling in [
        "ΝΊΚΟΣ@x.org",
        "Νίκοσ@X.org",
        "νίκος@x.org",
        "νίκοσ@x.org",
        "ΝΊΚΟΣ.ΠΑΠΆΣ@EXÄMPLE.ORG",
        "νίκος.παπάς@xn--exmple-cua.org",
        "Σ.ΑΣ-ΒΣ_ΓΣ@x.org",
    ] {
        assert_eq!(app.register(spelling).await.is(409).code(), "taken", "{spelling}");
        let registration = UserRegistration { email: spelling.to_owned(), display_name: "Nikos".to_owned() };
        let created = app.auth.accounts().create(registration.clone(), PASSWORD).await;
        assert!(matches!(created, Err(AuthError::Taken { .. })), "{spelling}");
        let imported = app.auth.accounts().import(registration, Some(PasswordHash::from_stored(HASH))).await;
        assert!(matches!(imported, Err(AuthError::Taken { .. })), "{spelling}");
    }
    for free in ["ΝΊΚΟΣ@y.org", "σίσσυ@x.org", "νίκοςα@x.org"] {
        app.register(free).await.is(201);
    }
}
