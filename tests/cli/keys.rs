//! `keys …`: key pairs from the command line.

use auth::AuthBuilder;
use auth::cli::{Outcome, run_with};
use auth::keys::{ManagedKeys, SigningKey};
use auth_tests::Database;
use auth_tests::operated::{Account, TABLE, routes};
use serde_json::Value;

use crate::stage::{Stage, sqlite};

async fn stage() -> Stage<Database> {
    Stage::new(sqlite(TABLE).await.unwrap())
}

fn named(builder: AuthBuilder<Account>) -> AuthBuilder<Account> {
    builder.issuer("https://shop.example.org").audience("shop")
}

async fn run(stage: &Stage<Database>, line: &str) -> Outcome {
    let builder = async || Ok::<_, auth::Error>(named(stage.builder()).managed_keys(ManagedKeys::es256()));
    let words = ["shop", "auth", "keys"].into_iter().chain(line.split(' '));
    run_with(words, &[][..], builder, routes).await.unwrap()
}

async fn json(stage: &Stage<Database>, line: &str) -> Value {
    let outcome = run(stage, &format!("{line} --json")).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[tokio::test]
async fn a_printed_key_is_one_that_signs() {
    let stage = stage().await;
    let outcome = run(&stage, "new").await;
    let key = SigningKey::from_pem(&outcome.stdout).unwrap();
    assert_eq!((outcome.code, key.algorithm()), (0, "ES256"));
    let json = json(&stage, "new").await;
    assert_eq!(SigningKey::from_pem(json["pem"].as_str().unwrap()).unwrap().id(), json["id"]);
    assert_ne!(json["id"], key.id(), "a fresh one each time");
    named(stage.builder()).signing_key(key).build().await.unwrap();
}

#[tokio::test]
async fn keys_are_listed_rotated_and_retired() {
    let stage = stage().await;
    let [first] = &json(&stage, "list").await.as_array().unwrap().clone()[..] else { panic!("one key") };
    assert_eq!((&first["phase"], &first["algorithm"]), (&"signing".into(), &"ES256".into()));
    let next = json(&stage, "rotate").await;
    assert_eq!(next["phase"], "next");
    let text = run(&stage, "list").await.stdout;
    assert!(text.starts_with("ID") && text.contains("next") && text.contains("signing"), "{text}");
    let set = json(&stage, "jwks").await;
    let ids: Vec<&Value> = set["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(ids, [&next["id"], &first["id"]]);
    let retired = run(&stage, &format!("retire {}", first["id"].as_str().unwrap())).await;
    assert!(retired.code == 0 && retired.stdout.contains("is retired"), "{retired:?}");
    let phases: Vec<Value> =
        json(&stage, "list").await.as_array().unwrap().iter().map(|key| key["phase"].clone()).collect();
    assert_eq!(phases, ["next", "signing"]);
    let again = run(&stage, &format!("retire {}", first["id"].as_str().unwrap())).await;
    assert!(again.code == 1 && again.stderr.contains("no managed key"), "{again:?}");
}

#[tokio::test]
async fn without_key_pairs_the_list_says_who_verifies() {
    let stage = stage().await;
    let outcome = stage.run("keys list").await;
    assert!(outcome.code == 0 && outcome.stdout.contains("the secret signs (HS256)"), "{outcome:?}");
    assert_eq!(stage.json("keys jwks").await, serde_json::json!({ "keys": [] }));
    let rotated = stage.run("keys rotate").await;
    assert!(rotated.code == 1 && rotated.stderr.contains("managed_keys"), "{rotated:?}");
}
