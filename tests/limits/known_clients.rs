//! Which clients are known at an account, and which of its counters are theirs.

use std::net::IpAddr;

use auth::event::{EventKind, LoginFailure};
use auth::{Auth, AuthError, AuthUser, ClientInfo, Credentials, Limits, PasswordHash, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Answer, App, Call, Database};
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const HOME: &str = "203.0.113.1";
const MINUTE: u64 = 60;

async fn login(app: &App, ip: &str, password: &str) -> Answer {
    app.send(Call::post("/auth/login").coming_from(ip).json(&json!({ "email": ADA, "password": password }))).await
}

/// Ada signs up from home.
async fn ada(limits: Limits) -> App {
    let app = App::with(|builder| builder.limits(limits)).await;
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from(HOME).json(&body)).await.is(201);
    app
}

/// Strangers fail as often as they may.
async fn locked(app: &App, failures: u8) {
    for number in 0..failures {
        login(app, &format!("198.51.100.{number}"), "wrong").await.is(401);
    }
    login(app, "198.51.100.200", PASSWORD).await.is(429);
}

#[tokio::test]
async fn login_05_a_login_ends_the_series_at_any_spelling() {
    let app = ada(Limits::default()).await;
    // As another program would store it.
    app.db.run("UPDATE users SET email = 'Ada@Example.org'").await;
    app.auth.check_schema().await.unwrap();
    for _ in 0..3 {
        for _ in 0..4 {
            login(&app, "192.0.2.1", "wrong").await.is(401);
        }
        login(&app, "192.0.2.1", PASSWORD).await.is(200);
        app.after(MINUTE);
    }
}

/// With an address and without: all clients that have none count as one.
#[tokio::test]
async fn login_05_a_wait_is_at_one_account_only() {
    for ip in [Some("192.0.2.1"), None] {
        let app = ada(Limits::default()).await;
        let bob = app.user("bob@example.org").await;
        let login = async |email: &str, password: &str| {
            let call = Call::post("/auth/login").json(&json!({ "email": email, "password": password }));
            app.send(if let Some(ip) = ip { call.coming_from(ip) } else { call }).await
        };
        for _ in 0..5 {
            login(ADA, "wrong").await.is(401);
        }
        login(ADA, PASSWORD).await.is(429);
        login("bob@example.org", PASSWORD).await.is(200);
        app.auth.accounts().unlock(&bob).await.unwrap();
        login(ADA, PASSWORD).await.is(429);
    }
}

#[tokio::test]
async fn login_06_a_session_that_is_let_through_is_no_stranger() {
    let app = ada(Limits::default().failures_before_lock(5)).await;
    let token = login(&app, HOME, PASSWORD).await.is(200).access_token();
    let again = |password| Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": password }));
    for _ in 0..5 {
        app.send(again("wrong")).await.is(422);
    }
    app.send(again(PASSWORD)).await.is(429);
    app.auth.accounts().unlock(&app.id(ADA).await).await.unwrap();
    locked(&app, 5).await;
    app.send(again(PASSWORD)).await.is(200);
}

#[tokio::test]
async fn login_06_guessing_session_locks_and_raises_an_event() {
    let app = ada(Limits::default().failures_before_lock(5)).await;
    let token = login(&app, HOME, PASSWORD).await.is(200).access_token();
    let again = || Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": "wrong" }));
    let locked = EventKind::PasswordLocked { user: Some("1".to_owned()) };
    // As often as a session may, and then as often as a stranger may.
    for number in 1..=10 {
        assert!(!app.events().contains(&locked), "before failure {number}");
        app.send(again()).await.is(422);
        app.after(40);
    }
    assert!(app.events().contains(&locked));
}

/// The release before did not say for which account a client is known.
#[tokio::test]
async fn login_06_who_was_known_to_the_release_before_still_is() {
    let limits = || Limits::default().failures_before_lock(5);
    let app = ada(limits()).await;
    let all = "SELECT record_key, value FROM auth_records WHERE kind = 'User:users.limit'";
    let mut changed = 0;
    for (key, value) in sqlx::query_as::<_, (String, String)>(all).fetch_all(&app.pool).await.unwrap() {
        let mut value: Value = serde_json::from_str(&value).unwrap();
        let numbers = value.as_object_mut().and_then(|kinds| kinds.values_mut().find_map(Value::as_array_mut));
        if let Some(numbers) = numbers.filter(|numbers| numbers.len() == 7) {
            numbers.pop();
            changed += 1;
        }
        let update = sqlx::query("UPDATE auth_records SET value = $1 WHERE record_key = $2");
        update.bind(value.to_string()).bind(key).execute(&app.pool).await.unwrap();
    }
    assert_eq!(changed, 1, "home");
    let app = app.restarted(|builder| builder.limits(limits())).await;
    locked(&app, 5).await;
    login(&app, HOME, PASSWORD).await.is(200);
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "players")]
struct Player {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    handle: String,
    #[auth(login)]
    nick: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

const PLAYERS: &str = "CREATE TABLE players (
    id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE, nick TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL
)";

/// The handle of one player is the nick of another.
#[tokio::test]
async fn login_06_guesses_count_at_the_field_they_name() {
    let db = Database::with(PLAYERS).await;
    let builder = Auth::<Player>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let builder = builder.limits(Limits::default().failures_before_lock(50));
    let auth = builder.passwords(quick_passwords()).build().await.unwrap();
    for (handle, nick) in [("sam", "other"), ("another", "sam")] {
        let form = PlayerRegistration { handle: handle.to_owned(), nick: nick.to_owned() };
        auth.accounts().create(form, PASSWORD).await.unwrap();
    }
    let client = |number: u8| ClientInfo::new(Some(IpAddr::from([198, 51, 100, number])), None);
    let login = async |field, password, number| {
        auth.login(Credentials::new("sam", password).field(field), &client(number))
            .await
            .and_then(auth::SignIn::signed_in)
            .map(|(player, _)| player.id)
    };
    // As many as the rate of an account admits, and more than it takes to lock it.
    for number in 0..60 {
        login("handle", "wrong", number).await.unwrap_err();
    }
    assert!(matches!(login("handle", PASSWORD, 60).await, Err(AuthError::TooManyRequests { .. })));
    assert_eq!(login("nick", PASSWORD, 61).await.unwrap(), 2);
}

/// The role is one of a later release, so nobody can be signed in; who knows the password is told so.
#[tokio::test]
async fn login_03_guesses_at_an_unreadable_row_count_as_failures() {
    let app = ada(Limits::default()).await;
    app.db.run("UPDATE users SET role = 'auditor'").await;
    app.events();
    for _ in 0..8 {
        login(&app, "192.0.2.1", PASSWORD).await.is(500);
    }
    assert_eq!(app.events(), [], "the password was right");
    for _ in 0..5 {
        login(&app, "192.0.2.2", "wrong").await.is(401);
    }
    let failed = EventKind::LoginFailed { user: None, reason: LoginFailure::WrongPassword };
    assert_eq!(app.events(), vec![failed; 5]);
    login(&app, "192.0.2.2", "wrong").await.is(429);
}
