//! `Records`: of 64 callers at once, on two handles, exactly one wins (DB-01, DB-02).

use auth::store::{Record, Records};

use crate::backends::Fixture;
use crate::race::{count, race};
use crate::records::record;

crate::on_every_store! {
    db_01_one_insert_wins
    db_01_one_replace_wins
    db_01_one_take_wins
    db_01_replace_or_take_but_not_both
    db_01_no_count_is_lost
    db_01_each_incarnation_is_taken_once
}

async fn db_01_one_insert_wins<F: Fixture>(store: &F) {
    let records = store.records();
    let won = race(|n| {
        let records = records.nth(n);
        async move { records.insert(&Record { value: n.to_string(), ..record("a", "ann") }).await.unwrap().then_some(n) }
    })
    .await;
    let winners: Vec<_> = won.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(records.first.get("kind", "a").await.unwrap().unwrap().value, winners[0].to_string());
}

async fn db_01_one_replace_wins<F: Fixture>(store: &F) {
    let records = store.records();
    records.first.insert(&record("a", "ann")).await.unwrap();
    let won =
        race(|n| {
            let records = records.nth(n);
            async move {
                records.replace(&Record { value: n.to_string(), ..record("a", "ann") }).await.unwrap().then_some(n)
            }
        })
        .await;
    let winners: Vec<_> = won.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let stored = records.first.get("kind", "a").await.unwrap().unwrap();
    assert_eq!((stored.value, stored.version), (winners[0].to_string(), 2));
}

async fn db_01_one_take_wins<F: Fixture>(store: &F) {
    let records = store.records();
    records.first.insert(&record("a", "ann")).await.unwrap();
    let taken = race(|n| {
        let records = records.nth(n);
        async move { records.take("kind", "a").await.unwrap() }
    })
    .await;
    assert_eq!(count(&taken, Option::is_some), 1);
}

/// Whoever takes gets the record as it was then: with the replacement in it, or before there was one.
async fn db_01_replace_or_take_but_not_both<F: Fixture>(store: &F) {
    let records = store.records();
    let original = record("a", "ann");
    records.first.insert(&original).await.unwrap();
    let answers = race(|n| {
        let (records, original) = (records.nth(n / 2), original.clone());
        async move {
            match n % 2 {
                0 => (records.replace(&Record { value: "new".into(), ..original }).await.unwrap(), None),
                _ => (false, records.take("kind", "a").await.unwrap()),
            }
        }
    })
    .await;
    let replaced = count(&answers, |(replaced, _)| *replaced);
    let taken: Vec<_> = answers.into_iter().filter_map(|(_, taken)| taken).collect();
    assert_eq!(taken.len(), 1);
    match replaced {
        0 => assert_eq!(taken[0], original),
        1 => assert_eq!((taken[0].value.as_str(), taken[0].version), ("new", 2)),
        more => panic!("{more} replaced one version"),
    }
}

/// Read, add one, replace, and again if somebody was faster: 64 times one is 64.
async fn db_01_no_count_is_lost<F: Fixture>(store: &F) {
    let records = store.records();
    records.first.insert(&Record { value: "0".into(), ..record("a", "ann") }).await.unwrap();
    race(|n| {
        let records = records.nth(n);
        async move {
            loop {
                let stored = records.get("kind", "a").await.unwrap().unwrap();
                let value = (stored.value.parse::<u32>().unwrap() + 1).to_string();
                if records.replace(&Record { value, ..stored }).await.unwrap() {
                    break;
                }
            }
        }
    })
    .await;
    let stored = records.first.get("kind", "a").await.unwrap().unwrap();
    assert_eq!((stored.value.as_str(), stored.version), ("64", 65));
}

/// A record that is taken and inserted anew starts at version 1 again; the old one must not be answered a second time.
async fn db_01_each_incarnation_is_taken_once<F: Fixture>(store: &F) {
    let records = store.records();
    let answers = race(|n| {
        let records = records.nth(n / 2);
        async move {
            match n % 2 {
                0 => {
                    let anew = Record { value: n.to_string(), ..record("a", "ann") };
                    (records.insert(&anew).await.unwrap().then_some(anew.value), None)
                }
                _ => (None, records.take("kind", "a").await.unwrap().map(|taken| taken.value)),
            }
        }
    })
    .await;
    let left = records.first.take("kind", "a").await.unwrap().map(|left| left.value);
    let mut inserted: Vec<_> = answers.iter().filter_map(|(inserted, _)| inserted.clone()).collect();
    let mut taken: Vec<_> = answers.into_iter().filter_map(|(_, taken)| taken).chain(left).collect();
    inserted.sort();
    taken.sort();
    assert_eq!(taken, inserted);
}
