//! What is logged about limits: those of guessing, and that of what can wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use auth::Limits;
use auth::clock::Timestamp;
use auth::limit::{CounterOp, Decision, LimitError, LimitKey, Limiter, MemoryLimiter};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call};
use serde_json::json;

use crate::{LOG, Log};

/// What the current thread logs from now on, apart from everybody else's.
///
/// With a single subscriber, tracing asks only the thread that comes to an event first whether anybody wants it: a test
/// without a log would answer for this one. The log of all threads is the second.
pub(crate) fn of_this_thread() -> (Log, tracing::subscriber::DefaultGuard) {
    LazyLock::force(&LOG);
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn missing_client_address_is_logged_once() {
    let app = App::with(|builder| builder.limits(Limits::default())).await;
    let login = || Call::post("/auth/login").json(&json!({ "email": "ada@example.org", "password": PASSWORD }));
    let (log, _guard) = of_this_thread();
    let told = || log.text().matches("without the client's address").count();
    app.send(login().coming_from("192.0.2.1")).await.is(401);
    assert_eq!(told(), 0);
    for _ in 0..3 {
        app.send(login()).await.is(401);
    }
    assert_eq!(told(), 1);
}

/// Cannot be reached while it is `away`.
struct Shared {
    away: Arc<AtomicBool>,
    counters: MemoryLimiter,
}

impl Limiter for Shared {
    async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(LimitError::new("connection refused"));
        }
        self.counters.apply(key, op, now).await
    }
}

#[tokio::test]
async fn limits_that_lose_their_store_say_so_once() {
    let away = Arc::new(AtomicBool::new(false));
    let shared = Shared { away: Arc::clone(&away), counters: MemoryLimiter::new() };
    let app = App::with(|builder| builder.limits(Limits::default().limiter(shared))).await;
    let (log, _guard) = of_this_thread();
    let told = |text: &str| log.text().matches(text).count();
    for (number, (is_away, lost, found)) in
        [(false, 0, 0), (true, 1, 0), (false, 1, 1), (true, 2, 1)].into_iter().enumerate()
    {
        away.store(is_away, Ordering::SeqCst);
        for attempt in 0..2 {
            let body = json!({ "email": format!("u{number}{attempt}@example.org"), "password": PASSWORD });
            app.send(Call::post("/auth/login").coming_from("192.0.2.1").json(&body)).await.is(401);
        }
        assert_eq!(told("each instance counts for itself"), lost, "step {number}");
        assert_eq!(told("the store of the limits works again"), found, "step {number}");
    }
    assert!(log.text().contains("connection refused"), "{}", log.text());
}

#[tokio::test]
async fn full_pending_work_queue_is_logged_once() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    let (log, _guard) = of_this_thread();
    let told = || log.text().matches("the queue of interrupted requests is full").count();
    faults.down();
    for id in 0..1_024 {
        app.auth.accounts().row_changed(&id).await.unwrap_err();
    }
    assert_eq!(told(), 0);
    for id in 1_024..1_030 {
        app.auth.accounts().row_changed(&id).await.unwrap_err();
    }
    assert_eq!(told(), 1);
}
