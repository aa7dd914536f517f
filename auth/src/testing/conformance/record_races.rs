//! Of 64 concurrent tasks on two handles of one [`Records`], exactly one wins. Each case takes two handles on one empty
//! store; a multi-threaded runtime finds more.

use super::case::{Case, TASKS, count, race};
use super::records_under_test::{RecordsHandles, record};
use crate::store::{Record, Records};

const ONE: &str = "of many callers at once, exactly one succeeds, whichever process it is in";

/// Of 64 `insert` calls, one stores.
pub async fn one_insert_wins<R: Records>(handles: [R; 2]) {
    let case = Case::new("one_insert_wins", ONE);
    let both = RecordsHandles::ready(case, handles).await;
    let won = race(|n| {
        let records = both.nth(n);
        async move { records.insert(&Record { value: n.to_string(), ..record("a", "ann") }).await.then_some(n) }
    })
    .await;
    let winners: Vec<_> = won.into_iter().flatten().map(|n| n.to_string()).collect();
    case.is("how many inserted", winners.len(), 1);
    let stored = both.first.get("kind", "a").await.map(|record| record.value);
    case.is("what is stored, and which caller succeeded", stored, winners.into_iter().next());
}

/// Of 64 `replace` calls based on the same version, one writes.
pub async fn one_replace_wins<R: Records>(handles: [R; 2]) {
    let case = Case::new("one_replace_wins", ONE);
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&record("a", "ann")).await;
    let won = race(|n| {
        let records = both.nth(n);
        async move { records.replace(&Record { value: n.to_string(), ..record("a", "ann") }).await.then_some(n) }
    })
    .await;
    let winners: Vec<_> = won.into_iter().flatten().map(|n| n.to_string()).collect();
    case.is("how many replaced", winners.len(), 1);
    let stored = both.first.get("kind", "a").await.map(|record| (record.value, record.version));
    case.is("what is stored, and which caller succeeded", stored, winners.into_iter().next().map(|value| (value, 2)));
}

/// Of 64 `delete` calls, one answers that there was a record.
pub async fn one_delete_wins<R: Records>(handles: [R; 2]) {
    let case = Case::new("one_delete_wins", ONE);
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&record("a", "ann")).await;
    let deleted = race(|n| {
        let records = both.nth(n);
        async move { records.delete("kind", "a").await }
    })
    .await;
    case.is("how many answered so", count(&deleted, |deleted| *deleted), 1);
}

/// What was deleted stays so, whatever is replaced at the same moment.
pub async fn no_replace_brings_a_record_back<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "no_replace_brings_a_record_back",
        "`replace` writes only what is there: after a `delete` that answered true, nothing is",
    );
    let both = RecordsHandles::ready(case, handles).await;
    let original = record("a", "ann");
    both.first.insert(&original).await;
    let answers = race(|n| {
        let (records, original) = (both.nth(n / 2), original.clone());
        async move {
            if n.is_multiple_of(2) {
                (records.replace(&Record { value: "new".into(), ..original }).await, false)
            } else {
                (false, records.delete("kind", "a").await)
            }
        }
    })
    .await;
    case.is("how many deleted it", count(&answers, |(_, deleted)| *deleted), 1);
    case.holds("one version was replaced once at most", count(&answers, |(replaced, _)| *replaced) < 2);
    both.first.same("what is left", both.first.get("kind", "a").await, None);
}

/// Read, increment, replace, and retry on conflict: 64 increments make 64.
pub async fn no_count_is_lost<R: Records>(handles: [R; 2]) {
    let case = Case::new("no_count_is_lost", "a compare-and-set that answers true was not undone by another");
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&Record { value: "0".into(), ..record("a", "ann") }).await;
    race(|n| {
        let records = both.nth(n);
        async move {
            loop {
                let Some(stored) = records.get("kind", "a").await else {
                    case.broken(format_args!("the record is gone"));
                };
                let value = (stored.value.parse::<usize>().unwrap_or(usize::MAX / 2) + 1).to_string();
                if records.replace(&Record { value, ..stored }).await {
                    break;
                }
            }
        }
    })
    .await;
    let stored = both.first.get("kind", "a").await.map(|stored| (stored.value, stored.version));
    case.is("the count and its version", stored, Some((TASKS.to_string(), 65)));
}

/// A record that is deleted and inserted again is another one.
pub async fn each_incarnation_is_deleted_once<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "each_incarnation_is_deleted_once",
        "what was inserted is deleted once, also if it is inserted again meanwhile: a one-time code counts once",
    );
    let both = RecordsHandles::ready(case, handles).await;
    let answers = race(|n| {
        let records = both.nth(n / 2);
        async move {
            if n.is_multiple_of(2) {
                (records.insert(&record("a", "ann")).await, false)
            } else {
                (false, records.delete("kind", "a").await)
            }
        }
    })
    .await;
    let left = usize::from(both.first.delete("kind", "a").await);
    let inserted = count(&answers, |(inserted, _)| *inserted);
    case.is("how many were deleted", count(&answers, |(_, deleted)| *deleted) + left, inserted);
}
