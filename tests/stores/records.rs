//! `Records`: the public suite (`auth::testing::conformance`), one test for each case and backend, and promises that
//! only these stores make.

use auth::clock::Timestamp;
use auth::store::{Record, Records};
use auth::testing::conformance::{record_batches, record_cases, record_texts};

use crate::backends::Fixture;

crate::on_every_store! {
    prepare_may_be_done_by_every_process
    insert_only_if_absent
    replace_only_if_the_version_matches
    replace_keeps_kind_and_key_and_changes_the_rest
    delete_answers_whether_there_was_a_record
    list_answers_the_records_of_one_owner_by_key
    get_with_owner_answers_both_records
    get_and_list_answers_as_both_do
    get_many_answers_what_is_there
    write_many_compares_each_version
    delete_owned_spares_the_exception_and_everybody_else
    changed_since_is_inclusive_and_oldest_first
    changed_since_goes_on_where_it_ended
    purge_deletes_what_expired_before_now
    purge_goes_on_until_fewer_come
    records_without_end_outlive_every_purge
    db_02_a_second_handle_sees_every_write
    db_03_keys_kinds_and_owners_are_compared_byte_by_byte
    db_05_text_comes_back_as_it_went_in
    unrepresentable_text_is_neither_found_nor_stored
    text_with_nul_is_stored_where_supported
    batched_purge_overshoots_by_at_most_one_millisecond
}

/// A record of the kind `kind`.
pub(crate) fn record(key: &str, owner: &str) -> Record {
    Record {
        kind: "kind".into(),
        key: key.into(),
        owner: owner.into(),
        value: format!("value of {key}"),
        version: 1,
        expires_at: Timestamp::from_secs(2_000),
        changed_at: Timestamp::from_secs(1_000),
    }
}

async fn prepare_may_be_done_by_every_process<F: Fixture>(store: &F) {
    record_cases::prepare_may_be_done_by_every_process(store.records().both()).await;
}

async fn insert_only_if_absent<F: Fixture>(store: &F) {
    record_cases::insert_only_if_absent(store.records().both()).await;
}

async fn replace_only_if_the_version_matches<F: Fixture>(store: &F) {
    record_cases::replace_only_if_the_version_matches(store.records().both()).await;
}

async fn replace_keeps_kind_and_key_and_changes_the_rest<F: Fixture>(store: &F) {
    record_cases::replace_keeps_kind_and_key_and_changes_the_rest(store.records().both()).await;
}

async fn delete_answers_whether_there_was_a_record<F: Fixture>(store: &F) {
    record_cases::delete_answers_whether_there_was_a_record(store.records().both()).await;
}

async fn get_with_owner_answers_both_records<F: Fixture>(store: &F) {
    record_cases::get_with_owner_answers_both_records(store.records().both()).await;
}

async fn get_and_list_answers_as_both_do<F: Fixture>(store: &F) {
    record_cases::get_and_list_answers_as_both_do(store.records().both()).await;
}

async fn get_many_answers_what_is_there<F: Fixture>(store: &F) {
    record_batches::get_many_answers_what_is_there(store.records().both()).await;
}

async fn write_many_compares_each_version<F: Fixture>(store: &F) {
    record_batches::write_many_compares_each_version(store.records().both()).await;
}

async fn list_answers_the_records_of_one_owner_by_key<F: Fixture>(store: &F) {
    record_cases::list_answers_the_records_of_one_owner_by_key(store.records().both()).await;
}

async fn delete_owned_spares_the_exception_and_everybody_else<F: Fixture>(store: &F) {
    record_cases::delete_owned_spares_the_exception_and_everybody_else(store.records().both()).await;
}

async fn changed_since_goes_on_where_it_ended<F: Fixture>(store: &F) {
    record_cases::changed_since_goes_on_where_it_ended(store.records().both()).await;
}

async fn changed_since_is_inclusive_and_oldest_first<F: Fixture>(store: &F) {
    record_cases::changed_since_is_inclusive_and_oldest_first(store.records().both()).await;
}

async fn purge_deletes_what_expired_before_now<F: Fixture>(store: &F) {
    record_cases::purge_deletes_what_expired_before_now(store.records().both()).await;
}

async fn purge_goes_on_until_fewer_come<F: Fixture>(store: &F) {
    record_cases::purge_goes_on_until_fewer_come(store.records().both()).await;
}

async fn records_without_end_outlive_every_purge<F: Fixture>(store: &F) {
    record_cases::records_without_end_outlive_every_purge(store.records().both()).await;
}

async fn db_02_a_second_handle_sees_every_write<F: Fixture>(store: &F) {
    record_cases::a_second_handle_sees_every_write(store.records().both()).await;
}

async fn db_03_keys_kinds_and_owners_are_compared_byte_by_byte<F: Fixture>(store: &F) {
    record_texts::keys_kinds_and_owners_are_compared_byte_by_byte(store.records().both()).await;
}

async fn db_05_text_comes_back_as_it_went_in<F: Fixture>(store: &F) {
    record_texts::text_comes_back_as_it_went_in(store.records().both()).await;
}

async fn unrepresentable_text_is_neither_found_nor_stored<F: Fixture>(store: &F) {
    record_texts::unrepresentable_text_is_neither_found_nor_stored(store.records().both()).await;
}

/// The suite allows a store to refuse it.
async fn text_with_nul_is_stored_where_supported<F: Fixture>(store: &F) {
    let records = store.records().first;
    let written = record("a\0b", "\0");
    assert_eq!(records.insert(&written).await.is_ok(), F::HOLDS_NUL);
    assert_eq!(records.get("kind", "a\0b").await.unwrap(), F::HOLDS_NUL.then_some(written));
}

async fn batched_purge_overshoots_by_at_most_one_millisecond<F: Fixture>(store: &F) {
    let records = store.records().first;
    for (key, at) in [("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", 3), ("f", 3)] {
        records.insert(&Record { expires_at: Timestamp::from_millis(at), ..record(key, "ann") }).await.unwrap();
    }
    let now = Timestamp::from_millis(10);
    let first = records.purge_expired(now, 2).await.unwrap();
    assert!((2..=4).contains(&first), "{first}: what expired later stays");
    let second = records.purge_expired(now, 6 - first).await.unwrap();
    assert_eq!((first + second, records.purge_expired(now, 1).await.unwrap()), (6, 0));
}
