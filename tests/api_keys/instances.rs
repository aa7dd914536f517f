//! Several instances on one database: what one of them ends, none of them accepts.

use std::time::Duration;

use auth::AuthBuilder;
use auth::{Auth, NewApiKey, Permissions};
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::time::{pass, still};
use auth_tests::{Database, Place as _};

use super::{ADA, key, present, reader, revoke, with_keys, works};

async fn two(setup: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk>) -> (Stage<Clerk, Database>, Stage<Clerk, Database>) {
    let db = Database::with(CLERKS[0]).await;
    let here = Stage::<Clerk, _>::with(db.clone(), move |builder| setup(with_keys(builder))).await;
    let there = Stage::<Clerk, _>::with(db.reopened().await, move |builder| setup(with_keys(builder))).await;
    (here, there)
}

const PLAIN: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk> = |builder| builder;
const CACHED: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk> = |builder| builder.user_cache(Duration::from_mins(1));

#[tokio::test]
async fn ak_10_a_key_revoked_here_is_refused_there() {
    for setup in [PLAIN, CACHED] {
        for what in ["revoke", "disable", "delete", "reset_factors", "end_keys", "end_everything"] {
            let (here, there) = two(setup).await;
            let ada = reader(&here, ADA).await;
            let (text, id) = key(&here, &ada.access).await;
            for instance in [&here, &there] {
                assert!(works(instance, &text).await, "and it is remembered");
            }
            let accounts = here.auth.accounts();
            match what {
                "revoke" => drop(revoke(&here, &ada.access, &id).await.is(204)),
                "disable" => accounts.disable(&ada.id).await.unwrap(),
                "delete" => accounts.delete(&ada.id).await.unwrap(),
                "reset_factors" => accounts.reset_factors(&ada.id).await.unwrap(),
                "end_keys" => accounts.end_keys(&ada.id).await.unwrap(),
                _ => here.auth.end_everything().await.unwrap(),
            }
            assert!(!works(&here, &text).await, "{what}: at once");
            // What the poller does twice a second.
            there.auth.sync_revocations().await.unwrap();
            assert!(!works(&there, &text).await, "{what}");
        }
    }
}

#[tokio::test]
async fn ak_09_a_permission_taken_here_is_missing_there() {
    for setup in [PLAIN, CACHED] {
        let (here, there) = two(setup).await;
        let ada = reader(&here, ADA).await;
        let (text, _) = key(&here, &ada.access).await;
        assert!(works(&there, &text).await);
        here.auth.accounts().set_permissions(&ada.id, Permissions::new()).await.unwrap();
        there.auth.sync_revocations().await.unwrap();
        assert!(!present(&there, &text).await.unwrap().may(&Task::Read));
    }
}

/// With the pollers running: within a second, as sessions.
#[tokio::test(start_paused = true)]
async fn ak_10_revoked_keys_are_refused_everywhere_within_a_second() {
    let feed: fn(AuthBuilder<Clerk>) -> AuthBuilder<Clerk> =
        |builder| builder.revocation_feed(Duration::from_millis(500));
    let (here, there) = Box::pin(still(two(feed))).await;
    let ada = still(reader(&here, ADA)).await;
    let (text, id) = still(key(&here, &ada.access)).await;
    assert!(still(works(&there, &text)).await);
    still(revoke(&here, &ada.access, &id)).await.is(204);
    pass(Duration::from_secs(1)).await;
    assert!(!still(works(&there, &text)).await);
}

/// A key is remembered for a minute, and not asked for again meanwhile: of a row that is cached, nothing is asked.
#[tokio::test]
async fn a_remembered_key_and_row_cost_no_query() {
    let faults = auth::testing::Faults::new();
    let db = Database::with(CLERKS[0]).await;
    let backend = auth::store::sql::SqlBackend::new(db.pool());
    let builder = Auth::<Clerk>::builder(faults.wrap(backend));
    let stage = Stage::over(db, builder, |builder| CACHED(with_keys(builder))).await;
    let ada = reader(&stage, ADA).await;
    let made = stage.auth.accounts().create_api_key(&ada.id, NewApiKey::new("job", ["read"])).await.unwrap();
    assert!(works(&stage, made.expose()).await);
    auth_tests::eventually("the day is written", async || {
        stage.auth.accounts().api_keys(&ada.id).await.unwrap()[0].last_used_on.is_some()
    })
    .await;
    drop(faults.take_calls());
    for _ in 0..100 {
        assert!(works(&stage, made.expose()).await);
    }
    assert_eq!(faults.take_calls(), <[&str; 0]>::default());
    stage.after(60);
    assert!(works(&stage, made.expose()).await);
    assert_eq!(faults.take_calls(), ["records.get", "users.find"]);
}
