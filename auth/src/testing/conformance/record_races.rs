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

/// Of 64 `take` calls, one gets the record.
pub async fn one_take_wins<R: Records>(handles: [R; 2]) {
    let case = Case::new("one_take_wins", ONE);
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&record("a", "ann")).await;
    let taken = race(|n| {
        let records = both.nth(n);
        async move { records.take("kind", "a").await }
    })
    .await;
    case.is("how many got it", count(&taken, Option::is_some), 1);
}

/// Of 64 `delete` calls, one answers that there was a record.
pub async fn one_delete_wins<R: Records>(handles: [R; 2]) {
    let case = Case::new("one_delete_wins", "of several `delete` at once, one answers that there was a record");
    let both = RecordsHandles::ready(case, handles).await;
    both.first.insert(&record("a", "ann")).await;
    let deleted = race(|n| {
        let records = both.nth(n);
        async move { records.delete("kind", "a").await }
    })
    .await;
    case.is("how many answered so", count(&deleted, |deleted| *deleted), 1);
}

/// `take` returns the record as it was at that moment: with the replacement in it, or from before there was one.
pub async fn replace_or_take_but_not_both<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "replace_or_take_but_not_both",
        "`take` answers the record as it was at that moment: no replacement gets lost in between",
    );
    let both = RecordsHandles::ready(case, handles).await;
    let original = record("a", "ann");
    both.first.insert(&original).await;
    let answers = race(|n| {
        let (records, original) = (both.nth(n / 2), original.clone());
        async move {
            if n.is_multiple_of(2) {
                (records.replace(&Record { value: "new".into(), ..original }).await, None)
            } else {
                (false, records.take("kind", "a").await)
            }
        }
    })
    .await;
    let replaced = count(&answers, |(replaced, _)| *replaced);
    let mut taken = answers.into_iter().filter_map(|(_, taken)| taken);
    let (taken, more) = (taken.next(), taken.count());
    case.is("how many more than one took it", more, 0);
    case.holds("one version was replaced once at most", replaced < 2);
    let expected = if replaced == 0 { original } else { Record { value: "new".into(), version: 2, ..original } };
    both.first.same("what was taken", taken, Some(expected));
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

/// A record that is taken and inserted again restarts at version 1; the old one must not be returned a second time.
pub async fn each_incarnation_is_taken_once<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "each_incarnation_is_taken_once",
        "what was inserted is taken once, also if it is inserted again meanwhile: a one-time code counts once",
    );
    let both = RecordsHandles::ready(case, handles).await;
    let answers = race(|n| {
        let records = both.nth(n / 2);
        async move {
            if n.is_multiple_of(2) {
                let anew = Record { value: n.to_string(), ..record("a", "ann") };
                (records.insert(&anew).await.then_some(anew.value), None)
            } else {
                (None, records.take("kind", "a").await.map(|taken| taken.value))
            }
        }
    })
    .await;
    let left = both.first.take("kind", "a").await.map(|left| left.value);
    let mut inserted: Vec<_> = answers.iter().filter_map(|(inserted, _)| inserted.clone()).collect();
    let mut taken: Vec<_> = answers.into_iter().filter_map(|(_, taken)| taken).chain(left).collect();
    inserted.sort();
    taken.sort();
    case.is("taken, and inserted", taken, inserted);
}
