//! [`Records`] under test: an error of the store breaks the case.

use std::sync::Arc;

use super::case::Case;
use crate::base::clock::Timestamp;
use crate::store::{Record, Records};

/// Two handles on one store, prepared as two processes would.
pub(super) struct RecordsHandles<R> {
    pub(super) first: RecordsUnderTest<R>,
    pub(super) second: RecordsUnderTest<R>,
}

impl<R: Records> RecordsHandles<R> {
    pub(super) async fn ready(case: Case, handles: [R; 2]) -> Self {
        let [first, second] = handles.map(|handle| RecordsUnderTest { case, store: Arc::new(handle) });
        for handle in [&first, &second] {
            case.answer("prepare", handle.store.prepare().await);
        }
        Self { first, second }
    }

    /// Returns one handle or the other, in turn.
    pub(super) fn nth(&self, n: usize) -> RecordsUnderTest<R> {
        let asked = if n.is_multiple_of(2) { &self.first } else { &self.second };
        RecordsUnderTest { case: asked.case, store: Arc::clone(&asked.store) }
    }
}

pub(super) struct RecordsUnderTest<R> {
    pub(super) case: Case,
    pub(super) store: Arc<R>,
}

impl<R: Records> RecordsUnderTest<R> {
    pub(super) async fn insert(&self, record: &Record) -> bool {
        self.case.answer("insert", self.store.insert(record).await)
    }
    pub(super) async fn get(&self, kind: &str, key: &str) -> Option<Record> {
        self.case.answer("get", self.store.get(kind, key).await)
    }
    pub(super) async fn replace(&self, record: &Record) -> bool {
        self.case.answer("replace", self.store.replace(record).await)
    }
    pub(super) async fn get_many(&self, kind: &str, keys: &[&str]) -> Vec<Record> {
        self.case.answer("get_many", self.store.get_many(kind, keys).await)
    }
    pub(super) async fn write_many(&self, records: &[Record]) -> Vec<bool> {
        self.case.answer("write_many", self.store.write_many(records).await)
    }
    pub(super) async fn delete(&self, kind: &str, key: &str) -> bool {
        self.case.answer("delete", self.store.delete(kind, key).await)
    }
    pub(super) async fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> Option<(Record, Option<Record>)> {
        self.case.answer("get_with_owner", self.store.get_with_owner(kind, key, owner_kind).await)
    }
    pub(super) async fn get_and_list(&self, get: (&str, &str), list: (&str, &str)) -> (Option<Record>, Vec<Record>) {
        self.case.answer("get_and_list", self.store.get_and_list(get, list).await)
    }
    pub(super) async fn list(&self, kind: &str, owner: &str) -> Vec<Record> {
        self.case.answer("list", self.store.list(kind, owner).await)
    }
    pub(super) async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> u64 {
        self.case.answer("delete_owned", self.store.delete_owned(kind, owner, except).await)
    }
    pub(super) async fn changed_since(&self, kind: &str, since: u64) -> Vec<Record> {
        self.changed_page(kind, since, None, 1_000).await
    }
    pub(super) async fn changed_page(&self, kind: &str, since: u64, after: Option<&str>, most: u64) -> Vec<Record> {
        let since = Timestamp::from_millis(since);
        self.case.answer("changed_since", self.store.changed_since(kind, since, after, most).await)
    }
    pub(super) async fn purge(&self, now: Timestamp, most: u64) -> u64 {
        self.case.answer("purge_expired", self.store.purge_expired(now, most).await)
    }

    /// Asserts that this record, and nothing else, is stored under its kind and key.
    pub(super) async fn has(&self, what: &str, record: &Record) {
        let stored = self.get(&record.kind, &record.key).await;
        self.same(what, stored, Some(record.clone()));
    }

    /// Like [`Case::is`], but shows the value, which the `Debug` output of a record omits and which may be what is
    /// wrong.
    #[track_caller]
    pub(super) fn same(&self, what: &str, got: Option<Record>, expected: Option<Record>) {
        let with_value = |record: Option<Record>| record.map(|record| (record.value.clone(), record));
        self.case.is(what, with_value(got), with_value(expected));
    }

    /// Returns the keys that `list` returns.
    pub(super) async fn keys(&self, kind: &str, owner: &str) -> Vec<String> {
        keys(self.list(kind, owner).await)
    }
}

pub(super) fn keys(records: Vec<Record>) -> Vec<String> {
    records.into_iter().map(|record| record.key).collect()
}

/// Builds a record of the kind `kind`.
pub(super) fn record(key: &str, owner: &str) -> Record {
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
