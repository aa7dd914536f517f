//! When a key was used last: the day, written beside the requests.

use std::time::Duration;

use auth::Auth;
use auth::store::sql::SqlBackend;
use auth::testing::Faults;
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::stage::Stage;
use auth_tests::{Database, eventually};

use super::{ADA, key, reader, with_keys, works};

const HOUR: u64 = 60 * 60;

async fn counting() -> (Stage<Clerk, Database>, Faults) {
    let (faults, db) = (Faults::new(), Database::with(CLERKS[0]).await);
    let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
    (Stage::over(db, builder, with_keys).await, faults)
}

fn writes(faults: &Faults) -> usize {
    faults.take_calls().iter().filter(|call| **call == "records.replace").count()
}

#[tokio::test]
async fn ak_04_the_last_use_is_stored_once_a_day() {
    let (stage, faults) = counting().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    let last = async || stage.auth.accounts().api_keys(&ada.id).await.unwrap()[0].last_used_on;
    assert_eq!(last().await, None);
    drop(faults.take_calls());
    for _ in 0..50 {
        assert!(works(&stage, &text).await);
    }
    eventually("the day is written", async || last().await.is_some()).await;
    assert_eq!(writes(&faults), 1);
    let first = last().await.unwrap();
    assert_eq!(first.as_secs() % (24 * HOUR), 0, "nobody learns the hour");
    // The next day.
    stage.after(24 * HOUR);
    assert!(works(&stage, &text).await);
    eventually("the next day is written", async || last().await.unwrap() > first).await;
    assert_eq!(writes(&faults), 1);
    assert_eq!(last().await, Some(first + Duration::from_hours(24)));
}

/// A store that does not take the write is not asked with each request, and no request fails for it.
#[tokio::test]
async fn a_failed_write_of_the_day_waits_an_hour() {
    let (stage, faults) = counting().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    // From the first moment of a day on.
    stage.after(24 * HOUR - seconds(&stage) % (24 * HOUR));
    let last = async || stage.auth.accounts().api_keys(&ada.id).await.unwrap()[0].last_used_on;
    assert!(works(&stage, &text).await);
    eventually("the day is written", async || last().await.is_some()).await;
    stage.after(24 * HOUR);
    faults.nth("records.replace", 0).fail();
    for _ in 0..20 {
        assert!(works(&stage, &text).await);
    }
    eventually("the write has failed", async || faults.is_done()).await;
    faults.clear();
    drop(faults.take_calls());
    stage.after(HOUR - 1);
    assert!(works(&stage, &text).await);
    stage.after(1);
    assert!(works(&stage, &text).await);
    let today = seconds(&stage) / (24 * HOUR);
    eventually("it is tried again", async || last().await.unwrap().as_secs() / (24 * HOUR) == today).await;
    assert_eq!(writes(&faults), 1);
}

fn seconds(stage: &Stage<Clerk, Database>) -> u64 {
    use auth::clock::Clock as _;
    stage.clock.now().as_secs()
}
