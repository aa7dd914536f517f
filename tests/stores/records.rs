//! `Records`: what each method does.

use auth::Timestamp;
use auth::store::{Record, Records};

use crate::backends::Fixture;

crate::on_every_store! {
    insert_only_if_absent
    replace_only_if_the_version_matches
    replace_keeps_kind_and_key_and_changes_the_rest
    take_deletes_and_answers_the_record
    list_answers_the_records_of_one_owner_by_key
    delete_owned_spares_the_exception_and_everybody_else
    changed_since_is_inclusive_and_oldest_first
    purge_deletes_what_expired_before_now
    records_without_end_outlive_every_purge
    db_03_keys_kinds_and_owners_are_compared_byte_by_byte
    db_05_text_comes_back_as_it_went_in
    what_cannot_be_there_is_not_found_and_not_stored
    db_02_a_second_handle_sees_every_write
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

fn keys(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.key.as_str()).collect()
}

async fn insert_only_if_absent<F: Fixture>(store: &F) {
    let records = store.records().first;
    let first = record("a", "ann");
    assert!(records.insert(&first).await.unwrap());

    let second = Record { value: "other".into(), owner: "bob".into(), ..first.clone() };
    assert!(!records.insert(&second).await.unwrap());
    assert_eq!(records.get("kind", "a").await.unwrap(), Some(first.clone()));

    assert!(records.insert(&Record { kind: "other".into(), ..first }).await.unwrap(), "another kind, another record");
    assert_eq!(records.get("kind", "b").await.unwrap(), None);
}

async fn replace_only_if_the_version_matches<F: Fixture>(store: &F) {
    let records = store.records().first;
    let original = record("a", "ann");
    assert!(!records.replace(&original).await.unwrap(), "nothing there to replace");
    assert_eq!(records.get("kind", "a").await.unwrap(), None);

    records.insert(&original).await.unwrap();
    let changed = Record { value: "second".into(), ..original.clone() };
    assert!(records.replace(&changed).await.unwrap());
    assert!(!records.replace(&original).await.unwrap(), "it is version 2 now");
    assert!(!records.replace(&Record { version: 3, ..original }).await.unwrap());

    let stored = records.get("kind", "a").await.unwrap().unwrap();
    assert_eq!(stored, Record { version: 2, ..changed });
    assert!(records.replace(&stored).await.unwrap(), "what was read can be written back");
}

async fn replace_keeps_kind_and_key_and_changes_the_rest<F: Fixture>(store: &F) {
    let records = store.records().first;
    let [one, neighbour] = [record("a", "ann"), record("b", "ann")];
    records.insert(&one).await.unwrap();
    records.insert(&neighbour).await.unwrap();
    let changed = Record {
        owner: "bob".into(),
        value: String::new(),
        expires_at: Timestamp::from_millis(2_001),
        changed_at: Timestamp::from_millis(1_001),
        ..one
    };
    assert!(records.replace(&changed).await.unwrap());
    assert_eq!(records.get("kind", "a").await.unwrap(), Some(Record { version: 2, ..changed }));
    assert_eq!(records.get("kind", "b").await.unwrap(), Some(neighbour));
}

async fn take_deletes_and_answers_the_record<F: Fixture>(store: &F) {
    let records = store.records().first;
    let one = record("a", "ann");
    records.insert(&one).await.unwrap();
    assert_eq!(records.take("kind", "b").await.unwrap(), None);
    assert_eq!(records.take("other", "a").await.unwrap(), None);
    assert_eq!(records.take("kind", "a").await.unwrap(), Some(one.clone()));
    assert_eq!(records.take("kind", "a").await.unwrap(), None);
    assert_eq!(records.get("kind", "a").await.unwrap(), None);
    assert!(records.insert(&one).await.unwrap(), "the key is free again");
}

async fn list_answers_the_records_of_one_owner_by_key<F: Fixture>(store: &F) {
    let records = store.records().first;
    for (key, owner) in [("c", "ann"), ("a", "ann"), ("b", "bob"), ("d", "")] {
        records.insert(&record(key, owner)).await.unwrap();
    }
    records.insert(&Record { kind: "other".into(), ..record("e", "ann") }).await.unwrap();
    assert_eq!(keys(&records.list("kind", "ann").await.unwrap()), ["a", "c"]);
    assert_eq!(keys(&records.list("kind", "").await.unwrap()), ["d"]);
    assert_eq!(records.list("kind", "eve").await.unwrap(), []);
}

async fn delete_owned_spares_the_exception_and_everybody_else<F: Fixture>(store: &F) {
    let records = store.records().first;
    for (key, owner) in [("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "bob")] {
        records.insert(&record(key, owner)).await.unwrap();
    }
    let elsewhere = Record { kind: "other".into(), ..record("a", "ann") };
    records.insert(&elsewhere).await.unwrap();

    assert_eq!(records.delete_owned("kind", "ann", Some("b")).await.unwrap(), 2);
    assert_eq!(keys(&records.list("kind", "ann").await.unwrap()), ["b"]);
    assert_eq!(records.delete_owned("kind", "ann", Some("d")).await.unwrap(), 1, "an exception of somebody else's");
    assert_eq!(records.delete_owned("kind", "ann", None).await.unwrap(), 0);
    assert_eq!(records.delete_owned("kind", "bob", None).await.unwrap(), 1);
    assert_eq!(records.get("other", "a").await.unwrap(), Some(elsewhere));
}

async fn changed_since_is_inclusive_and_oldest_first<F: Fixture>(store: &F) {
    let records = store.records().first;
    for (key, at) in [("late", 30), ("b", 20), ("a", 20), ("early", 10)] {
        let changed_at = Timestamp::from_millis(at);
        records.insert(&Record { changed_at, ..record(key, "ann") }).await.unwrap();
    }
    records.insert(&Record { kind: "other".into(), ..record("e", "ann") }).await.unwrap();
    let since = async |at| records.changed_since("kind", Timestamp::from_millis(at)).await.unwrap();
    assert_eq!(keys(&since(0).await), ["early", "a", "b", "late"]);
    assert_eq!(keys(&since(20).await), ["a", "b", "late"]);
    assert_eq!(keys(&since(31).await), [""; 0]);

    let early = records.get("kind", "early").await.unwrap().unwrap();
    records.replace(&Record { changed_at: Timestamp::from_millis(40), ..early }).await.unwrap();
    assert_eq!(keys(&since(30).await), ["late", "early"], "a replaced record has changed");
}

async fn purge_deletes_what_expired_before_now<F: Fixture>(store: &F) {
    let records = store.records().first;
    for (key, at) in [("past", 9), ("now", 10), ("future", 11)] {
        let expires_at = Timestamp::from_millis(at);
        records.insert(&Record { expires_at, ..record(key, "ann") }).await.unwrap();
        records.insert(&Record { expires_at, kind: "other".into(), ..record(key, "ann") }).await.unwrap();
    }
    assert_eq!(records.purge_expired(Timestamp::from_millis(10)).await.unwrap(), 2);
    assert_eq!(keys(&records.list("kind", "ann").await.unwrap()), ["future", "now"]);
    assert_eq!(keys(&records.list("other", "ann").await.unwrap()), ["future", "now"]);
}

async fn records_without_end_outlive_every_purge<F: Fixture>(store: &F) {
    let records = store.records().first;
    let forever = Timestamp::from_millis(u64::MAX);
    records.insert(&Record { expires_at: forever, ..record("a", "ann") }).await.unwrap();
    assert_eq!(records.purge_expired(forever).await.unwrap(), 0);
    assert!(records.get("kind", "a").await.unwrap().is_some());
}

async fn db_03_keys_kinds_and_owners_are_compared_byte_by_byte<F: Fixture>(store: &F) {
    let records = store.records().first;
    let alike = ["ABC", "abc", "abc ", " abc", "äbc", "a\u{308}bc", "abc\0", "abc%", "", "0"];
    let alike = alike.into_iter().filter(|text| F::HOLDS_NUL || !text.contains('\0'));
    for text in alike.clone() {
        assert!(records.insert(&record(text, text)).await.unwrap(), "{text:?} is a key of its own");
        assert!(records.insert(&Record { kind: text.into(), ..record("k", "o") }).await.unwrap());
    }
    for text in alike {
        assert_eq!(records.get("kind", text).await.unwrap(), Some(record(text, text)), "{text:?}");
        assert_eq!(keys(&records.list("kind", text).await.unwrap()), [text]);
        assert_eq!(records.delete_owned("kind", text, Some(text)).await.unwrap(), 0, "{text:?}");
        assert_eq!(records.changed_since(text, Timestamp::default()).await.unwrap().len(), 1, "{text:?}");
        assert_eq!(records.take("kind", text).await.unwrap().unwrap().key, text);
    }
}

async fn db_05_text_comes_back_as_it_went_in<F: Fixture>(store: &F) {
    let records = store.records().first;
    let long = "ü".repeat(512);
    let texts = ["'; DROP TABLE auth_records; --", "\" OR 1=1", "$1 ? :a @b %s", "a\0b", "\r\n\t", "🦀", "NULL", &long];
    for (n, text) in texts.into_iter().enumerate() {
        if !F::HOLDS_NUL && text.contains('\0') {
            continue;
        }
        let written = Record {
            value: text.repeat(9),
            owner: text.into(),
            ..record(&format!("{n}{}", &text[..text.len().min(1000)]), "")
        };
        assert!(records.insert(&written).await.unwrap());
        assert_eq!(records.get("kind", &written.key).await.unwrap(), Some(written.clone()), "{n}");
        assert_eq!(records.list("kind", text).await.unwrap(), std::slice::from_ref(&written), "{n}");
        assert!(records.replace(&written).await.unwrap());
        assert_eq!(records.take("kind", &written.key).await.unwrap(), Some(Record { version: 2, ..written }), "{n}");
    }
}

/// PostgreSQL has no U+0000 in text, and no database indexes text of any length. Neither may be a server error when
/// somebody asks for it, nor be stored as something else.
async fn what_cannot_be_there_is_not_found_and_not_stored<F: Fixture>(store: &F) {
    let records = store.records().first;
    records.insert(&record("a", "ann")).await.unwrap();
    let long = "a".repeat(100_000);
    for text in ["a\0", "\0", &long] {
        assert_eq!(records.get("kind", text).await.unwrap(), None);
        assert_eq!(records.take(text, "a").await.unwrap(), None);
        assert_eq!(records.list("kind", text).await.unwrap(), []);
        assert_eq!(records.changed_since(text, Timestamp::default()).await.unwrap(), []);
        assert_eq!(records.delete_owned("kind", text, None).await.unwrap(), 0);
        if F::HOLDS_NUL && text.len() < 9 {
            continue;
        }
        for refused in [record(text, "ann"), record("b", text), Record { kind: text.into(), ..record("b", "ann") }] {
            if let Err(error) = records.insert(&refused).await {
                assert!(!error.is_unavailable(), "{error}");
            } else {
                // In memory there is no limit.
                assert!(records.take(&refused.kind, &refused.key).await.unwrap() == Some(refused));
            }
        }
    }
    assert_eq!(records.delete_owned("kind", "ann", Some("b\0")).await.unwrap(), 1, "spares nobody");
}

async fn db_02_a_second_handle_sees_every_write<F: Fixture>(store: &F) {
    let both = store.records();
    let one = record("a", "ann");
    both.first.insert(&one).await.unwrap();
    assert!(!both.second.insert(&one).await.unwrap());
    both.second.replace(&one).await.unwrap();
    assert_eq!(both.first.get("kind", "a").await.unwrap().unwrap().version, 2);
    both.first.take("kind", "a").await.unwrap();
    assert_eq!(both.second.get("kind", "a").await.unwrap(), None);
}
