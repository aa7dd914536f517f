//! Redis goes away, hangs, and comes back. Nobody restarts anything.

use std::time::{Duration, Instant};

use auth_tests::app::PASSWORD;
use auth_tests::{App, Space};

use crate::{ADA, CHANNEL, PACE, SLOW, admitted, attempt, sharing, two, until};

/// Waits until counters are kept in Redis again, by attempts at accounts nobody else tries.
async fn counting_again(app: &App, space: &Space) {
    let mut number = 0;
    until("limits are counted in Redis again", async || {
        number += 1;
        attempt(app, &format!("nobody{number}@example.org"), "wrong").await.is(401);
        !space.kept().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn login_15_each_process_counts_while_redis_is_away() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let here = App::with(sharing(&space.through(&proxy), SLOW)).await;
    let there = here.restarted(sharing(&space.patient(), SLOW)).await;
    assert_eq!(admitted(&here, ADA, 2).await + admitted(&there, ADA, 2).await, 4);
    space.lose();

    proxy.cut().await;
    assert_eq!(admitted(&here, "bob@example.org", 20).await, 5);
    assert!(space.kept().is_empty());

    proxy.resume();
    counting_again(&here, &space).await;
    assert_eq!(admitted(&here, "eve@example.org", 3).await + admitted(&there, "eve@example.org", 9).await, 5);
}

/// Servers and what stands before them close what is idle.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_was_closed_meanwhile_costs_no_count() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let app = App::with(sharing(&space.through(&proxy), SLOW)).await;
    assert_eq!(admitted(&app, ADA, 3).await, 3);
    proxy.cut().await;
    proxy.resume();
    assert_eq!(admitted(&app, ADA, 9).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn application_starts_without_redis_and_uses_it_later() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    proxy.cut().await;
    let app = App::with(sharing(&space.through(&proxy), PACE)).await;
    app.user(ADA).await;
    let (token, refresh) = app.tokens(ADA).await;
    app.get("/me", &token).await.is(200);
    app.refresh(&refresh).await.is(200);
    app.logout(&token).await.is(204);
    app.get("/me", &token).await.is(401);
    assert_eq!(admitted(&app, ADA, 9).await, 5);

    proxy.resume();
    counting_again(&app, &space).await;
    until("it listens", async || space.listeners(CHANNEL) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hanging_redis_delays_only_one_login_briefly() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let app = App::with(sharing(&space.through(&proxy), SLOW)).await;
    app.user(ADA).await;
    attempt(&app, ADA, PASSWORD).await.is(200);
    assert!(!space.kept().is_empty());

    let mut times = Vec::new();
    for _ in 0..3 {
        proxy.hang();
        let begun = Instant::now();
        attempt(&app, ADA, PASSWORD).await.is(200);
        let first = begun.elapsed();
        let begun = Instant::now();
        for _ in 0..4 {
            attempt(&app, ADA, PASSWORD).await.is(200);
        }
        let others = begun.elapsed();
        println!("while Redis hangs: the first login took {first:?}, four more {others:?}");
        times.push(first + others);
        proxy.resume();
        space.lose();
        counting_again(&app, &space).await;
    }
    // A login counts five times, and must wait once; this machine may have been busy meanwhile, but not each time.
    assert!(times.iter().min().unwrap().as_millis() < 450, "{times:?}");
}

/// The time from a log-out to its refusal in another process.
async fn log_out(here: &App, there: &App) -> Duration {
    let (token, _) = here.tokens(ADA).await;
    there.auth.verify(&token).unwrap();
    let begun = Instant::now();
    here.logout(&token).await.is(204);
    until("the log-out crosses over", async || there.auth.verify(&token).is_err()).await;
    let time = begun.elapsed();
    // So that no limit is met.
    here.after(15);
    time
}

/// Of that many.
async fn median(here: &App, there: &App, log_outs: usize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..log_outs {
        times.push(log_out(here, there).await);
    }
    times.sort();
    times[log_outs / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rev_14_store_carries_logouts_while_redis_is_away() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let (here, there) = two(&space, || space.through(&proxy), PACE).await;
    here.user(ADA).await;
    for away in ["cut", "hangs"] {
        assert!(median(&here, &there, 9).await.as_millis() <= 50, "while Redis is there");
        if away == "cut" {
            proxy.cut().await;
        } else {
            proxy.hang();
        }
        let by_store = median(&here, &there, 3).await;
        assert!(by_store < Duration::from_secs(1), "Redis {away}: {by_store:?}");
        println!("while Redis {away}: a log-out crossed over in {by_store:?}");
        proxy.resume();
        let back = until("both listen", async || space.listeners(CHANNEL) == 2).await;
        // Who sends may not have asked since; it does when a second is over.
        until("news cross at once", async || median(&here, &there, 9).await.as_millis() <= 50).await;
        println!("Redis is back: both listened after {back:?}");
    }
}

/// A peer that vanished closes nothing: the silence is noticed after six seconds, and somebody connects anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_subscription_that_has_become_silent_is_noticed() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let app = App::with(sharing(&space.through(&proxy), SLOW)).await;
    until("it listens", async || space.listeners(CHANNEL) == 1).await;
    proxy.hang();
    let begun = Instant::now();
    tokio::time::timeout(crate::DEADLINE, proxy.next_connection()).await.expect("nobody noticed");
    println!("the silence was noticed after {:?}", begun.elapsed());
    drop(app);
}

/// The server did it, and the connection ended before it could say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn login_15_an_attempt_counts_once_although_an_answer_was_lost() {
    let Some(space) = Space::new() else { return };
    for answers in 0.. {
        let proxy = space.proxy().await;
        let app = App::with(sharing(&space.through(&proxy).timeout(Duration::from_secs(10)), SLOW)).await;
        // So that the script is known, and connected.
        attempt(&app, "bob@example.org", "wrong").await.is(401);
        proxy.lose_response_after(answers);
        attempt(&app, ADA, "wrong").await.is(401);
        let lost = proxy.is_forwarding();
        // Counters read alike at one moment: those that are lost later must not be taken for each other, either.
        assert_eq!(admitted(&app, ADA, 9).await, 4, "answer {answers}");
        space.lose();
        if !lost {
            assert!(answers > 1, "{answers} answers are too few");
            break;
        }
    }
}

/// Full, loading, a replica, or not allowed: what refuses to count can still carry news.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rev_03_broadcast_works_while_redis_refuses_writes() {
    let Some(space) = Space::new() else { return };
    let (here, there) = two(&space, || space.without_counting(), SLOW).await;
    here.user(ADA).await;
    let mut times = Vec::new();
    for number in 0..15 {
        assert_eq!(admitted(&here, &format!("nobody{number}@example.org"), 9).await, 5, "each process counts");
        times.push(log_out(&here, &there).await);
    }
    times.sort();
    assert!(times[7].as_millis() <= 50, "{times:?}");
}

#[tokio::test]
async fn endless_redis_timeout_is_capped_at_a_minute() {
    use auth::broadcast::Broadcast as _;
    for patience in [Duration::MAX, Duration::ZERO] {
        // Nobody listens there, so nobody waits at all.
        let redis = auth::redis::Redis::open("redis://127.0.0.1:1").unwrap().timeout(patience);
        assert!(redis.broadcast().send("channel", "message").await.is_err());
    }
}
