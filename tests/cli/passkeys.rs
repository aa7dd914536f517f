//! Passkeys of accounts, as operators see and remove them.

use auth::cli::{Outcome, run_with};
use auth::testing::TestApp;
use auth::{AuthBuilder, PasskeySettings};
use auth_tests::Database;
use auth_tests::operated::{Account, TABLE, routes};
use serde_json::{Value, json};

use crate::json::check;
use crate::stage::{Stage, sqlite, words};

fn with_passkeys(stage: &Stage<Database>) -> AuthBuilder<Account> {
    stage.builder().base_url("https://shop.example").passkeys(PasskeySettings::new("Shop"))
}

async fn run(stage: &Stage<Database>, line: &str) -> Outcome {
    let builder = async || Ok::<_, auth::Error>(with_passkeys(stage));
    run_with(words(line), std::io::empty(), builder, routes).await.unwrap()
}

async fn shown(stage: &Stage<Database>) -> Value {
    let outcome = run(stage, "user show ada --json").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    check("user show", &outcome.stdout)
}

#[tokio::test]
async fn passkeys_are_shown_and_removed_with_the_factors() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.create("ada").await;
    assert_eq!(shown(&stage).await["passkeys"], json!([]));
    let text = run(&stage, "user show ada").await.stdout;
    assert!(text.lines().any(|line| line.starts_with("passkeys ") && line.ends_with(" -")), "{text}");
    assert_eq!(stage.json("user show ada").await["passkeys"], Value::Null, "where they are off");

    let app = TestApp::new(&with_passkeys(&stage).build().await.unwrap(), axum::Router::new());
    let ada = app.auth().accounts().find_by_login("nick", "ada").await.unwrap().unwrap();
    let (mut phone, mut laptop) = (app.passkey(), app.passkey().synced());
    let _ = app.as_user(&ada).with_factor(&mut phone).await.with_factor(&mut laptop).await;
    let options = serde_json::to_value(app.auth().begin_passkey_sign_in().unwrap()).unwrap();
    let client = auth::ClientInfo::default();
    assert!(app.auth().sign_in_by_passkey(&laptop.get(&options), &client).await.unwrap().signed_in().is_ok());

    let passkeys = shown(&stage).await["passkeys"].clone();
    assert_eq!(passkeys.as_array().unwrap().len(), 2);
    let synced = passkeys.as_array().unwrap().iter().find(|one| one["synced"] == true).unwrap();
    assert!(synced["last_used_at"].is_string() && synced["name"] == "Test", "{synced}");
    let text = run(&stage, "user show ada").await.stdout;
    assert!(text.contains("Test (on one device, added 2") && text.contains(", never used)"), "{text}");
    assert!(text.contains("Test (synchronized, added 2") && text.contains(", used 2"), "{text}");

    let reset = run(&stage, "user reset-factors ada").await;
    assert_eq!(reset.code, 0, "{reset:?}");
    assert_eq!(shown(&stage).await["passkeys"], json!([]));
    let options = serde_json::to_value(app.auth().begin_passkey_sign_in().unwrap()).unwrap();
    assert!(app.auth().sign_in_by_passkey(&laptop.get(&options), &client).await.is_err());
}
