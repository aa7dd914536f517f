//! A store that hangs or is slow: 503 with `Retry-After` within two seconds, whichever call it is (promise 7).

use std::time::Duration;

use auth::Limits;
use auth::clock::Timestamp;
use auth::limit::{CounterOp, Decision, LimitError, LimitKey, Limiter};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Answer, Call};
use tokio::time::Instant;

const EMAIL: &str = "ada@example.org";
/// The promised limit; the budget itself is shorter.
const PROMISED: Duration = Duration::from_secs(2);

/// Requests that need no password. (Hashing takes real time, during which Tokio's clock would move.)
const REQUESTS: [&str; 6] = ["me", "own page", "sessions", "refresh", "log out", "log out everywhere"];

async fn ask(world: &MemoryApp, what: &str, access: &str, refresh: &str) -> Answer {
    match what {
        "me" => world.get("/auth/me", access).await,
        "own page" => world.get("/me", access).await,
        "sessions" => world.get("/auth/sessions", access).await,
        "refresh" => world.refresh(refresh).await,
        "log out" => world.send(Call::post("/auth/logout").bearer(access)).await,
        _ => world.send(Call::post("/auth/logout-all").bearer(access)).await,
    }
}

#[tokio::test(start_paused = true)]
async fn db_12_any_hanging_call_is_503_within_two_seconds() {
    for what in REQUESTS {
        for call in 0.. {
            let world = MemoryApp::new().await;
            let tokens = world.register(EMAIL).await.is(201);
            world.faults.nth("*", call).hang();
            let asked = Instant::now();
            let answer = ask(&world, what, &tokens.access_token(), &tokens.refresh_token()).await;
            if !world.faults.is_done() {
                assert!(call > 0 && answer.status.is_success(), "{what}: {}", answer.status);
                break;
            }
            assert!(asked.elapsed() <= PROMISED, "{what}, call {call}: {:?}", asked.elapsed());
            // Once the mark is raised, all sessions have ended; removing their records is housekeeping.
            let done = what == "log out everywhere" && answer.status == 204;
            if !done {
                assert_eq!(answer.status, 503, "{what}, call {call}");
                assert_eq!((&*answer.code(), answer.header("retry-after")), ("unavailable", Some("2")));
            }

            // The store is back, without a restart; the request that was not acknowledged can be repeated.
            world.faults.clear();
            let again = ask(&world, what, &tokens.access_token(), &tokens.refresh_token()).await;
            // Unless the first log-out did take effect although it was not acknowledged: then the token is dead.
            let done_already = what == "log out everywhere" && again.status == 401;
            assert!(again.status.is_success() || done_already, "{what}, call {call}: {}", again.status);
            if what.starts_with("log out") {
                world.get("/me", &tokens.access_token()).await.is(401);
                world.refresh(&tokens.refresh_token()).await.is(401);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn db_12_calls_that_are_slow_have_two_seconds_together() {
    for (delay, good) in [(100, true), (900, false)] {
        let world = MemoryApp::new().await;
        let tokens = world.register(EMAIL).await.is(201);
        world.faults.next("*").and_later().delay(Duration::from_millis(delay));
        let asked = Instant::now();
        let answer = world.refresh(&tokens.refresh_token()).await;
        assert_eq!(answer.status.as_u16(), if good { 200 } else { 503 }, "{delay} ms a call");
        assert!(asked.elapsed() <= PROMISED, "{:?}", asked.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn db_12_concurrent_logins_leave_connections_to_others() {
    let world = MemoryApp::new().await;
    let tokens = world.register(EMAIL).await.is(201);
    drop(world.faults.take_calls());
    world.faults.next("users.find_by_login").and_later().hang();
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = world.clone();
        logins.spawn(async move { world.login(EMAIL, PASSWORD).await.status });
    }
    // Tokio's clock moves on when all tasks are idle.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let looked_up = world.faults.take_calls().iter().filter(|call| **call == "users.find_by_login").count();
    assert_eq!(looked_up, 2, "for one thread that hashes");
    world.get("/me", &tokens.access_token()).await.is(200);

    // Logins whose turn never came do not wait longer than others.
    let asked = Instant::now();
    assert!(logins.join_all().await.iter().all(|status| *status == 503));
    assert!(asked.elapsed() <= PROMISED, "{:?}", asked.elapsed());
    world.faults.clear();
    world.login(EMAIL, PASSWORD).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn the_time_a_request_waits_is_a_setting() {
    let world = MemoryApp::with(|builder| builder.store_timeout(Duration::from_millis(300))).await;
    let token = world.register(EMAIL).await.is(201).access_token();
    world.faults.next("users.find").hang();
    let asked = Instant::now();
    world.get("/me", &token).await.is(503);
    assert_eq!(asked.elapsed(), Duration::from_millis(300));
}

#[tokio::test(start_paused = true)]
async fn db_12_slow_store_delays_protected_routes_two_seconds_at_most() {
    let here = MemoryApp::with(|builder| builder.revocation_feed(Duration::from_millis(500))).await;
    let token = here.register(EMAIL).await.is(201).access_token();
    here.faults.next("records.changed_since").and_later().fail();
    auth_tests::time::pass(Duration::from_secs(4)).await;
    here.faults.next("records.get").and_later().delay(Duration::from_millis(700));
    here.faults.next("users.find").and_later().hang();
    let begun = Instant::now();
    here.get("/me", &token).await.is(503);
    assert!(begun.elapsed() <= PROMISED, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn login_15_attempts_interrupted_by_slow_store_are_no_failures() {
    let world = MemoryApp::with(|builder| builder.limits(Limits::default())).await;
    world.register(EMAIL).await.is(201);
    // A store behind a network: no answer is immediate, and one query of the user table hangs.
    world.faults.next("records.*").and_later().delay(Duration::from_millis(1));
    world.faults.next("users.find_by_login").and_later().hang();
    for _ in 0..8 {
        world.login(EMAIL, PASSWORD).await.is(503);
    }
    world.faults.clear();
    world.login(EMAIL, PASSWORD).await.is(200);
}

/// A limiter that counts but never answers.
struct Silent;

impl Limiter for Silent {
    async fn apply(&self, _: &LimitKey, _: CounterOp, _: Timestamp) -> Result<Decision, LimitError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn login_15_hanging_limiter_falls_back_to_local_counters() {
    let world = MemoryApp::with(|builder| builder.limits(Limits::default().limiter(Silent))).await;
    let begun = Instant::now();
    for _ in 0..5 {
        world.login(EMAIL, "not the password").await.is(401);
    }
    world.login(EMAIL, "not the password").await.is(429);
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
}
