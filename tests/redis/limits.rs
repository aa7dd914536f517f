//! Counters in Redis: shared, with an end each, and nobody's name on them.

use std::time::Duration;

use auth::{Limits, Rate};
use auth_tests::app::PASSWORD;
use auth_tests::client::{Call, together};
use auth_tests::redis::{Kept, Spoiled};
use auth_tests::{App, Space};
use serde_json::json;

use crate::{ADA, SLOW, admitted, attempt, sharing};

fn values(space: &Space) -> Vec<(String, String)> {
    space.kept().into_iter().map(|Kept { key, value, .. }| (key, value)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn login_08_processes_count_together_and_a_restart_forgets_nothing() {
    let Some(space) = Space::new() else { return };
    let here = App::with(sharing(&space.patient(), SLOW)).await;
    let there = here.restarted(sharing(&space.patient(), SLOW)).await;
    here.user(ADA).await;
    assert_eq!(admitted(&here, ADA, 3).await + admitted(&there, ADA, 9).await, 5);
    let later = here.restarted(sharing(&space.patient(), SLOW)).await;
    attempt(&later, ADA, PASSWORD).await.is(429);
    assert_eq!(here.db.count("SELECT count(*) FROM auth_records WHERE kind LIKE '%.limit'").await, 0);
    here.after(1);
    attempt(&there, ADA, PASSWORD).await.is(200);
    assert_eq!(admitted(&here, ADA, 9).await, 5);
}

/// Every kind of counter, in every way it is written: by races, failures, successes, sign-ups and refusals.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn db_09_counters_expire_and_name_nobody() {
    let Some(space) = Space::new() else { return };
    let app = App::with(sharing(&space.patient(), SLOW)).await;
    let body = |password: &str| json!({ "email": ADA, "password": password, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from("203.0.113.1").json(&body(PASSWORD))).await.is(201);
    let login = |ip: &str, password: &str| {
        Call::post("/auth/login").coming_from(ip).json(&json!({ "email": ADA, "password": password }))
    };
    together(&app.router, (0..64).map(|_| login("192.0.2.1", "wrong"))).await;
    app.send(login("203.0.113.1", PASSWORD)).await.is(200);
    app.send(login("198.51.100.1", PASSWORD)).await.is(200);
    app.send(login("192.0.2.1", "wrong")).await.is(429);

    let kept = space.kept();
    assert!(kept.len() >= 8, "{kept:#?}");
    let most = Duration::from_hours(24 * 101).as_millis();
    for Kept { key, value, left } in kept {
        assert!(left >= 0 && left.unsigned_abs() <= u64::try_from(most).unwrap(), "{key} lives for {left} ms");
        let name = key.strip_prefix(&format!("{}:limit:", space.prefix)).unwrap();
        assert!(name.len() == 22 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        // Every login here has an `@`; the letters alone may be among the digits of a number.
        assert!(!key.contains('@') && !value.contains('@') && value.len() <= 180, "{key}: {value}");
    }
}

#[tokio::test]
async fn a_refusal_writes_nothing() {
    let Some(space) = Space::new() else { return };
    let app = App::with(sharing(&space.patient(), SLOW)).await;
    assert_eq!(admitted(&app, ADA, 5).await, 5);
    let before = values(&space);
    assert!(!before.is_empty());
    assert_eq!(admitted(&app, ADA, 20).await, 0);
    assert_eq!(values(&space), before);
}

#[tokio::test]
async fn login_15_unreadable_counter_neither_bypasses_nor_blocks_limits() {
    let Some(space) = Space::new() else { return };
    for spoiled in [Spoiled::Rubbish, Spoiled::List] {
        let app = App::with(sharing(&space.patient(), SLOW)).await;
        attempt(&app, ADA, "wrong").await.is(401);
        space.spoil(spoiled);
        assert_eq!(admitted(&app, ADA, 20).await, 5);
        let before = space.kept().len();
        attempt(&app, "bob@example.org", "wrong").await.is(401);
        assert_eq!(space.kept().len(), before * 2, "bob is counted in Redis");
        space.lose();
    }
}

#[tokio::test]
async fn db_11_two_prefixes_do_not_meet() {
    let (Some(one), Some(two)) = (Space::new(), Space::new()) else { return };
    let (one, two) = (&one, &two);
    let here = App::with(sharing(&one.patient(), SLOW)).await;
    let there = here.restarted(sharing(&two.patient(), SLOW)).await;
    assert_eq!(admitted(&here, ADA, 6).await, 5);
    assert!(two.kept().is_empty());
    assert_eq!(admitted(&there, ADA, 6).await, 5);
}

#[tokio::test]
async fn explicit_limiter_wins_over_redis_in_any_order() {
    let Some(space) = Space::new() else { return };
    let (redis, stricter) = (space.patient(), Limits::default().attempts_per_address(Rate::per_minute(5)));
    for (limits, shared) in [(stricter, true), (Limits::default().in_memory(), false), (Limits::insecure_none(), false)]
    {
        for first in [true, false] {
            let app = App::with(|builder| {
                let builder = builder.revocation_feed(SLOW);
                let (limits, redis) = (limits.clone(), redis.clone());
                if first { builder.redis(redis).limits(limits) } else { builder.limits(limits).redis(redis) }
            })
            .await;
            admitted(&app, ADA, 1).await;
            assert_eq!(!space.kept().is_empty(), shared, "redis first: {first}");
            space.lose();
        }
    }
}

#[tokio::test]
async fn m4_strangers_have_two_hundred_guesses_a_month() {
    const DAY: u64 = 24 * 60 * 60;
    let Some(space) = Space::new() else { return };
    let app = App::with(sharing(&space.patient(), SLOW)).await;
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from("203.0.113.1").json(&body)).await.is(201);
    let login = |ip: String, password: &str| {
        Call::post("/auth/login").coming_from(&ip).json(&json!({ "email": ADA, "password": password }))
    };
    let (mut months, mut address, mut now) = ([0, 0], 0_u32, 0);
    for day in 0..60 {
        app.after((day * DAY).saturating_sub(now));
        now = now.max(day * DAY);
        for _ in 0..2 {
            app.send(login("203.0.113.1".to_owned(), PASSWORD)).await.is(200);
            loop {
                address += 1;
                let [_, a, b, c] = address.to_be_bytes();
                let answer = app.send(login(format!("10.{a}.{b}.{c}"), "wrong")).await;
                if answer.status == 401 {
                    months[usize::from(day >= 30)] += 1;
                    continue;
                }
                let wait = answer.is(429).header("retry-after").unwrap().parse::<u64>().unwrap();
                if wait > 3600 {
                    break;
                }
                app.after(wait);
                now += wait;
            }
        }
    }
    assert!((100..=200).contains(&months[0]) && months[1] <= 130, "{months:?}");
}
