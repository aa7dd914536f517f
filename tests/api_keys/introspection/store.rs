//! What the store is asked, and what is answered if it does not say.

use std::time::Duration;

use auth::store::sql::SqlBackend;
use auth::testing::Faults;
use auth::{Auth, AuthBuilder, AuthError};
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::stage::Stage;
use auth_tests::time::{pass, still};
use auth_tests::{Call, Database, eventually};
use serde_json::json;

use super::{SERVICE, ask, instance, is_active, key_of_service, with_introspection};
use crate::{ADA, BOB, key, list, reader};

async fn over(faults: &Faults, setup: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk>) -> Stage<Clerk, Database> {
    let place = Database::with(CLERKS[0]).await;
    let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(place.pool.clone())));
    Stage::over(place, builder, move |builder| setup(with_introspection(builder))).await
}

/// Waits until the day is written on which the keys of these people were used: that is done beside the requests.
async fn days_are_written(stage: &Stage<Clerk, Database>, emails: &[&str]) {
    for email in emails {
        let access = stage.login(email).await.is(200).access_token();
        let used = async || list(stage, &access).await.iter().all(|key| key["last_used_on"] != json!(null));
        eventually("the day is written", used).await;
    }
}

/// With the row of the key that asks in the cache, so that only what is asked about needs the store.
const CACHED: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk> = |builder| builder.user_cache(Duration::from_mins(1));

#[tokio::test]
async fn rev_14_a_store_that_is_silent_is_neither_answer() {
    let faults = Faults::new();
    let stage = over(&faults, CACHED).await;
    let asking = key_of_service(&stage, SERVICE).await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    for token in [&ada.access, &text] {
        assert!(is_active(&stage, &asking, token).await);
    }
    faults.down();
    for token in [&ada.access, &text] {
        let answer = ask(&stage, &asking, token).await.is(503);
        assert_eq!(answer.code(), "unavailable");
        assert!(answer.header("retry-after").is_some() && !answer.text().contains("active"));
    }
    // What is no token at all needs no store to be known as none.
    assert!(!is_active(&stage, &asking, "nothing").await);
    faults.up();
    for token in [&ada.access, &text] {
        assert!(is_active(&stage, &asking, token).await);
    }
}

/// Each query on the way, one after the other.
#[tokio::test]
async fn rev_14_each_query_that_fails_is_a_503() {
    let faults = Faults::new();
    let stage = over(&faults, CACHED).await;
    let asking = key_of_service(&stage, SERVICE).await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    assert!(is_active(&stage, &asking, &text).await);
    days_are_written(&stage, &[SERVICE, ADA]).await;
    for token in [&ada.access, &text] {
        assert!(is_active(&stage, &asking, token).await);
        for (method, times) in [("records.get", 3), ("users.find", 1)] {
            for n in 0..times {
                faults.nth(method, n).fail();
                ask(&stage, &asking, token).await.is(503);
                assert!(faults.is_done(), "{method} {n}: nobody has called it");
            }
        }
        assert!(is_active(&stage, &asking, token).await);
    }
}

#[tokio::test]
async fn what_is_no_token_of_ours_costs_no_query() {
    let faults = Faults::new();
    let stage = over(&faults, CACHED).await;
    let asking = key_of_service(&stage, SERVICE).await;
    let ada = reader(&stage, ADA).await;
    assert!(is_active(&stage, &asking, &ada.access).await);
    let forged = format!("{}AAAA", &ada.access[..ada.access.len() - 4]);
    let text = key(&stage, &ada.access).await.0;
    assert!(is_active(&stage, &asking, &text).await);
    days_are_written(&stage, &[SERVICE, ADA]).await;
    let mistyped = format!("{}{}", &text[..text.len() - 1], if text.ends_with('0') { "1" } else { "0" });
    assert!(is_active(&stage, &asking, &ada.access).await, "the key that asks is in memory again");
    drop(faults.take_calls());
    for token in [forged, mistyped, ada.refresh.clone(), "shop_pat_".to_owned() + &"x".repeat(9000), "x".to_owned()] {
        assert!(!is_active(&stage, &asking, &token).await);
    }
    assert_eq!(faults.take_calls(), <[&str; 0]>::default());
    // The control: what it takes to answer about a token.
    assert!(is_active(&stage, &asking, &ada.access).await);
    assert_eq!(faults.take_calls(), ["records.get", "records.get", "records.get", "users.find"]);
}

/// While nobody hears of what other instances end, the key that asks is looked for in the store, as by any guard.
#[tokio::test(start_paused = true)]
async fn rev_14_a_silent_feed_makes_no_token_active() {
    let faults = Faults::new();
    let setup: fn(AuthBuilder<Clerk>) -> _ = |builder| builder.revocation_feed(Duration::from_millis(500));
    let here = Box::pin(still(over(&faults, setup))).await;
    let asking = still(key_of_service(&here, SERVICE)).await;
    let (ada, bob) = (still(reader(&here, ADA)).await, still(reader(&here, BOB)).await);
    faults.next("records.changed_since").and_later().hang();
    pass(Duration::from_millis(2500)).await;
    assert!(matches!(here.auth.verify(&ada.access), Err(AuthError::Unavailable(_))), "it is silent");
    assert!(still(is_active(&here, &asking, &ada.access)).await);
    let there = Box::pin(still(instance(here.place.clone()))).await;
    still(there.send(Call::post("/logout").bearer(&ada.access))).await.is(204);
    assert!(!still(is_active(&here, &asking, &ada.access)).await);
    assert!(still(is_active(&here, &asking, &bob.access)).await);
    faults.next("records.get").and_later().fail();
    still(ask(&here, &asking, &bob.access)).await.is(503);
}

#[tokio::test]
async fn a_key_asked_about_is_written_once_a_day() {
    let faults = Faults::new();
    let stage = over(&faults, CACHED).await;
    let asking = key_of_service(&stage, SERVICE).await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    assert_eq!(list(&stage, &ada.access).await[0]["last_used_on"], json!(null));
    assert!(is_active(&stage, &asking, &text).await);
    days_are_written(&stage, &[SERVICE, ADA]).await;
    drop(faults.take_calls());
    for _ in 0..20 {
        assert!(is_active(&stage, &asking, &text).await);
        tokio::task::yield_now().await;
    }
    let calls = faults.take_calls();
    assert!(calls.len() == 20 * 4 && !calls.iter().any(|call| call.contains("replace")), "{calls:?}");
}
