//! `POST /login`: who gets in, and how little a refusal reveals.

use auth::{AuthUser, PasswordHash};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Answer, App, Call, Database};
use serde_json::{Value, json};

/// The parts of a response that a client can compare.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    (answer.status.as_u16(), headers, answer.text().to_owned())
}

#[tokio::test]
async fn login_answers_200_and_a_session_of_its_own() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    let second = app.login("ada@example.org", PASSWORD).await.is(200);
    let json = second.json();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!(second.header("cache-control"), Some("no-store"));
    app.logout(&first.access_token()).await.is(204);
    app.get("/me", &second.access_token()).await.is(200);
}

#[tokio::test]
async fn login_01_unknown_and_wrong_are_byte_for_byte_one_answer() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    app.user("off@example.org").await;
    app.db.run("UPDATE users SET is_active = FALSE WHERE email = 'off@example.org'").await;
    let wrong = app.login("ada@example.org", "wrong password").await.is(401);
    assert_eq!(wrong.code(), "invalid_credentials");
    for (email, password) in [
        ("nobody@example.org", "wrong password"),
        ("nobody@example.org", PASSWORD),
        ("ada@example.org", ""),
        ("off@example.org", "wrong password"),
        ("", ""),
        ("not an address", PASSWORD),
        ("nobody@example.org", ""),
        ("ada@example.org", "x"),
        ("%", PASSWORD),
        ("a\0da@example.org", PASSWORD),
    ] {
        let answer = app.login(email, password).await;
        assert_eq!(visible(&answer), visible(&wrong), "{email} {password}");
    }
    app.auth.accounts().delete(&id).await.unwrap();
    assert_eq!(visible(&app.login("ada@example.org", PASSWORD).await), visible(&wrong), "deleted");
}

#[tokio::test]
async fn inactive_account_is_revealed_only_after_right_password() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    app.auth.accounts().disable(&id).await.unwrap();
    assert_eq!(app.login("ada@example.org", "wrong password").await.is(401).code(), "invalid_credentials");
    let answer = app.login("ada@example.org", PASSWORD).await.is(403);
    assert_eq!(answer.code(), "inactive_user");
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await, 0);
    app.auth.accounts().enable(&id).await.unwrap();
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn reg_03_every_spelling_of_the_login_opens_the_account() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    for spelling in
        ["Ada@Example.Org", "  ada@example.org\n", "ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org\u{3000}"]
    {
        app.login(spelling, PASSWORD).await.is(200);
    }
    for other in ["ada @example.org", "ada@example.org.", "adа@example.org"] {
        app.login(other, PASSWORD).await.is(401);
    }
}

#[tokio::test]
async fn pwd_15_what_is_not_a_text_never_is_a_password() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    for (password, code) in [
        (json!(0), "invalid_type"),
        (json!(true), "invalid_type"),
        (Value::Null, "missing"),
        (json!([]), "invalid_type"),
        (json!({}), "invalid_type"),
        (json!([PASSWORD]), "invalid_type"),
    ] {
        let body = json!({ "email": "ada@example.org", "password": password });
        let answer = app.send(Call::post("/auth/login").json(&body)).await.is(422);
        assert_eq!(answer.broken(), [("password".to_owned(), code.to_owned())]);
    }
    let missing = app.send(Call::post("/auth/login").json(&json!({ "email": "ada@example.org" }))).await.is(422);
    assert_eq!(missing.broken(), [("password".to_owned(), "missing".to_owned())]);
    let extra = json!({ "email": "ada@example.org", "password": PASSWORD, "remember": true });
    let extra = app.send(Call::post("/auth/login").json(&extra)).await.is(422);
    assert_eq!(extra.broken(), [("remember".to_owned(), "unknown".to_owned())]);

    let misspelled = json!({ "mail": "ada@example.org", "password": PASSWORD });
    let misspelled = app.send(Call::post("/auth/login").json(&misspelled)).await.is(422).json();
    assert_eq!(misspelled["errors"][0]["message"], "`email` is required");
    let takes = "unknown field; this request accepts `email`, `password`, `device`";
    assert_eq!(misspelled["errors"][1]["message"], takes);
}

#[tokio::test]
async fn http_12_bodies_that_are_not_one_json_object_are_refused() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let twice = format!(r#"{{"email":"ada@example.org","password":"{PASSWORD}","password":"{PASSWORD}"}}"#);
    for body in ["", "{", "[]", "null", "\"x\"", "{}{}", "{\"email\":\"a\",}", "\u{feff}{}", &twice] {
        let answer = app.send(Call::post("/auth/login").text("application/json", body.to_owned())).await;
        let status = if body.is_empty() { 415 } else { 400 };
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    }
    let latin = app.send(Call::post("/auth/login").text("application/json", vec![b'{', 0xff, b'}'])).await;
    assert_eq!(latin.is(400).code(), "malformed_body");
    let good = json!({ "email": "ada@example.org", "password": PASSWORD }).to_string();
    app.send(Call::post("/auth/login").text("application/json; charset=utf-8", good)).await.is(200);
}

#[tokio::test]
async fn http_13_the_routes_that_change_something_are_post_only() {
    let app = App::new().await;
    for path in ["register", "login", "refresh", "logout", "logout-all", "password/change"] {
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let call = Call::new(method.parse().unwrap(), &format!("/auth/{path}"));
            assert_eq!(app.send(call).await.status, 405, "{method} {path}");
        }
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "players")]
struct Player {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(login(exact))]
    user_name: String,
    #[auth(password_hash)]
    password_hash: Option<PasswordHash>,
}

const PLAYERS: &str = "CREATE TABLE players (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
    user_name TEXT NOT NULL UNIQUE, password_hash TEXT)";

struct Game {
    auth: auth::Auth<Player>,
    router: axum::Router,
    _db: Database,
}

async fn game() -> Game {
    let db = Database::with(PLAYERS).await;
    let builder = auth::Auth::<Player>::builder(db.pool.clone()).secret(auth::Secret::new(SECRET).unwrap());
    let auth = builder.passwords(quick_passwords()).build().await.unwrap();
    Game { router: auth.routes::<()>().into_router().with_state(()), auth, _db: db }
}

impl Game {
    async fn post(&self, path: &str, body: &Value) -> Answer {
        Call::post(path).json(body).send(&self.router).await
    }
}

#[tokio::test]
async fn either_login_suffices_and_both_are_ambiguous() {
    let game = game().await;
    let form = json!({ "email": "Ada@x.org", "user_name": "Ada", "password": PASSWORD });
    game.post("/register", &form).await.is(201);
    game.post("/login", &json!({ "email": "ADA@x.org", "password": PASSWORD })).await.is(200);
    game.post("/login", &json!({ "user_name": " Ada ", "password": PASSWORD })).await.is(200);
    let folded = game.post("/login", &json!({ "user_name": "ada", "password": PASSWORD })).await;
    assert_eq!(folded.is(401).code(), "invalid_credentials", "an exact login is not folded");

    let both = game.post("/login", &form).await.is(422);
    assert_eq!(both.broken(), [("user_name".to_owned(), "ambiguous".to_owned())]);
    let none = game.post("/login", &json!({ "password": PASSWORD })).await.is(422);
    assert_eq!(none.broken(), [("email".to_owned(), "missing".to_owned())]);
    assert_eq!(none.json()["errors"][0]["message"], "one of `email`, `user_name` is required");
    let extra = game.post("/login", &json!({ "user_name": "Ada", "password": PASSWORD, "remember": true })).await;
    let takes = "unknown field; this request accepts `email`, `user_name`, `password`, `device`";
    assert_eq!(extra.is(422).json()["errors"][0]["message"], takes);
}

#[tokio::test]
async fn login_is_looked_up_only_in_its_column() {
    let game = game().await;
    let own = json!({ "email": "ada@x.org", "user_name": "ada", "password": PASSWORD });
    game.post("/register", &own).await.is(201);
    // Signing up with somebody's address as user name gives no access.
    let thief = json!({ "email": "eve@x.org", "user_name": "ada@x.org", "password": "password of the thief" });
    game.post("/register", &thief).await.is(201);
    game.post("/login", &json!({ "email": "ada@x.org", "password": "password of the thief" })).await.is(401);
    game.post("/login", &json!({ "user_name": "ada@x.org", "password": PASSWORD })).await.is(401);
    let taken = json!({ "email": "new@x.org", "user_name": "ada", "password": PASSWORD });
    assert_eq!(game.post("/register", &taken).await.is(409).json()["detail"], "this user_name is taken");
}

#[tokio::test]
async fn pwd_15_an_account_without_a_password_is_opened_by_none() {
    let game = game().await;
    let registration = PlayerRegistration { email: "ada@x.org".to_owned(), user_name: "ada".to_owned() };
    let player = game.auth.accounts().import(registration, None).await.unwrap();
    for password in ["", "null", "None", PASSWORD] {
        game.post("/login", &json!({ "email": "ada@x.org", "password": password })).await.is(401);
    }
    game.auth.accounts().set_password(&player.id, PASSWORD).await.unwrap();
    game.post("/login", &json!({ "email": "ada@x.org", "password": PASSWORD })).await.is(200);
}
