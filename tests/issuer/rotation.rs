//! The issuer changes its keys, and nobody notices.

use std::sync::Arc;
use std::time::Duration;

use auth::clock::Clock as _;
use auth::testing::ManualClock;
use tokio::task::JoinSet;

use crate::fake::{Fake, Reply, settle};
use crate::keys::{Key, set_of};
use crate::person::{URL, is_refused, whose};

#[tokio::test]
async fn keys_are_fetched_once_by_metadata() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    for _ in 0..3 {
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    }
    assert_eq!(fake.urls(), [format!("{URL}/.well-known/openid-configuration"), format!("{URL}/keys")]);
    let request = &fake.requests()[1];
    assert_eq!((request.method, request.max_bytes), ("GET", 256 << 10));
    assert_eq!((request.connect_timeout, request.timeout), (Duration::from_secs(2), Duration::from_secs(5)));
}

#[tokio::test]
async fn f_02_the_first_request_with_a_new_key_is_accepted() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let old = fake.token(Key::P256);
    assert_eq!(whose(&issuer, &old).await.unwrap(), "ada");
    fake.reply(Reply::keys(&[Key::ED25519, Key::P256]));
    assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada");
    assert_eq!(whose(&issuer, &old).await.unwrap(), "ada");
    assert_eq!(fake.asked(), 2);
    assert_eq!(fake.urls().len(), 3, "where the keys are is known");
}

#[tokio::test(start_paused = true)]
async fn f_02_a_thousand_requests_wait_for_one_fetch() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.reply(Reply::keys(&[Key::ED25519]));
    fake.hold().await;
    let token = fake.token(Key::ED25519);
    let mut requests = JoinSet::new();
    for _ in 0..1_000 {
        let (issuer, token) = (issuer.clone(), token.clone());
        requests.spawn(async move { whose(&issuer, &token).await });
    }
    settle().await;
    assert_eq!(fake.asked(), 2, "one is on its way");
    fake.release();
    let outcomes = requests.join_all().await;
    assert!(outcomes.len() == 1_000 && outcomes.iter().all(Result::is_ok));
    assert_eq!(fake.asked(), 2);
}

#[tokio::test]
async fn f_02_keys_that_have_moved_are_found() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let before = fake.token(Key::P256);
    assert_eq!(whose(&issuer, &before).await.unwrap(), "ada");
    fake.move_keys("/moved", Reply::keys(&[Key::ED25519]));
    assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada");
    assert!(is_refused(&issuer, &before).await, "those of the former place are gone");
}

/// Also if nobody presents a token that the keys of the former place do not fit.
#[tokio::test]
async fn a_place_that_keys_left_is_not_trusted() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.move_keys("/moved", Reply::keys(&[Key::ED25519]));
    clock.advance(Duration::from_mins(11));
    assert!(is_refused(&issuer, &fake.token(Key::P256)).await);
    // A place that nobody knows any more, because the metadata are out of reach, is the last one.
    fake.hide_metadata();
    clock.advance(Duration::from_mins(11));
    assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada");
}

#[tokio::test]
async fn f_02_a_new_algorithm_under_a_known_name_is_accepted() {
    let (fake, clock) = (Fake::at(URL, &[]), ManualClock::default());
    fake.reply(Reply::Keys(set_of([Key::P256.jwk_called("k")]), ""));
    let issuer = fake.issuer(&clock).await;
    assert_eq!(whose(&issuer, &fake.token_named(Key::P256, "k")).await.unwrap(), "ada");
    fake.reply(Reply::Keys(set_of([Key::RSA.jwk_called("k")]), ""));
    assert_eq!(whose(&issuer, &fake.token_named(Key::RSA, "k")).await.unwrap(), "ada");
    assert!(is_refused(&issuer, &fake.token_named(Key::P256, "k")).await, "the one before is gone");
}

/// It was ahead when the keys were asked for, and is right now.
#[tokio::test]
async fn a_clock_that_is_set_back_stops_no_fetch() {
    for forced in [false, true] {
        let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
        let right = clock.now();
        clock.advance(Duration::from_hours(24));
        if !forced {
            fake.reply(Reply::Down);
        }
        let issuer = fake.issuer(&clock).await;
        if forced {
            assert!(is_refused(&issuer, &fake.token(Key::ED25519)).await);
        }
        clock.set(right);
        fake.reply(Reply::keys(&[Key::ED25519]));
        clock.advance(Duration::from_secs(1));
        assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada", "forced: {forced}");
        assert!(is_refused(&issuer, &fake.token(Key::P256)).await, "it was taken back");
    }
}

#[tokio::test]
async fn a_new_key_under_a_known_name_is_accepted() {
    let (fake, clock) = (Fake::at(URL, &[]), ManualClock::default());
    fake.reply(Reply::Keys(set_of([Key::P256.jwk_called("k")]), ""));
    let issuer = fake.issuer(&clock).await;
    assert_eq!(whose(&issuer, &fake.token_named(Key::P256, "k")).await.unwrap(), "ada");
    fake.reply(Reply::Keys(set_of([Key::OTHER_P256.jwk_called("k")]), ""));
    assert_eq!(whose(&issuer, &fake.token_named(Key::OTHER_P256, "k")).await.unwrap(), "ada");
    assert!(is_refused(&issuer, &fake.token_named(Key::P256, "k")).await, "the one before is gone");
}

#[tokio::test]
async fn key_07_a_key_that_is_taken_back_refuses_cached_tokens() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256, Key::ED25519]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let token = fake.token(Key::P256);
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
    fake.reply(Reply::keys(&[Key::ED25519]));
    clock.advance(Duration::from_mins(10));
    assert!(is_refused(&issuer, &token).await);
    assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada");
}

#[tokio::test]
async fn old_keys_serve_while_new_ones_are_fetched() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let token = fake.token(Key::P256);
    clock.advance(Duration::from_mins(10) * 71 / 100);
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
    settle().await;
    assert_eq!(fake.asked(), 1, "they are not old yet");
    fake.hold().await;
    clock.advance(Duration::from_mins(10) * 18 / 100);
    for _ in 0..10 {
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada", "nobody waits");
        settle().await;
    }
    assert_eq!(fake.urls().len(), 3, "at 80 % of their life");
    fake.release();
    settle().await;
    assert_eq!(fake.asked(), 2);
    clock.advance(Duration::from_mins(10) * 71 / 100);
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
    settle().await;
    assert_eq!(fake.asked(), 2, "they are new again");
}

#[tokio::test]
async fn unchanged_keys_keep_the_cache_of_tokens() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let token = fake.token(Key::P256);
    let first = issuer.verify(&token).await.unwrap();
    clock.advance(Duration::from_mins(11));
    let second = issuer.verify(&token).await.unwrap();
    assert_eq!(fake.asked(), 2);
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn keys_live_as_long_as_the_issuer_says() {
    for (control, life) in [
        ("max-age=3600", Duration::from_hours(1)),
        ("max-age=1", Duration::from_mins(5)),
        ("max-age=31536000", Duration::from_hours(24)),
        ("no-cache", Duration::from_mins(5)),
    ] {
        let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
        fake.reply(Reply::Keys(crate::keys::published(&[Key::P256]), control));
        let issuer = fake.issuer(&clock).await;
        let token = fake.token(Key::P256);
        clock.advance(life * 71 / 100);
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
        settle().await;
        assert_eq!(fake.asked(), 1, "{control}");
        clock.advance(life * 18 / 100);
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
        settle().await;
        assert_eq!(fake.asked(), 2, "{control}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_from_before_a_change_is_followed_up() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    // The keys are renewed in the background, and the answer is on its way when they change.
    fake.hold().await;
    clock.advance(Duration::from_mins(9));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    let (other, token) = (issuer.clone(), fake.token(Key::ED25519));
    let waiting = tokio::spawn(async move { whose(&other, &token).await });
    settle().await;
    assert_eq!((fake.urls().len(), fake.asked()), (3, 1), "they wait for the same, which asks where the keys are");
    for _ in 0..2 {
        fake.release_one();
        settle().await;
    }
    fake.reply(Reply::keys(&[Key::P256, Key::ED25519]));
    fake.release();
    assert_eq!(waiting.await.unwrap().unwrap(), "ada");
    assert_eq!(fake.asked(), 3);
}
