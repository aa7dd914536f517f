//! `POST /register`: what is accepted, refused and stored.

use auth::store::StoreError;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{App, Call, User, payload, together};
use serde_json::{Value, json};

fn form(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "display_name": "Ada" })
}

async fn rows(app: &App) -> i64 {
    app.db.count("SELECT count(*) FROM users").await
}

#[tokio::test]
async fn sign_up_answers_201_with_exactly_four_token_members() {
    let app = App::new().await;
    let answer = app.register("ada@example.org").await.is(201);
    let json = answer.json();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!((json["token_type"].as_str(), json["expires_in"].as_u64()), (Some("Bearer"), Some(900)));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"), "http_10");
    assert!(answer.set_cookies().is_empty());

    let profile = app.get("/auth/me", &answer.access_token()).await.is(200).json();
    assert_eq!(profile, json!({ "id": "1", "email": "ada@example.org", "roles": ["member"], "display_name": "Ada" }));
}

#[tokio::test]
async fn jwt_29_token_has_only_required_and_declared_claims() {
    let app = App::new().await;
    let claims = payload(&app.register("ada@example.org").await.is(201).access_token());
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    let wanted = [
        "amr",
        "aud",
        "auth_store",
        "auth_time",
        "display_name",
        "exp",
        "gen",
        "iat",
        "iss",
        "jti",
        "role",
        "sid",
        "sub",
    ];
    assert_eq!(names, wanted);
    assert!(!claims.to_string().contains("example.org"));
    assert_eq!(claims["sub"], "1");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 900);
}

#[tokio::test]
async fn reg_03_every_spelling_of_an_address_is_the_same_account() {
    let app = App::new().await;
    app.register(" Ada@Example.ORG ").await.is(201);
    for spelling in
        ["ada@example.org", "ADA@EXAMPLE.ORG", "\tada@example.org\n", "ａｄａ@example.org", "ada@example.org\u{a0}"]
    {
        let taken = app.register(spelling).await.is(409);
        assert_eq!(taken.code(), "taken", "{spelling:?}");
    }
    assert_eq!(app.db.text("SELECT group_concat(email) FROM users").await, "ada@example.org");
    app.register("e\u{301}va@example.org").await.is(201);
    app.register("\u{c9}va@example.org").await.is(409);
    assert_eq!(rows(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reg_11_one_of_64_concurrent_sign_ups_gets_the_login() {
    let app = App::new().await;
    let spellings = ["ada@example.org", "Ada@example.org", " ada@example.org", "ADA@EXAMPLE.ORG"];
    let calls = (0..64).map(|n| Call::post("/auth/register").json(&form(spellings[n % 4], PASSWORD)));
    let answers = together(&app.router, calls).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(201), count(409)), (1, 63));
    assert_eq!(rows(&app).await, 1);
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await, 1);
}

#[tokio::test]
async fn reg_01_unknown_sign_up_fields_are_named_and_nothing_stored() {
    let app = App::new().await;
    let ours = ["email", "display_name"];
    let columns = <User as auth::AuthUser>::SCHEMA.columns;
    let foreign: Vec<&str> = columns.iter().copied().filter(|column| !ours.contains(column)).collect();
    assert_eq!(foreign, ["id", "password_hash", "is_active", "role"], "the list is the struct's");
    for field in foreign.iter().copied().chain(["is_admin", "email_verified", "token_version", "__proto__", ""]) {
        let values = [json!("admin"), json!(true), json!(1), Value::Null, json!({ "$ne": null })];
        for value in values {
            let mut body = form("ada@example.org", PASSWORD);
            body.as_object_mut().unwrap().insert(field.to_owned(), value);
            let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
            assert_eq!(answer.broken(), [(field.to_owned(), "unknown".to_owned())]);
        }
    }
    assert_eq!(rows(&app).await, 0);
    app.register("ada@example.org").await.is(201);
    let row = "SELECT role || ' ' || is_active FROM users";
    assert_eq!(app.db.text(row).await, "member 1", "the defaults of type and table");
}

#[tokio::test]
async fn every_mistake_of_a_form_is_named_at_once() {
    let app = App::new().await;
    let named = |answer: auth_tests::Answer| {
        let broken = answer.is(422).broken();
        broken.into_iter().map(|(field, code)| format!("{field} {code}")).collect::<Vec<_>>()
    };
    let empty = app.send(Call::post("/auth/register").json(&json!({}))).await;
    assert_eq!(named(empty), ["display_name missing", "email missing", "password missing"]);
    let wrong = json!({ "email": 7, "password": ["x"], "display_name": {}, "role": "admin" });
    let wrong = app.send(Call::post("/auth/register").json(&wrong)).await;
    let expected = ["display_name invalid_type", "email invalid_type", "password invalid_type", "role unknown"];
    assert_eq!(named(wrong), expected);
    let broken = app.send(Call::post("/auth/register").json(&form("not an address", "short"))).await;
    assert_eq!(named(broken), ["email invalid", "password too_short"]);
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn reg_04_a_login_is_one_plain_address() {
    let app = App::new().await;
    let [local, label, last] = [("a", 64), ("b", 62), ("c", 60)].map(|(letter, length)| letter.repeat(length));
    let long = format!("{local}@{label}.{label}.{last}.org"); // 255 bytes
    assert_eq!(long.len(), 255);
    for bad in [
        "a@x.y,b@z.w",
        "a@x.y;b@z.w",
        "\"a@b\"@x.y",
        "a@x.y\nbcc: b@z.w",
        "A <a@x.y>",
        "a@@x.y",
        "@x.y",
        "a@",
        "",
        " ",
        "a\0@x.y",
        "a@x.y\u{7f}",
        "a:b@x.y",
        "a@x.y:25",
        "a@127.0.0.1",
        &long,
    ] {
        let answer = app.register(bad).await.is(422);
        assert_eq!(answer.broken()[0].0, "email", "{bad:?}");
    }
    assert_eq!(rows(&app).await, 0);
    app.register(&long[1..]).await.is(201);
}

#[tokio::test]
async fn sql_and_markup_are_text_like_any_other() {
    let app = App::new().await;
    let name = "Robert'); DROP TABLE users;-- <b>$1 ?";
    let mut body = form("o'hara--@example.org", PASSWORD);
    body["display_name"] = json!(name);
    let token = app.send(Call::post("/auth/register").json(&body)).await.is(201).access_token();
    assert_eq!(app.get("/me", &token).await.is(200).text(), format!("hello {name}"));
    assert_eq!(payload(&token)["display_name"], name);
    app.login("o'hara--@example.org", PASSWORD).await.is(200);
    app.login("' OR 1=1 --", PASSWORD).await.is(401);
}

#[tokio::test]
async fn text_not_storable_everywhere_is_a_field_error() {
    let app = App::new().await;
    for field in ["email", "display_name"] {
        let mut body = form("ada@example.org", PASSWORD);
        body[field] = json!("ada\u{0}@example.org");
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(422);
        assert_eq!(answer.broken(), [(field.to_owned(), "invalid".to_owned())]);
    }
    assert_eq!(rows(&app).await, 0);
    // No account has such a login; U+0000 in a password is fine, because only its hash is stored.
    app.login("ada\u{0}@example.org", PASSWORD).await.is(401);
    app.send(Call::post("/auth/register").json(&form("ada@example.org", "a \u{0} in the password"))).await.is(201);
}

#[tokio::test]
async fn a_taken_login_says_which_one_it_is() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let taken = app.register("ada@example.org").await.is(409);
    assert_eq!(taken.json()["detail"], "this email is taken");
    assert_eq!(taken.header("content-type"), Some("application/problem+json"));
    assert_eq!(rows(&app).await, 1);
    app.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_taken_value_that_is_no_login_says_so() {
    let app = App::new().await;
    app.db.run("CREATE UNIQUE INDEX one_of_each ON users (display_name)").await;
    app.register("ada@example.org").await.is(201);
    let taken = app.register("eve@example.org").await.is(409);
    assert_eq!((taken.code().as_str(), taken.json()["detail"].as_str()), ("taken", Some("this display_name is taken")));
    assert_eq!(rows(&app).await, 1);
}

#[tokio::test]
async fn token_fields_are_limited_so_that_every_token_fits() {
    let app = App::new().await;
    let sign_up = |name: String| json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": name });
    let refused = app.send(Call::post("/auth/register").json(&sign_up("a".repeat(511)))).await.is(422);
    assert_eq!(refused.json()["errors"][0]["code"], "too_long");
    assert_eq!(app.db.count("SELECT count(*) FROM users").await, 0);
    let call = Call::post("/auth/register?cookies=true").same_origin().json(&sign_up("a".repeat(510)));
    assert_eq!(app.send(call).await.is(201).set_cookies().len(), 2);
}

#[tokio::test]
async fn row_that_cannot_be_read_keeps_its_login() {
    let world = MemoryApp::new().await;
    // Earlier releases would have stored it in another form, so that is looked for, too.
    let email = "ΝΊΚΟΣ@x.org";
    world.faults.next("users.find_by_login").fail_with(|| StoreError::corrupt("a role of the next release"));
    world.register(email).await.is(409);
    world.faults.next("users.find_by_login").fail();
    world.register(email).await.is(503);
    assert!(world.mend(), "both happened");
    world.register(email).await.is(201);
}
