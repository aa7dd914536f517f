//! `Records`: of 64 callers at once, on two handles, exactly one wins (DB-01, DB-02).

use auth::clock::Timestamp;
use auth::store::{Record, Records};
use auth::testing::conformance::{record_batches, record_races};

use crate::backends::Fixture;
use crate::race::race;
use crate::records::record;

crate::on_every_store! {
    db_01_one_insert_wins
    db_01_one_replace_wins
    db_01_one_delete_wins
    db_01_no_replace_brings_a_record_back
    db_01_no_count_is_lost
    db_01_no_count_among_several_is_lost
    db_01_each_incarnation_is_deleted_once
    db_01_what_many_purge_at_once_is_counted_once
}

async fn db_01_one_insert_wins<F: Fixture>(store: &F) {
    record_races::one_insert_wins(store.records().both()).await;
}

async fn db_01_one_replace_wins<F: Fixture>(store: &F) {
    record_races::one_replace_wins(store.records().both()).await;
}

async fn db_01_one_delete_wins<F: Fixture>(store: &F) {
    record_races::one_delete_wins(store.records().both()).await;
}

async fn db_01_no_replace_brings_a_record_back<F: Fixture>(store: &F) {
    record_races::no_replace_brings_a_record_back(store.records().both()).await;
}

async fn db_01_no_count_is_lost<F: Fixture>(store: &F) {
    record_races::no_count_is_lost(store.records().both()).await;
}

async fn db_01_no_count_among_several_is_lost<F: Fixture>(store: &F) {
    record_batches::no_count_among_several_is_lost(store.records().both()).await;
}

async fn db_01_each_incarnation_is_deleted_once<F: Fixture>(store: &F) {
    record_races::each_incarnation_is_deleted_once(store.records().both()).await;
}

/// Every instance purges now and then.
async fn db_01_what_many_purge_at_once_is_counted_once<F: Fixture>(store: &F) {
    let records = store.records();
    for n in 0..100 {
        let expires_at = Timestamp::from_millis(n);
        records.first.insert(&Record { expires_at, ..record(&n.to_string(), "ann") }).await.unwrap();
    }
    records.first.insert(&record("lives", "ann")).await.unwrap();
    let purged = race(|n| {
        let records = records.nth(n);
        async move { records.purge_expired(Timestamp::from_secs(1), 7).await.unwrap() }
    })
    .await;
    let left = records.first.purge_expired(Timestamp::from_secs(1), u64::MAX).await.unwrap();
    assert_eq!(purged.iter().sum::<u64>() + left, 100);
    assert_eq!(records.first.list("kind", "ann").await.unwrap().len(), 1);
}
