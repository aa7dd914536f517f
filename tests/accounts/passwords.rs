//! Which passwords may be chosen, and that only the chosen one signs in.

use auth::password::PasswordPolicy;
use auth_tests::app::quick_passwords;
use auth_tests::{Answer, App, Call};
use serde_json::json;

async fn choose(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "display_name": "Ada" });
    app.send(Call::post("/auth/register").json(&body)).await
}

/// The rules that `password` breaks.
async fn rules(app: &App, password: &str) -> Vec<String> {
    let broken = choose(app, "ada.lovelace@example.org", password).await.is(422).broken();
    assert!(broken.iter().all(|(field, _)| field == "password"), "{broken:?}");
    broken.into_iter().map(|(_, code)| code).collect()
}

#[tokio::test]
async fn pwd_01_eight_characters_are_enough_and_seven_are_not() {
    let app = App::new().await;
    assert_eq!(rules(&app, "q7#Lw9x").await, ["too_short"]);
    assert_eq!(rules(&app, "").await, ["too_short"]);
    choose(&app, "ada@example.org", "q7#Lw9xZ").await.is(201);
}

#[tokio::test]
async fn pwd_01_only_factor_needs_fifteen_characters() {
    let policy = PasswordPolicy::default().min_length(15);
    let app = App::with(|builder| builder.passwords(quick_passwords().policy(policy))).await;
    assert_eq!(rules(&app, "fourteen chars").await, ["too_short"]);
    choose(&app, "ada@example.org", "fifteen chars !").await.is(201);
}

#[tokio::test]
async fn pwd_02_length_is_counted_in_code_points() {
    let app = App::new().await;
    assert_eq!(rules(&app, &"🦀".repeat(7)).await, ["too_short"]);
    choose(&app, "crab@example.org", "🦀🐚🌊🪸🐙🦑🐠🐡").await.is(201);
    app.login("crab@example.org", "🦀🐚🌊🪸🐙🦑🐠🐡").await.is(200);
    app.login("crab@example.org", "🦀🐚🌊🪸🐙🦑🐠🦈").await.is(401);
}

#[tokio::test]
async fn pwd_03_128_characters_pass_whole_and_129_are_refused() {
    let app = App::new().await;
    let longest: String = "correct horse ".chars().cycle().take(127).chain(['a']).collect();
    choose(&app, "ada@example.org", &longest).await.is(201);
    app.login("ada@example.org", &longest).await.is(200);
    let last_differs = format!("{}b", &longest[..127]);
    app.login("ada@example.org", &last_differs).await.is(401);
    app.login("ada@example.org", &longest[..127]).await.is(401);
    assert_eq!(rules(&app, &format!("{longest}a")).await, ["too_long"]);
    let four_bytes_each = "𝟘".repeat(256) + "!";
    assert_eq!(rules(&app, &four_bytes_each).await, ["too_long"]);
}

#[tokio::test]
async fn pwd_03_megabyte_password_is_refused_without_hashing() {
    let app = App::new().await;
    let huge = "x".repeat(1 << 20);
    assert_eq!(choose(&app, "ada@example.org", &huge).await.is(413).code(), "body_too_large");
    assert_eq!(app.login("ada@example.org", &huge).await.is(413).code(), "body_too_large");
    let large = "x".repeat(60_000);
    assert_eq!(rules(&app, &large).await, ["too_long"]);
    app.login("ada@example.org", &large).await.is(401);
    assert_eq!(app.db.count("SELECT count(*) FROM users").await, 0);
}

#[tokio::test]
async fn pwd_04_any_mixture_passes() {
    let app = App::new().await;
    let good =
        ["all lower case words", "93847561029384", "        x       ", "ÄÖÜäöüßé", "a\0b\0c\0d\0e", "\"\\'`${}#"];
    for (number, password) in good.into_iter().enumerate() {
        let email = format!("user{number}@example.org");
        choose(&app, &email, password).await.is(201);
        app.login(&email, password).await.is(200);
    }
}

#[tokio::test]
async fn pwd_05_common_and_personal_passwords_are_refused_with_the_reason() {
    let policy = PasswordPolicy::default().service_name("Analytical Engines");
    let app = App::with(|builder| builder.passwords(quick_passwords().policy(policy))).await;
    for common in ["password1", "PASSWORD1", "ｐａｓｓｗｏｒｄ１", "qwertyuiop"] {
        assert_eq!(rules(&app, common).await, ["common_password"], "{common}");
    }
    for personal in ["ada.lovelace", "Ada.Lovelace", "ada.lovelace@example.org", "analytical engines"] {
        assert_eq!(rules(&app, personal).await, ["personal_password"], "{personal}");
    }
    choose(&app, "ada.lovelace@example.org", "ada.lovelace!").await.is(201);
}

#[tokio::test]
async fn pwd_07_password_is_normalised_but_not_trimmed_or_folded() {
    let app = App::new().await;
    choose(&app, "ada@example.org", "cafe\u{301} ﬁnale ２４").await.is(201);
    for same in ["caf\u{e9} finale 24", "cafe\u{301} finale ２４", "ｃafé ﬁnale 24"] {
        app.login("ada@example.org", same).await.is(200);
    }
    for other in ["CAFÉ FINALE 24", " café finale 24", "café finale 24 ", "cafe finale 24"] {
        app.login("ada@example.org", other).await.is(401);
    }
}

#[tokio::test]
async fn pwd_17_responses_and_events_contain_no_password_or_hash() {
    let app = App::new().await;
    let password = "unmistakable-pass-phrase";
    let token = choose(&app, "ada@example.org", password).await.is(201).access_token();
    app.login("ada@example.org", password).await.is(200);
    app.login("ada@example.org", "unmistakable-pass-phrase-2").await.is(401);
    let wrong_type = json!({ "email": "ada@example.org", "password": [password] });
    let answer = app.send(Call::post("/auth/login").json(&wrong_type)).await.is(422);
    assert!(!answer.text().contains("unmistakable"), "{}", answer.text());
    let me = app.get("/auth/me", &token).await.is(200);
    assert!(!me.text().contains("argon2"), "{}", me.text());
    let hash = app.db.text("SELECT password_hash FROM users").await;
    assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
    let events = format!("{:?}", app.events());
    assert!(!events.contains("unmistakable") && !events.contains("argon2"), "{events}");
}
