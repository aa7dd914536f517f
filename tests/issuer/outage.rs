//! The issuer does not answer.

use std::time::Duration;

use auth::AuthError;
use auth::testing::ManualClock;
use tokio::time::Instant;

use crate::fake::{Fake, Reply, settle};
use crate::keys::{Key, set_of};
use crate::person::{URL, is_refused, whose};

/// Whether the answer is a 503 that says when to try again.
fn is_unavailable(outcome: &Result<String, AuthError>) -> bool {
    let Err(error) = outcome else { return false };
    error.status() == 503 && error.retry_after().is_some_and(|after| after > Duration::ZERO)
}

#[tokio::test]
async fn f_03_and_key_14_known_keys_serve_for_a_day() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.reply(Reply::Down);
    for _ in 0..23 {
        clock.advance(Duration::from_hours(1));
        // Another token each time, so that none comes from the cache.
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
        for _ in 0..3 {
            let unknown = whose(&issuer, &fake.token(Key::ED25519)).await;
            assert!(is_unavailable(&unknown), "{unknown:?}");
        }
        assert!(is_refused(&issuer, &fake.token_named(Key::OTHER_P256, "p256")).await, "a known key did not sign it");
    }
    clock.advance(Duration::from_hours(1) + Duration::from_mins(10));
    assert!(is_unavailable(&whose(&issuer, &fake.token(Key::P256)).await), "the day is over");
    fake.reply(Reply::keys(&[Key::P256, Key::ED25519]));
    clock.advance(Duration::from_mins(1));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert_eq!(whose(&issuer, &fake.token(Key::ED25519)).await.unwrap(), "ada");
}

#[tokio::test]
async fn an_issuer_without_answers_is_asked_once_a_minute() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.reply(Reply::Down);
    clock.advance(Duration::from_hours(1));
    let before = fake.asked();
    for second in 0..600 {
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada", "second {second}");
        settle().await;
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(fake.asked() - before, 10);
}

#[tokio::test]
async fn f_03_an_issuer_down_at_start_is_asked_again() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    fake.reply(Reply::Down);
    let issuer = fake.issuer(&clock).await;
    let token = fake.token(Key::P256);
    let mut asked = Vec::new();
    for _ in 0..200 {
        assert!(is_unavailable(&whose(&issuer, &token).await));
        asked.push(fake.asked());
        clock.advance(Duration::from_secs(1));
    }
    // After 1, 2, 4, … seconds, and then each minute.
    assert_eq!(
        [asked[0], asked[1], asked[3], asked[7], asked[15], asked[31], asked[63], asked[123]],
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(asked[199], 9);
    fake.reply(Reply::keys(&[Key::P256]));
    clock.advance(Duration::from_mins(1));
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_refuses_nobody() {
    let (fake, clock) = (Fake::at(URL, &[]), ManualClock::default());
    for reply in [
        Reply::Down,
        Reply::Status(302),
        Reply::Status(404),
        Reply::Status(500),
        Reply::Status(201),
        Reply::Keys(String::new(), ""),
        Reply::Keys("{}".to_owned(), ""),
        Reply::Keys("<html>".to_owned(), ""),
        Reply::Keys(set_of([]), ""),
        Reply::Keys(set_of(vec![Key::SMALL_RSA.jwk(); 3]), ""),
        Reply::Keys(set_of(vec![Key::P256.jwk(); 101]), ""),
        Reply::Keys(format!("{}{}", crate::keys::published(&[Key::P256]), " ".repeat(256 << 10)), ""),
        Reply::Panic,
    ] {
        fake.reply(reply.clone());
        let issuer = fake.issuer(&clock).await;
        assert!(is_unavailable(&whose(&issuer, &fake.token(Key::P256)).await), "{reply:?}");
    }
}

#[tokio::test]
async fn key_14_no_answer_empties_the_known_keys() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    for reply in [Reply::Status(404), Reply::Keys(set_of([]), ""), Reply::Keys("{}".to_owned(), ""), Reply::Panic] {
        fake.reply(reply.clone());
        clock.advance(Duration::from_mins(11));
        let before = fake.urls().len();
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada", "{reply:?}");
        settle().await;
        assert!(fake.urls().len() > before, "it was asked: {reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_a_second_and_a_half() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    fake.reply(Reply::Hang);
    let issuer = fake.issuer(&clock).await;
    let begun = Instant::now();
    assert!(is_unavailable(&whose(&issuer, &fake.token(Key::P256)).await));
    assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    // The request that hangs is given up after five seconds, and the issuer asked again.
    fake.reply(Reply::keys(&[Key::P256]));
    tokio::time::advance(Duration::from_millis(3501)).await;
    settle().await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    // An unknown key waits as long, and no longer.
    fake.reply(Reply::Hang);
    let begun = Instant::now();
    assert!(is_unavailable(&whose(&issuer, &fake.token(Key::ED25519)).await));
    assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada", "known keys serve meanwhile");
}

#[tokio::test(start_paused = true)]
async fn keys_past_their_life_are_waited_for_once() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.reply(Reply::Hang);
    clock.advance(Duration::from_hours(8));
    let begun = Instant::now();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    tokio::time::advance(Duration::from_millis(3501)).await;
    settle().await;
    // It has failed: from now on nobody waits.
    for _ in 0..3 {
        clock.advance(Duration::from_secs(61));
        let begun = Instant::now();
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_the_fetch() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    fake.hold().await;
    let issuer = fake.issuer(&clock).await;
    let (other, token) = (issuer.clone(), fake.token(Key::P256));
    let waiting = tokio::spawn(async move { whose(&other, &token).await });
    settle().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    fake.release();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert_eq!(fake.asked(), 1);
}

#[test]
fn without_a_runtime_the_first_request_fetches() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.builder(&clock).build().unwrap();
    assert!(fake.urls().is_empty());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada") });
}
