//! What each method of [`Records`] does. Each case takes two handles on one empty store.

use super::case::Case;
use super::records_under_test::{RecordsHandles, keys, record};
use crate::base::clock::Timestamp;
use crate::store::{Record, Records};

/// Every process prepares the store; a prepared store has no problems.
pub async fn prepare_may_be_done_by_every_process<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "prepare_may_be_done_by_every_process",
        "`prepare` makes what is missing, and is called at each start",
    );
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&record("a", "ann")).await;
    for asked in [&both.second, &both.first] {
        case.answer("prepare", asked.store.prepare().await);
        case.is("problems of a prepared store", case.answer("problems", asked.store.problems().await), Vec::new());
    }
    both.second.has("what was stored before", &record("a", "ann")).await;
}

/// `insert` stores exactly what was given, and only if nothing has that kind and key.
pub async fn insert_only_if_absent<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "insert_only_if_absent",
        "`insert` stores the record if there is none of that kind and key, and answers whether it did",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let first = Record { version: 7, ..record("a", "ann") };
    case.is("inserting into an empty store", records.insert(&first).await, true);
    records.has("what was inserted, its version as given", &first).await;

    let second = Record { value: "other".into(), owner: "bob".into(), version: 1, ..first.clone() };
    case.is("inserting the same kind and key again", records.insert(&second).await, false);
    records.has("the first one, after the second was refused", &first).await;

    let elsewhere = Record { kind: "other".into(), ..first };
    case.is("inserting the same key of another kind", records.insert(&elsewhere).await, true);
    records.same("a key that nobody inserted", records.get("kind", "b").await, None);
}

/// `replace` compares the version.
pub async fn replace_only_if_the_version_matches<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "replace_only_if_the_version_matches",
        "`replace` writes if the stored version is that of the record, adds one to it, and answers whether it did",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let original = record("a", "ann");
    case.is("replacing what is not there", records.replace(&original).await, false);
    records.same("what was not there", records.get("kind", "a").await, None);

    records.insert(&original).await;
    let changed = Record { value: "second".into(), ..original.clone() };
    case.is("replacing version 1 by one who read version 1", records.replace(&changed).await, true);
    case.is("replacing version 2 by one who read version 1", records.replace(&original).await, false);
    let ahead = Record { version: 3, ..original };
    case.is("replacing version 2 by one who says version 3", records.replace(&ahead).await, false);

    let stored = Record { version: 2, ..changed };
    records.has("the one replacement, with one more version", &stored).await;
    case.is("writing back what was read", records.replace(&stored).await, true);
}

/// `replace` writes owner, value and times.
pub async fn replace_keeps_kind_and_key_and_changes_the_rest<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "replace_keeps_kind_and_key_and_changes_the_rest",
        "`replace` replaces owner, value and times of that record alone",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let [one, neighbour] = [record("a", "ann"), record("b", "ann")];
    records.insert(&one).await;
    records.insert(&neighbour).await;
    let changed = Record {
        owner: "bob".into(),
        value: String::new(),
        expires_at: Timestamp::from_millis(2_001),
        changed_at: Timestamp::from_millis(1_001),
        ..one
    };
    case.is("replacing", records.replace(&changed).await, true);
    records.has("the record", &Record { version: 2, ..changed }).await;
    records.has("its neighbour", &neighbour).await;
    case.is("keys of the former owner", records.keys("kind", "ann").await, vec!["b".to_owned()]);
    case.is("keys of the new owner", records.keys("kind", "bob").await, vec!["a".to_owned()]);
}

/// `delete` deletes one record, and says whether it was there.
pub async fn delete_answers_whether_there_was_a_record<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "delete_answers_whether_there_was_a_record",
        "`delete` deletes the record of that kind and key, and answers whether there was one",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let neighbours = [record("b", "ann"), Record { kind: "other".into(), ..record("a", "ann") }];
    for record in [&record("a", "ann"), &neighbours[0], &neighbours[1]] {
        records.insert(record).await;
    }
    records.replace(&record("a", "ann")).await;
    case.is("deleting what is not there", records.delete("kind", "c").await, false);
    case.is("deleting it, whatever its version", records.delete("kind", "a").await, true);
    case.is("deleting it again", records.delete("kind", "a").await, false);
    records.same("getting it afterwards", records.get("kind", "a").await, None);
    case.is("inserting it again after that", records.insert(&record("a", "ann")).await, true);
    for neighbour in &neighbours {
        records.has("its neighbour", neighbour).await;
    }
}

/// `get_with_owner` returns a record, and that of another kind whose key is its owner.
pub async fn get_with_owner_answers_both_records<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "get_with_owner_answers_both_records",
        "`get_with_owner` answers the record, and the one of the other kind whose key is its owner",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let of_kind = |kind: &str, record: Record| Record { kind: kind.into(), ..record };
    let (one, alone) = (record("a", "ann"), record("b", "bob"));
    let anns = of_kind("owners", record("ann", "ann"));
    let others = [
        of_kind("owners", record("a", "ann")),
        of_kind("owners", record("bo", "bob")),
        of_kind("another", record("bob", "bob")),
        record("ann", "ann"),
        record("c", "ann"),
    ];
    for record in [&one, &alone, &anns].into_iter().chain(&others) {
        records.insert(record).await;
    }
    case.is("both", records.get_with_owner("kind", "a", "owners").await, Some((one, Some(anns))));
    case.is("nothing of the owner", records.get_with_owner("kind", "b", "owners").await, Some((alone, None)));
    case.is("no record", records.get_with_owner("kind", "d", "owners").await, None);
    case.is("no record of an owner who has one", records.get_with_owner("nothing", "a", "owners").await, None);
}

/// `get_and_list` returns what `get` and `list` return.
pub async fn get_and_list_answers_as_both_do<R: Records>(handles: [R; 2]) {
    let case =
        Case::new("get_and_list_answers_as_both_do", "`get_and_list` answers what `get` and `list` would answer");
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, owner) in [("c", "ann"), ("a", "ann"), ("b", "bob"), ("ann", "bob")] {
        records.insert(&record(key, owner)).await;
    }
    let other = Record { kind: "other".into(), ..record("ann", "ann") };
    records.insert(&other).await;
    for key in ["ann", "a", ""] {
        for owner in ["ann", "bob", "eve"] {
            let both = (records.get("other", key).await, records.list("kind", owner).await);
            let what = format!("{key:?}, and what {owner} has");
            case.is(&what, records.get_and_list(("other", key), ("kind", owner)).await, both);
        }
    }
    let anns = records.get_and_list(("other", "ann"), ("kind", "ann")).await;
    case.is("both, of ann", anns, (Some(other), vec![record("a", "ann"), record("c", "ann")]));
}

/// `list` returns the records of one owner, in order.
pub async fn list_answers_the_records_of_one_owner_by_key<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "list_answers_the_records_of_one_owner_by_key",
        "`list` answers the records of that kind and owner, ordered by key",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, owner) in [("c", "ann"), ("a", "ann"), ("b", "bob"), ("d", "")] {
        records.insert(&record(key, owner)).await;
    }
    records.insert(&Record { kind: "other".into(), ..record("e", "ann") }).await;
    let list = records.list("kind", "ann").await;
    case.is("of ann", list, vec![record("a", "ann"), record("c", "ann")]);
    case.is("of nobody", records.keys("kind", "").await, vec!["d".to_owned()]);
    case.is("of somebody without records", records.keys("kind", "eve").await, Vec::new());
}

/// `delete_owned` deletes the records of one owner and kind, with one exception.
pub async fn delete_owned_spares_the_exception_and_everybody_else<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "delete_owned_spares_the_exception_and_everybody_else",
        "`delete_owned` deletes the records of that kind and owner, all but the one of key `except`, and answers how many",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, owner) in [("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "bob")] {
        records.insert(&record(key, owner)).await;
    }
    let elsewhere = Record { kind: "other".into(), ..record("a", "ann") };
    records.insert(&elsewhere).await;

    case.is("three but one", records.delete_owned("kind", "ann", Some("b")).await, 2);
    case.is("what is left", records.keys("kind", "ann").await, vec!["b".to_owned()]);
    case.is("an exception of somebody else's", records.delete_owned("kind", "ann", Some("d")).await, 1);
    case.is("nothing left to delete", records.delete_owned("kind", "ann", None).await, 0);
    case.is("without an exception", records.delete_owned("kind", "bob", None).await, 1);
    records.has("the record of another kind", &elsewhere).await;
}

/// `changed_since` includes records written at exactly that time.
pub async fn changed_since_is_inclusive_and_oldest_first<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "changed_since_is_inclusive_and_oldest_first",
        "`changed_since` answers the records of that kind written at or after that time, oldest first, by key within one moment",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, at) in [("late", 30), ("b", 20), ("a", 20), ("early", 10)] {
        let changed_at = Timestamp::from_millis(at);
        records.insert(&Record { changed_at, ..record(key, "ann") }).await;
    }
    records.insert(&Record { kind: "other".into(), ..record("e", "ann") }).await;
    case.is(
        "since 0",
        keys(records.changed_since("kind", 0).await),
        ["early", "a", "b", "late"].map(str::to_owned).to_vec(),
    );
    case.is(
        "since 20, the time of two",
        keys(records.changed_since("kind", 20).await),
        ["a", "b", "late"].map(str::to_owned).to_vec(),
    );
    case.is("since 31, when all is older", keys(records.changed_since("kind", 31).await), Vec::new());

    let early = Record { changed_at: Timestamp::from_millis(10), ..record("early", "ann") };
    records.replace(&Record { changed_at: Timestamp::from_millis(40), ..early }).await;
    case.is(
        "a replaced record has changed",
        keys(records.changed_since("kind", 30).await),
        ["late", "early"].map(str::to_owned).to_vec(),
    );
}

/// `changed_since` returns one page and continues where it ended.
pub async fn changed_since_goes_on_where_it_ended<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "changed_since_goes_on_where_it_ended",
        "`changed_since` answers `most` records at most, and with time and key of the last one those that come after it, \
         each once, also if many were written in one moment",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, at) in [("c", 20), ("é", 20), ("a", 20), ("b", 20), ("-b", 20), ("z", 10), ("0", 30)] {
        records.insert(&Record { changed_at: Timestamp::from_millis(at), ..record(key, "ann") }).await;
    }
    let all = ["z", "-b", "a", "b", "c", "é", "0"].map(str::to_owned).to_vec();
    case.is("all at once", keys(records.changed_page("kind", 0, None, 7).await), all.clone());
    for most in [1, 2, 3] {
        let (mut seen, mut since, mut after) = (Vec::new(), 0, None);
        loop {
            let page = records.changed_page("kind", since, after.as_deref(), most).await;
            let full = page.len() as u64 == most;
            case.is(&format!("{most} at a time, never more"), page.len() as u64 <= most, true);
            if let Some(last) = page.last() {
                (since, after) = (last.changed_at.as_millis(), Some(last.key.clone()));
            }
            seen.extend(keys(page));
            if !full || seen.len() > all.len() {
                break;
            }
        }
        case.is(&format!("{most} at a time"), seen, all.clone());
    }
    case.is("nothing at a time", keys(records.changed_page("kind", 0, None, 0).await), Vec::new());
}

/// `purge_expired` deletes what expired before the given time, and nothing else.
pub async fn purge_deletes_what_expired_before_now<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "purge_deletes_what_expired_before_now",
        "`purge_expired` deletes records that expired before that time, whatever their kind, and answers how many",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for (key, at) in [("past", 9), ("now", 10), ("future", 11)] {
        let expires_at = Timestamp::from_millis(at);
        records.insert(&Record { expires_at, ..record(key, "ann") }).await;
        records.insert(&Record { expires_at, kind: "other".into(), ..record(key, "ann") }).await;
    }
    case.is("at most none", records.purge(Timestamp::from_millis(10), 0).await, 0);
    case.is("two of six have expired", records.purge(Timestamp::from_millis(10), u64::MAX).await, 2);
    for kind in ["kind", "other"] {
        case.is("what lives", records.keys(kind, "ann").await, ["future", "now"].map(str::to_owned).to_vec());
    }
}

/// `purge_expired` works in batches.
pub async fn purge_goes_on_until_fewer_come<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "purge_goes_on_until_fewer_come",
        "`purge_expired` deletes about `most` records, fewer only if no others had expired",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    for n in 0..10 {
        let expires_at = Timestamp::from_millis(n);
        records.insert(&Record { expires_at, ..record(&n.to_string(), "ann") }).await;
    }
    records.insert(&record("lives", "ann")).await;
    let mut sum = 0;
    for round in 0.. {
        let purged = records.purge(Timestamp::from_secs(1_000), 3).await;
        sum += purged;
        if purged < 3 {
            break;
        }
        case.holds("three at a time, and it does not end", round < 4);
    }
    case.is("purged until fewer than three came", sum, 10);
    case.is("what lives", records.keys("kind", "ann").await, vec!["lives".to_owned()]);
}

/// Revocation epochs never expire.
pub async fn records_without_end_outlive_every_purge<R: Records>(handles: [R; 2]) {
    let case =
        Case::new("records_without_end_outlive_every_purge", "a record that ends at the end of time is never purged");
    let records = RecordsHandles::ready(case, handles).await.first;
    let forever = Timestamp::from_millis(u64::MAX);
    records.insert(&Record { expires_at: forever, ..record("a", "ann") }).await;
    let ours = Timestamp::from_millis(i64::MAX.unsigned_abs());
    records.insert(&Record { expires_at: ours, ..record("b", "ann") }).await;
    case.is("purging at the end of time", records.purge(ours, 9).await, 0);
    case.is("what has no end", records.keys("kind", "ann").await, ["a", "b"].map(str::to_owned).to_vec());
}

/// Each handle sees the writes of the other.
pub async fn a_second_handle_sees_every_write<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "a_second_handle_sees_every_write",
        "what one process has written, every other reads: no cache, no replica that lags",
    );
    let RecordsHandles { first, second } = RecordsHandles::ready(case, handles).await;
    let one = record("a", "ann");
    first.insert(&one).await;
    case.is("inserting by the second what the first has inserted", second.insert(&one).await, false);
    second.has("the insertion", &one).await;
    case.is("replacing by the second", second.replace(&one).await, true);
    first.has("the replacement", &Record { version: 2, ..one }).await;
    case.is("who is listed", second.keys("kind", "ann").await, vec!["a".to_owned()]);
    first.delete("kind", "a").await;
    second.same("what the first has deleted", second.get("kind", "a").await, None);
}
