//! Tokens belong to a store (M6), and nobody is signed out because they say so now.

use auth::claims::{Amr, Audience, Name, SessionId, TokenId};
use auth_tests::forge::Victim;
use auth_tests::memory_app::MemoryApp;
use serde::Deserialize;
use serde_json::Value;

const DAY: u64 = 24 * 60 * 60;
const ADA: &str = "ada@example.org";

/// The claims of the application as the release before the claim parsed them.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read by serde")]
struct ClaimsBefore {
    iss: Name,
    aud: Audience,
    sub: String,
    iat: u64,
    exp: u64,
    #[serde(default)]
    nbf: Option<u64>,
    jti: TokenId,
    sid: SessionId,
    auth_time: u64,
    amr: Amr,
    #[serde(rename = "gen")]
    generation: u64,
    role: String,
    display_name: String,
}

#[tokio::test]
async fn m6_instances_of_the_release_before_ignore_the_claim() {
    let victim = Victim::new().await;
    assert!(victim.claims.contains_key("auth_store"));
    let read: ClaimsBefore = serde_json::from_value(Value::Object(victim.claims.clone())).unwrap();
    assert_eq!(read.sub, "1");
}

#[tokio::test]
async fn m6_foreign_store_is_refused_and_missing_accepted_a_day() {
    let victim = Victim::new().await;
    let mut other = victim.claims["auth_store"].as_str().unwrap().to_owned();
    other.replace_range(..1, if other.starts_with('A') { "B" } else { "A" });
    victim.refuses(&victim.changed("auth_store", Some(other.into())), "another store").await;
    for odd in [Value::from(""), Value::from(7), Value::from("x"), Value::from(vec![1])] {
        victim.refuses(&victim.changed("auth_store", Some(odd.clone())), &odd.to_string()).await;
    }
    // As instances of the release before go on issuing them during a deployment.
    assert!(victim.accepts(&victim.changed("auth_store", None)).await);
    victim.app.after(DAY - 60);
    let late = victim.app.login(ADA, auth_tests::app::PASSWORD).await.is(200).access_token();
    let without = |token: &str| {
        let mut claims = auth_tests::forge::claims_of(token);
        claims.remove("auth_store");
        auth_tests::forge::sign(auth_tests::forge::header(), Value::Object(claims).to_string())
    };
    assert!(victim.accepts(&without(&late)).await);
    victim.app.after(60);
    assert!(victim.accepts(&without(&late)).await, "issued before, and good until it expires");
    let later = victim.app.login(ADA, auth_tests::app::PASSWORD).await.is(200).access_token();
    assert!(victim.accepts(&later).await);
    victim.refuses(&without(&later), "issued a day after the store got its id").await;
}

#[tokio::test]
async fn m6_tokens_without_store_id_survive_the_upgrade() {
    let victim = Victim::new().await;
    let old = victim.changed("auth_store", None);
    // The store as the release before left it.
    victim.app.db.run("DELETE FROM auth_records WHERE kind = 'auth.store' OR kind LIKE '%data-key'").await;
    victim.app.after(600);
    let upgraded = victim.app.restarted(|builder| builder).await;
    upgraded.get("/claims", &old).await.is(200);
    upgraded.get("/me", &old).await.is(200);
    let tokens = upgraded.refresh(&victim.refresh).await.is(200);
    upgraded.get("/me", &tokens.access_token()).await.is(200);
    // For logging out, too.
    upgraded.logout(&old).await.is(204);
    upgraded.get("/me", &tokens.access_token()).await.is(401);
}

#[tokio::test]
async fn m6_handles_over_two_stores_refuse_each_others_tokens() {
    let (mallory, victim) = (MemoryApp::new().await, MemoryApp::new().await);
    let token = mallory.register("mallory@example.org").await.is(201).access_token();
    let theirs = victim.register("victim@example.org").await.is(201).access_token();
    mallory.get("/me", &token).await.is(200);
    for path in ["/me", "/claims", "/auth/me", "/auth/sessions"] {
        victim.get(path, &token).await.is(401);
    }
    // A logout answers anybody, and ends nobody else's session.
    victim.send(auth_tests::Call::post("/auth/logout").bearer(&token)).await.is(204);
    victim.get("/me", &theirs).await.is(200);
    assert!(victim.auth.verify(&token).is_err());
    assert!(!victim.auth.still_valid(&mallory.auth.verify(&token).unwrap()));
    let beside = mallory.beside(mallory.clock.clone()).await;
    beside.get("/me", &token).await.is(200);
}

#[tokio::test]
async fn m6_token_of_another_store_ends_no_session() {
    let victim = Victim::new().await;
    let mut other = victim.claims["auth_store"].as_str().unwrap().to_owned();
    other.replace_range(..1, if other.starts_with('A') { "B" } else { "A" });
    for (claim, value) in [("auth_store", &*other), ("iss", "Other"), ("aud", "Other")] {
        victim.app.logout(&victim.changed(claim, Some(value.into()))).await.is(204);
        assert!(victim.accepts(&victim.token).await, "{claim}");
    }
    victim.app.after(24 * 60 * 60);
    victim.app.logout(&victim.token).await.is(204);
    victim.app.refresh(&victim.refresh).await.is(401);
}

#[tokio::test]
async fn m6_a_copied_store_gets_an_id_of_its_own() {
    let app = MemoryApp::new().await;
    let answer = app.register(ADA).await.is(201);
    app.get("/me", &answer.access_token()).await.is(200);
    app.auth.renew_store_id().await.unwrap();
    app.get("/me", &answer.access_token()).await.is(401);
    let tokens = app.refresh(&answer.refresh_token()).await.is(200);
    app.get("/me", &tokens.access_token()).await.is(200);
    // Others learn it when they start.
    let beside = app.beside(app.clock.clone()).await;
    beside.get("/me", &tokens.access_token()).await.is(200);
    beside.get("/me", &answer.access_token()).await.is(401);
    // A rotation keeps the id.
    app.auth.rotate_secret(&auth::Secret::generate().unwrap(), &[]).await.unwrap();
    let tokens = app.refresh(&tokens.refresh_token()).await.is(200);
    app.get("/me", &tokens.access_token()).await.is(200);
}
