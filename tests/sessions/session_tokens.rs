//! The randomness of session tokens, and everything that ends a session.

use std::collections::HashSet;
use std::time::Duration;

use auth::{ClientInfo, Credentials};
use auth_tests::app::PASSWORD;
use auth_tests::forge::{claims_of, decode, encode};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{App, Call, Role};
use serde_json::json;

const MINTS: u32 = 500;

#[tokio::test]
async fn ref_01_and_cook_11_refresh_tokens_are_random_and_long() {
    let world = MemoryApp::new().await;
    world.register("ada@example.org").await.is(201);
    let (mut handles, mut secrets, mut ones) = (HashSet::new(), HashSet::new(), 0_u32);
    for _ in 0..MINTS {
        let credentials = Credentials::new("ada@example.org", PASSWORD);
        let (_, tokens) = world.auth.login(credentials, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
        let bytes = decode(&tokens.refresh_token);
        assert_eq!(bytes.len(), 48, "128 bits of handle, 256 bits of secret");
        let (handle, secret) = bytes.split_at(16);
        ones += bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
        assert!(handles.insert(handle.to_vec()) && secrets.insert(secret.to_vec()), "met before");
    }
    // Half of 192,000 bits, plus or minus twelve standard deviations.
    let half = MINTS * 48 * 8 / 2;
    assert!(ones.abs_diff(half) < 2_700, "{ones} of {}", half * 2);
}

#[tokio::test]
async fn cook_11_the_secrets_come_from_the_source_that_was_given() {
    let seeded = || MemoryApp::with(|builder| builder.random(auth::testing::SeededRandom::new(7)));
    let (one, two) = (seeded().await, seeded().await);
    let other = MemoryApp::with(|builder| builder.random(auth::testing::SeededRandom::new(8))).await;
    let register = async |world: &MemoryApp| world.register("ada@example.org").await.is(201).refresh_token();
    let first = register(&one).await;
    assert_eq!(first, register(&two).await, "nothing else goes in");
    assert_ne!(first, register(&other).await);
}

#[tokio::test]
async fn cook_12_the_store_knows_neither_handle_nor_secret() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201).refresh_token();
    let second = app.refresh(&first).await.is(200).refresh_token();
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT record_key, value FROM auth_records").fetch_all(&app.pool).await.unwrap();
    let dump = format!("{rows:?}");
    assert!(dump.len() > 100);
    for token in [first, second] {
        let bytes = decode(&token);
        for part in [&bytes[..], &bytes[..16], &bytes[16..]] {
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!dump.contains(&encode(part)) && !dump.contains(&hex));
        }
    }
}

#[tokio::test]
async fn rev_12_each_revocation_and_every_pair_refuses_the_token() {
    const ENDS: [&str; 6] = ["logout", "logout-all", "role", "disable", "password", "delete"];
    async fn end(app: &App, refresh: &str, how: &str) {
        let users = app.auth.accounts();
        match how {
            "logout" => app.auth.logout(refresh, &ClientInfo::default()).await.unwrap(),
            "logout-all" => app.auth.logout_all(&1, &ClientInfo::default()).await.unwrap(),
            // After a deletion these fail because the user is gone; the token must be dead all the same.
            "role" => drop(users.set_role(&1, Role::Editor).await),
            "disable" => drop(users.disable(&1).await),
            "password" => drop(users.set_password(&1, "staple battery horse correct").await),
            _ => drop(users.delete(&1).await),
        }
    }
    for first in ENDS {
        for second in ENDS {
            let app = App::new().await;
            let tokens = app.register("ada@example.org").await.is(201);
            end(&app, &tokens.refresh_token(), first).await;
            app.get("/claims", &tokens.access_token()).await.is(401);
            end(&app, &tokens.refresh_token(), second).await;
            app.get("/claims", &tokens.access_token()).await.is(401);
            app.restarted(|builder| builder).await.get("/claims", &tokens.access_token()).await.is(401);
            if (first, second) != ("role", "role") {
                app.refresh(&tokens.refresh_token()).await.is(401);
            }
        }
    }
}

#[tokio::test]
async fn http_15_no_input_reaches_a_header_of_the_answer() {
    let app = App::new().await;
    let evil = "x\r\nSet-Cookie: planted=1\r\nLocation: https://evil.example";
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": evil });
    let answer = app.send(Call::post("/auth/register?cookies=true").same_origin().json(&body)).await.is(201);
    assert_eq!(answer.set_cookies().len(), 2);
    let paths = [
        "/auth/login?next=%0d%0aSet-Cookie:planted=1",
        "/auth/refresh?cookies=%0d%0aplanted",
        "/auth/logout?next=//evil.example",
    ];
    let answers = paths.map(|path| app.send(Call::post(path).json(&json!({ "email": evil, "password": evil }))));
    for answer in answers {
        let answer = answer.await;
        assert!(answer.header("location").is_none());
        let planted = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).contains("planted");
        assert!(!answer.headers.values().any(planted));
    }
}

#[tokio::test]
async fn ref_17_and_cook_03_every_cookie_writes_out_its_attributes() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let answer = app.send(Call::post("/auth/register?cookies=true").same_origin().json(&body)).await.is(201);
    for (name, site, age) in [("access", "Lax", 15 * 60), ("refresh", "Strict", 30 * 86_400)] {
        let cookie = answer.set_cookies().into_iter().find(|cookie| cookie.contains(&format!("-{name}="))).unwrap();
        let mut attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
        attributes.sort_unstable();
        let age = format!("Max-Age={age}");
        assert_eq!(attributes, ["HttpOnly", &age, "Path=/", &format!("SameSite={site}"), "Secure"], "{cookie}");
        assert!(cookie.starts_with(&format!("__Host-user-{name}=")));
    }
    app.clock.advance(Duration::from_secs(1));
    let id = claims_of(&app.login("ada@example.org", PASSWORD).await.is(200).access_token())["sid"].clone();
    assert_eq!(decode(id.as_str().unwrap()).len(), 32);
}
