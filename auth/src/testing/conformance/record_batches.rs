//! Several records at once. Each case takes two handles on one empty store; a multi-threaded runtime finds more.

use super::case::{Case, TASKS, race};
use super::records_under_test::{RecordsHandles, keys, record};
use crate::store::{Record, Records};

/// `get_many` returns the records of one kind that have one of the keys.
pub async fn get_many_answers_what_is_there<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "get_many_answers_what_is_there",
        "`get_many` answers the records of the kind that have one of the keys",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let [a, b, c] = ["a", "b", "c"].map(|key| record(key, "ann"));
    for record in [&a, &b, &c, &Record { kind: "other".into(), ..record("d", "ann") }] {
        records.insert(record).await;
    }
    let mut found = records.get_many("kind", &["c", "missing", "a", "d"]).await;
    found.sort_by(|one, other| one.key.cmp(&other.key));
    case.is("what is there", found.clone(), vec![a, c]);
    let values: Vec<_> = found.into_iter().map(|record| record.value).collect();
    case.is("its values", values, vec!["value of a".to_owned(), "value of c".to_owned()]);
    case.is("no keys", records.get_many("kind", &[]).await, Vec::new());
    let many: Vec<String> = (0..20).map(|number| format!("b{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain(["b"]).collect();
    case.is("one of many keys", keys(records.get_many("kind", &many).await), vec!["b".to_owned()]);
}

/// `write_many` inserts and replaces by version.
pub async fn write_many_compares_each_version<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "write_many_compares_each_version",
        "`write_many` inserts records of version 0 and replaces others of the stored version; what it says it did, it did",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    records.insert(&record("a", "ann")).await;
    let new = Record { version: 0, value: "new".into(), ..record("b", "ann") };
    let next = Record { owner: "bob".into(), value: "next".into(), ..record("a", "ann") };
    case.is("an insert and a replacement", records.write_many(&[new.clone(), next.clone()]).await, vec![true, true]);
    records.has("the new one", &Record { version: 1, ..new.clone() }).await;
    records.has("the replaced one", &Record { version: 2, ..next.clone() }).await;

    let others = [new.clone(), next.clone(), Record { version: 7, ..record("c", "ann") }];
    let written = records.write_many(&others[..2]).await;
    case.is("the same again, which are outdated", written, vec![false, false]);
    records.has("the new one, after that", &Record { version: 1, ..new.clone() }).await;
    records.has("the replaced one, after that", &Record { version: 2, ..next.clone() }).await;

    let mixed = [Record { value: "third".into(), version: 2, ..next.clone() }, new.clone()];
    let written = records.write_many(&mixed).await;
    let stored = records.get("kind", "a").await.map(|record| (record.version, record.value));
    let expected = if written.first() == Some(&true) { (3, "third".to_owned()) } else { (2, "next".to_owned()) };
    case.is(
        "one that is outdated beside one that is not",
        (written.get(1).copied(), stored),
        (Some(false), Some(expected)),
    );
    records.has("the outdated one", &Record { version: 1, ..new }).await;

    let many: Vec<Record> = (0..20).map(|n| Record { version: 0, ..record(&format!("d{n}"), "ann") }).collect();
    case.is("many", records.write_many(&many).await, vec![true; 20]);
    case.is("how many there are", records.list("kind", "ann").await.len(), 21);
    case.is("none", records.write_many(&[]).await, Vec::new());
}

/// 64 tasks count at three records at once, and each count is there.
pub async fn no_count_among_several_is_lost<R: Records>(handles: [R; 2]) {
    const KEYS: [&str; 3] = ["a", "b", "c"];
    let case = Case::new("no_count_among_several_is_lost", "what `write_many` says it wrote was not undone by another");
    let both = RecordsHandles::ready(case, handles).await;
    race(|n| {
        let records = both.nth(n);
        async move {
            // In another order each time, as nothing says which one comes first.
            let mut left: Vec<&str> = KEYS.iter().copied().cycle().skip(n).take(KEYS.len()).collect();
            while !left.is_empty() {
                let read = records.get_many("kind", &left).await;
                let next = |key: &&str| {
                    let stored = read.iter().find(|record| record.key == *key);
                    let count = stored.map_or(0, |stored| stored.value.parse::<usize>().unwrap_or(usize::MAX / 2));
                    let version = stored.map_or(0, |stored| stored.version);
                    Record { value: (count + 1).to_string(), version, ..record(key, "ann") }
                };
                let written = records.write_many(&left.iter().map(next).collect::<Vec<_>>()).await;
                let mut written = written.into_iter();
                left.retain(|_| written.next() != Some(true));
            }
        }
    })
    .await;
    for key in KEYS {
        let stored = both.first.get("kind", key).await.map(|stored| (stored.value, stored.version));
        case.is("the count and its version", stored, Some((TASKS.to_string(), 64)));
    }
}
