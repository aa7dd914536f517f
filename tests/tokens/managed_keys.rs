//! Key pairs that are made, published, used and retired by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use auth::clock::Clock as _;
use auth::keys::ManagedKeys;
use auth::{Auth, AuthBuilder, KeyPhase, Secret};
use auth_tests::app::{OTHER_SECRET, PASSWORD, SECRET};
use auth_tests::forge::{claims_of, encode};
use auth_tests::memory_app::{Fault, MemoryApp};
use auth_tests::users::SCHEMA;
use auth_tests::{App, Place, User, eventually, on_databases};
use serde_json::Value;

use crate::key_files::P256;
use crate::key_pairs::{header_of, key, named};

const HOUR: u64 = 60 * 60;
const MINUTE: u64 = 60;

fn managed(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    named(builder).managed_keys(quick())
}

/// A key signs for ten hours, and is published an hour before.
fn quick() -> ManagedKeys {
    ManagedKeys::es256().lead(Duration::from_secs(HOUR)).rotate_every(Duration::from_secs(10 * HOUR))
}

fn published(auth: &Auth<User>) -> BTreeSet<String> {
    let set: Value = serde_json::from_str(&auth.jwk_set()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    header_of(token)["kid"].as_str().unwrap().to_owned()
}

fn signing(auth: &Auth<User>) -> Option<String> {
    auth.signing_keys().into_iter().find(|key| key.phase == KeyPhase::Signing).map(|key| key.id)
}

/// Two days, minute by minute, with a verifier that reads the keys every five minutes.
#[tokio::test]
async fn k_02_and_key_08_no_key_signs_before_verifiers_know_it() {
    let app = App::with(managed).await;
    app.register("ada@example.org").await.is(201);
    let (_, mut refresh) = app.tokens("ada@example.org").await;
    let start = app.clock.now().as_secs();
    let (mut first_published, mut first_signed) = (BTreeMap::new(), BTreeMap::new());
    let mut read = published(&app.auth);
    let mut tokens: Vec<String> = Vec::new();
    for minute in 0..(48 * 60) {
        app.auth.refresh_signing_keys().await.unwrap();
        if minute % 5 == 0 {
            read = published(&app.auth);
        }
        for id in published(&app.auth) {
            first_published.entry(id).or_insert(minute);
        }
        if minute % 3 == 0 {
            let answer = app.refresh(&refresh).await.is(200);
            refresh = answer.refresh_token();
            let token = answer.access_token();
            first_signed.entry(kid(&token)).or_insert(minute);
            tokens.push(token);
        }
        let now = app.clock.now().as_secs();
        for token in &tokens {
            let live = claims_of(token)["exp"].as_u64().unwrap() > now;
            assert!(!live || read.contains(&kid(token)), "minute {minute}: {} is in no set", kid(token));
        }
        tokens.retain(|token| claims_of(token)["exp"].as_u64().unwrap() > now);
        app.clock.set(auth::clock::Timestamp::from_secs(start + (minute + 1) * MINUTE));
    }
    assert!((5..=6).contains(&first_signed.len()), "a key signs for ten hours: {first_signed:?}");
    let mut later = first_signed.iter().filter(|(_, signed)| **signed > 0);
    assert!(later.all(|(id, signed)| signed - first_published[id] >= 60), "{first_published:?} {first_signed:?}");
    assert!(published(&app.auth).len() <= 3, "those of before are gone");
    let kept = app.db.count("SELECT COUNT(*) FROM auth_records WHERE kind = 'User:users.signing_key'").await;
    assert!(kept <= 4, "and so are their records: {kept}");
}

#[tokio::test]
async fn the_first_key_waits_where_somebody_has_signed_in() {
    let fresh = App::with(managed).await;
    let token = fresh.register("ada@example.org").await.is(201).access_token();
    assert_eq!(header_of(&token)["alg"], "ES256", "nobody has read keys yet");
    for listed in [None, Some(key(P256))] {
        let with_listed = |builder: AuthBuilder<User>| match &listed {
            Some(key) => named(builder).signing_key(key.clone()),
            None => builder,
        };
        let used = App::with(with_listed).await;
        let old = used.register("ada@example.org").await.is(201).access_token();
        let app = used.restarted(|builder| with_listed(managed(builder))).await;
        let (before, _) = app.tokens("ada@example.org").await;
        assert_eq!(kid(&before), kid(&old), "goes on for the lead");
        let [next] =
            &app.auth.signing_keys().into_iter().filter(|key| key.phase == KeyPhase::Next).collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", app.auth.signing_keys())
        };
        app.after(HOUR - 1);
        assert_eq!(kid(&app.tokens("ada@example.org").await.0), kid(&old));
        app.after(1);
        // Nothing was read or swapped: the time says so.
        let (after, _) = app.tokens("ada@example.org").await;
        assert_eq!(kid(&after), next.id);
        app.get("/claims", &after).await.is(200);
    }
}

/// Eight instances notice at the same second that a key is due.
async fn k_03_of_many_instances_one_makes_the_key<P: Place + Clone + Send + Sync + 'static>(place: P)
where
    User: auth::store::sql::SqlUser<P::Driver> + auth::store::sql::SqlRow<P::Driver>,
{
    let first = App::in_place(place, managed).await;
    first.register("ada@example.org").await.is(201);
    let mut instances = vec![first.auth.clone()];
    for _ in 1..8 {
        instances.push(first.beside(managed).await.auth);
    }
    let before: BTreeSet<String> = published(&first.auth);
    assert!(instances.iter().all(|auth| published(auth) == before) && before.len() == 1);
    first.after(9 * HOUR);
    let refresh_all = async || {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..64 {
            let auth = instances[number % 8].clone();
            tasks.spawn(async move { auth.refresh_signing_keys().await });
        }
        tasks.join_all().await.into_iter().for_each(|done| done.unwrap());
    };
    refresh_all().await;
    let keys = published(&first.auth);
    assert_eq!(keys.len(), 2, "exactly one new key");
    assert!(instances.iter().all(|auth| published(auth) == keys), "and all publish it");
    first.after(HOUR - 1);
    assert!(instances.iter().all(|auth| before.contains(&signing(auth).unwrap())), "nobody is early");
    first.after(1);
    assert!(instances.iter().all(|auth| !before.contains(&signing(auth).unwrap())), "nobody is late");
}

on_databases! { SCHEMA; k_03_of_many_instances_one_makes_the_key }

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k_03_and_key_09_a_switch_refuses_no_good_token() {
    let app = Arc::new(App::with(managed).await);
    app.register("ada@example.org").await.is(201);
    let beside = Arc::new(app.beside(managed).await);
    app.after(9 * HOUR);
    app.auth.refresh_signing_keys().await.unwrap();
    beside.auth.refresh_signing_keys().await.unwrap();
    app.after(HOUR - 20);
    let (old, _) = app.tokens("ada@example.org").await;
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let (app, beside, old) = (Arc::clone(&app), Arc::clone(&beside), old.clone());
            tokio::spawn(async move {
                let issued = if task % 8 == 0 { app.tokens("ada@example.org").await.0 } else { old };
                for round in 0..156 {
                    let instance = if round % 2 == 0 { &app } else { &beside };
                    instance.get("/claims", &issued).await.is(200);
                    if task == 1 && round % 8 == 0 {
                        app.after(1);
                        beside.auth.refresh_signing_keys().await.unwrap();
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let (new, _) = beside.tokens("ada@example.org").await;
    assert_ne!(kid(&new), kid(&old));
    app.get("/claims", &new).await.is(200);
}

/// A process that dies at any write, and a store that loses the answer: the next start signs with a published key.
#[tokio::test]
async fn k_04_an_interrupted_rotation_leaves_one_signer() {
    for fault in [Fault::Before, Fault::After] {
        for call in 0..6 {
            let world = MemoryApp::with(managed).await;
            world.register("ada@example.org").await.is(201);
            world.clock.advance(Duration::from_secs(9 * HOUR));
            fault.at(call, &world.faults);
            let _: Result<(), _> = world.auth.refresh_signing_keys().await;
            let happened = world.mend();
            let next = world.beside_with(world.clock.clone(), managed).await;
            let answer = next.login("ada@example.org", PASSWORD).await.is(200);
            assert!(published(&next.auth).contains(&kid(&answer.access_token())), "{fault:?} {call}");
            assert_eq!(published(&next.auth).len(), 2, "{fault:?} {call}");
            world.auth.refresh_signing_keys().await.unwrap();
            assert_eq!(published(&world.auth), published(&next.auth), "{fault:?} {call}");
            world.get("/claims", &answer.access_token()).await.is(200);
            if !happened {
                break;
            }
        }
    }
}

#[tokio::test]
async fn k_05_without_the_secret_nothing_starts_or_changes() {
    let app = App::with(managed).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let records = async || {
        let sql =
            "SELECT kind || record_key || value || version FROM auth_records WHERE kind LIKE '%signing_key' ORDER BY 1";
        sqlx::query_scalar::<_, String>(sql).fetch_all(&app.pool).await.unwrap()
    };
    let before = records().await;
    assert!(!before.is_empty());
    let other = || Secret::new(OTHER_SECRET).unwrap();
    let db = app.db.reopened().await;
    let builder = Auth::<User>::builder(db.pool.clone()).secret(other()).clock(app.clock.clone());
    let error = managed(builder).build().await.unwrap_err().to_string();
    assert!(error.contains("former_secret"), "{error}");
    assert_eq!(records().await, before);
    let rotated =
        app.restarted(|builder| managed(builder.secret(other()).former_secret(Secret::new(SECRET).unwrap()))).await;
    rotated.get("/claims", &token).await.is(200);
    let later = app.restarted(|builder| managed(builder.secret(other()))).await;
    later.get("/claims", &token).await.is(200);
    assert_eq!(kid(&later.tokens("ada@example.org").await.0), kid(&token), "the pair outlives the secret");
}

/// Whoever reads the database does not get the keys, and whoever writes it cannot swap them.
#[tokio::test]
async fn private_keys_are_sealed_for_their_place() {
    let app = App::with(managed).await;
    app.after(9 * HOUR);
    app.auth.refresh_signing_keys().await.unwrap();
    let sql = "SELECT record_key, value FROM auth_records WHERE kind = 'User:users.signing_key' AND record_key <> 'secret' ORDER BY record_key";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&app.pool).await.unwrap();
    assert_eq!(rows.len(), 2);
    let der = [0x30_u8, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07];
    assert!(encode(der).starts_with("MEECAQAwEwYH"));
    assert!(rows.iter().all(|(_, value)| !value.contains("MEECAQAwEwYH") && !value.contains("BEGIN")), "{rows:?}");
    let swap = "UPDATE auth_records SET value = $1 WHERE kind = 'User:users.signing_key' AND record_key = $2";
    sqlx::query(swap).bind(&rows[0].1).bind(&rows[1].0).execute(&app.pool).await.unwrap();
    assert!(app.auth.refresh_signing_keys().await.is_err());
    let before = published(&app.auth);
    assert_eq!(before.len(), 2, "the keys that are known go on");
}

#[tokio::test]
async fn key_07_a_retired_key_is_refused_at_once() {
    let app = App::with(managed).await;
    app.register("ada@example.org").await.is(201);
    let beside = app.beside(managed).await;
    let (leaked, refresh) = app.tokens("ada@example.org").await;
    assert!(app.auth.retire_signing_key(&kid(&leaked)).await.unwrap());
    app.get("/claims", &leaked).await.is(401);
    beside.auth.refresh_signing_keys().await.unwrap();
    beside.get("/claims", &leaked).await.is(401);
    let new = app.refresh(&refresh).await.is(200).access_token();
    assert_ne!(kid(&new), kid(&leaked));
    for app in [&app, &beside] {
        assert!(!published(&app.auth).contains(&kid(&leaked)));
        app.get("/claims", &new).await.is(200);
    }
    assert!(!app.auth.retire_signing_key(&kid(&leaked)).await.unwrap(), "there is none");
}

/// Nobody calls anything: another instance notices within five seconds, and makes the next key when it is due.
#[tokio::test(start_paused = true)]
async fn key_07_other_instances_notice_within_five_seconds() {
    let polling = |builder: AuthBuilder<User>| managed(builder).revocation_feed(Duration::from_millis(500));
    let here = MemoryApp::with(managed).await;
    let there = here.beside_with(here.clock.clone(), polling).await;
    let leaked = here.register("ada@example.org").await.is(201).access_token();
    there.get("/claims", &leaked).await.is(200);
    assert!(here.auth.retire_signing_key(&kid(&leaked)).await.unwrap());
    tokio::time::advance(Duration::from_secs(6)).await;
    eventually("the key is gone", async || published(&there.auth) == published(&here.auth)).await;
    there.get("/claims", &leaked).await.is(401);
    here.clock.advance(Duration::from_secs(9 * HOUR));
    tokio::time::advance(Duration::from_secs(6)).await;
    eventually("the next key is published", async || published(&there.auth).len() == 2).await;
}

/// The secret has retired a day after the first key was to sign, whatever has become of that key.
#[tokio::test]
async fn a_retired_first_key_leaves_somebody_who_signs() {
    let used = App::with(|builder| builder).await;
    used.register("ada@example.org").await.is(201);
    let patient = || {
        ManagedKeys::es256().lead(Duration::from_secs(7 * 24 * HOUR)).rotate_every(Duration::from_secs(90 * 24 * HOUR))
    };
    let app = used.restarted(|builder| named(builder).managed_keys(patient())).await;
    let (first, _) = app.tokens("ada@example.org").await;
    app.after(3 * 24 * HOUR);
    let next = app.auth.signing_keys().into_iter().find(|key| key.phase == KeyPhase::Next).unwrap().id;
    assert!(app.auth.retire_signing_key(&next).await.unwrap());
    for _ in 0..12 {
        app.after(24 * HOUR / 2);
        app.auth.refresh_signing_keys().await.unwrap();
        let (token, _) = app.tokens("ada@example.org").await;
        app.get("/claims", &token).await.is(200);
    }
    let (last, _) = app.tokens("ada@example.org").await;
    assert_ne!(kid(&first), kid(&last), "a pair has taken over");
}

/// Whoever writes to the table could otherwise have a key sign before verifiers know it.
#[tokio::test]
async fn k_02_the_time_of_a_key_cannot_be_changed() {
    let app = App::with(managed).await;
    app.register("ada@example.org").await.is(201);
    let waiting = app.auth.rotate_signing_key().await.unwrap().id;
    let moved = "UPDATE auth_records SET value = json_set(value, '$.from', 0) WHERE kind LIKE '%signing_key%' AND record_key = '2'";
    app.db.run(moved).await;
    assert!(app.auth.refresh_signing_keys().await.is_err());
    assert_ne!(signing(&app.auth).unwrap(), waiting);
    let (token, _) = app.tokens("ada@example.org").await;
    assert_ne!(kid(&token), waiting);
}

/// It has published a key that signs in a month.
#[tokio::test]
async fn an_instance_that_is_ahead_stops_no_rotation() {
    let app = App::with(managed).await;
    app.register("ada@example.org").await.is(201);
    let right = app.clock.now();
    app.after(30 * 24 * HOUR);
    let far = app.auth.rotate_signing_key().await.unwrap().id;
    app.clock.set(right);
    let next = app.auth.rotate_signing_key().await.unwrap().id;
    assert_ne!(next, far);
    app.after(2 * HOUR);
    app.auth.refresh_signing_keys().await.unwrap();
    assert_eq!(signing(&app.auth).unwrap(), next);
}

/// The key that waits is later than the one that takes over at once, although it is older.
#[tokio::test]
async fn a_waiting_key_signs_in_its_own_time() {
    let app = App::with(managed).await;
    app.register("ada@example.org").await.is(201);
    let first = signing(&app.auth).unwrap();
    let waiting = app.auth.rotate_signing_key().await.unwrap();
    assert_eq!(waiting.phase, KeyPhase::Next);
    assert_eq!(app.auth.rotate_signing_key().await.unwrap().id, waiting.id, "one is enough");
    app.after(10 * MINUTE);
    app.auth.retire_signing_key(&first).await.unwrap();
    let between = signing(&app.auth).unwrap();
    assert!(between != first && between != waiting.id);
    for _ in 0..30 {
        app.after(10 * MINUTE);
        app.auth.refresh_signing_keys().await.unwrap();
    }
    assert_eq!(signing(&app.auth).unwrap(), waiting.id);
    assert_eq!(published(&app.auth), BTreeSet::from([waiting.id]));
}

#[tokio::test]
async fn without_managed_keys_nothing_rotates() {
    let app = App::with(|builder| named(builder).signing_key(key(P256))).await;
    let error = app.auth.rotate_signing_key().await.unwrap_err();
    assert_eq!(error.code(), "internal");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("managed_keys"), "{error:?}");
    let builder = Auth::<User>::builder(app.pool.clone()).secret(Secret::generate().unwrap());
    let hasty = ManagedKeys::es256().lead(Duration::from_mins(1)).rotate_every(Duration::from_secs(30));
    let error = named(builder).managed_keys(hasty).build().await.unwrap_err().to_string();
    assert!(error.contains("`lead`") && error.contains("`rotate_every`"), "{error}");
}
