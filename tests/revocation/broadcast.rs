//! Broadcast messages between processes: they arrive at once, may be lost without harm, and are trusted only if signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use auth::Secret;
use auth::broadcast::{Broadcast, BroadcastError, Subscriber};
use auth_tests::app::{OTHER_SECRET, PASSWORD, SECRET};
use auth_tests::forge::{derived, encode, hmac};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Call, Role};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::sync::broadcast::Sender;
use tokio::sync::broadcast::error::RecvError;

/// The longest pace allowed: what arrives sooner did not come from the feed.
pub(crate) const PACE: Duration = Duration::from_secs(1);

/// Tokio's broadcast channel; while `away`, it neither sends nor receives.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) messages: Sender<String>,
    away: Arc<AtomicBool>,
}

impl Local {
    pub(crate) fn new() -> Self {
        Self { messages: Sender::new(64), away: Arc::default() }
    }
}

impl Broadcast for Local {
    async fn send(&self, channel: &str, message: &str) -> Result<(), BroadcastError> {
        assert_eq!(channel, "User:users.revocations");
        if self.away.load(Ordering::SeqCst) {
            return Err(BroadcastError::new("away"));
        }
        self.messages.send(message.to_owned()).map(drop).map_err(BroadcastError::new)
    }

    async fn listen(&self, _: &str, subscriber: Subscriber) -> Result<(), BroadcastError> {
        let mut messages = self.messages.subscribe();
        loop {
            match messages.recv().await {
                Ok(message) => subscriber.message(&message),
                Err(RecvError::Lagged(_)) => subscriber.resync(),
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}

/// Lets all ready tasks run without moving the clock.
pub(crate) async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Two processes connected by a broadcast.
pub(crate) async fn two(local: &Local) -> (MemoryApp, MemoryApp, String) {
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE).broadcast(local.clone())).await;
    let there =
        here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE).broadcast(local.clone())).await;
    let token = here.register("ada@example.org").await.is(201).access_token();
    settle().await;
    there.get("/me", &token).await.is(200);
    (here, there, token)
}

#[tokio::test(start_paused = true)]
async fn rev_03_broadcast_carries_a_logout_before_the_next_poll() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    drop(there.faults.take_calls());
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    settle().await;
    there.get("/me", &token).await.is(401);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new(), "the message said it all");
}

#[tokio::test(start_paused = true)]
async fn rev_03_broadcast_carries_role_changes_and_logout_all() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let id = here.auth.verify(&token).unwrap().sub;
    here.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    settle().await;
    there.get("/me", &token).await.is(401);
    let token = there.login("ada@example.org", PASSWORD).await.is(200).access_token();
    there.get("/stats", &token).await.is(200);
    here.auth.accounts().end_sessions(&id).await.unwrap();
    settle().await;
    there.get("/me", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn lost_broadcast_message_is_found_by_polling() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    local.away.store(true, Ordering::SeqCst);
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    settle().await;
    there.get("/me", &token).await.is(200);
    tokio::time::advance(PACE).await;
    settle().await;
    there.get("/me", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn unsigned_message_ends_no_session() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let mut seen = local.messages.subscribe();
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    let (other, message) = (here.login("ada@example.org", PASSWORD).await, seen.recv().await.unwrap());
    let token = other.is(200).access_token();
    settle().await;
    drop(there.faults.take_calls());
    let (seal, text) = message.split_once('.').unwrap();
    // Another session with the signature of the first.
    let session = here.auth.verify(&token).unwrap().sid.to_string();
    let mut news: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    news["k"] = session.into();
    let forged = format!("{seal}.{}", URL_SAFE_NO_PAD.encode(news.to_string()));
    for made_up in
        [&forged, "", ".", "nonsense", &format!("{text}.{seal}"), &format!("{seal}.{text}A"), &format!("A{message}")]
    {
        local.messages.send(made_up.to_owned()).unwrap();
    }
    settle().await;
    there.get("/me", &token).await.is(200);
    // Unreadable messages may be genuine, so all of them together cause one poll of the store (for two kinds).
    assert_eq!(there.faults.take_calls().iter().filter(|call| **call == "records.changed_since").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn messages_under_another_secret_cause_a_poll() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let rotating = here.beside_with(here.clock.clone(), |builder| {
        let builder = builder.secret(Secret::new(OTHER_SECRET).unwrap()).former_secret(Secret::new(SECRET).unwrap());
        builder.revocation_feed(PACE).broadcast(local.clone())
    });
    let rotating = rotating.await;
    let id = here.auth.verify(&token).unwrap().sub;
    rotating.auth.accounts().end_sessions(&id).await.unwrap();
    settle().await;
    there.get("/me", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_hangs_delays_nobody() {
    struct Hanging;
    impl Broadcast for Hanging {
        async fn send(&self, _: &str, _: &str) -> Result<(), BroadcastError> {
            std::future::pending().await
        }
        async fn listen(&self, _: &str, _: Subscriber) -> Result<(), BroadcastError> {
            std::future::pending().await
        }
    }
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE).broadcast(Hanging)).await;
    let id = here.register("ada@example.org").await.is(201).access_token();
    let id = here.auth.verify(&id).unwrap().sub;
    let begun = tokio::time::Instant::now();
    for _ in 0..2_000 {
        here.auth.accounts().end_sessions(&id).await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn listener_restarts_after_errors_and_ends_with_last_handle() {
    struct Failing {
        listened: Arc<AtomicUsize>,
        _alive: Arc<()>,
    }
    impl Broadcast for Failing {
        async fn send(&self, _: &str, _: &str) -> Result<(), BroadcastError> {
            Ok(())
        }
        async fn listen(&self, _: &str, _: Subscriber) -> Result<(), BroadcastError> {
            self.listened.fetch_add(1, Ordering::SeqCst);
            Err(BroadcastError::new("no connection"))
        }
    }
    let (listened, alive) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
    let failing = Failing { listened: Arc::clone(&listened), _alive: Arc::clone(&alive) };
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE).broadcast(failing)).await;
    for _ in 0..300 {
        tokio::time::advance(Duration::from_millis(100)).await;
        settle().await;
    }
    // Pauses in 30 s: 0.1, 0.2, 0.4 … 5, 5, 5.
    let times = listened.load(Ordering::SeqCst);
    assert!((9..=12).contains(&times), "{times}");
    drop(here);
    settle().await;
    assert_eq!(Arc::strong_count(&alive), 1, "nothing holds the broadcast any more");
}

#[tokio::test]
async fn broadcast_without_the_revocation_feed_is_refused() {
    let (users, records) = (auth_tests::users::in_memory(), auth::store::MemoryRecords::new());
    let builder = auth::Auth::builder((users, records)).broadcast(Local::new()).revocation_feed(Duration::ZERO);
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("a `broadcast` needs the feed of the store"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_panics_is_one_that_failed() {
    struct Panicking(Local, Arc<AtomicUsize>);
    impl Broadcast for Panicking {
        async fn send(&self, channel: &str, message: &str) -> Result<(), BroadcastError> {
            assert!(self.1.fetch_add(1, Ordering::SeqCst) > 1, "somebody else's mistake");
            self.0.send(channel, message).await
        }
        async fn listen(&self, channel: &str, subscriber: Subscriber) -> Result<(), BroadcastError> {
            assert!(self.1.fetch_add(1, Ordering::SeqCst) > 1, "somebody else's mistake");
            self.0.listen(channel, subscriber).await
        }
    }
    let local = Local::new();
    let broken = || Panicking(local.clone(), Arc::default());
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE).broadcast(broken())).await;
    let there = here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE).broadcast(broken())).await;
    for _ in 0..40 {
        let token = here.register("ada@example.org").await;
        let token = if token.status == 201 { token } else { here.login("ada@example.org", PASSWORD).await };
        here.send(Call::post("/auth/logout").bearer(&token.access_token())).await.is(204);
        tokio::time::advance(Duration::from_millis(100)).await;
        settle().await;
    }
    let token = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
    there.get("/me", &token).await.is(200);
    settle().await;
    drop(there.faults.take_calls());
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    settle().await;
    there.get("/me", &token).await.is(401);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new(), "the message said it all");
}

/// A message as whoever has the secret can write it.
pub(crate) fn message(secret: impl AsRef<[u8]>, news: &serde_json::Value) -> String {
    let news = news.to_string();
    format!("{}.{}", encode(hmac(&derived(secret, "news", "User:users"), news.as_bytes())), encode(&news))
}

/// The same, about the store of a token.
fn of_store(secret: impl AsRef<[u8]>, token: &str, session: bool, key: &str, value: &str) -> String {
    let store = &auth_tests::forge::claims_of(token)["auth_store"];
    message(secret, &serde_json::json!({ "i": store, "s": session, "k": key, "v": value, "e": FAR, "c": FAR }))
}

pub(crate) const FAR: u64 = 4_000_000_000_000;

#[tokio::test(start_paused = true)]
async fn m5_forged_epoch_makes_no_refused_token_valid() {
    let local = Local::new();
    let (here, _there, token) = two(&local).await;
    let id = here.auth.verify(&token).unwrap().sub;
    here.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let admin = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let session = here.auth.verify(&admin).unwrap().sid;
    here.get("/stats", &admin).await.is(200);
    here.auth.accounts().set_role(&id, Role::Member).await.unwrap();
    here.get("/stats", &admin).await.is(401);
    let spares = |of: u64| format!(r#"{{"g":{of},"s":0,"k":{{"i":"{session}","t":0,"s":0}}}}"#);
    // With the secret in use, and with the former one after a rotation.
    for is_former in [false, true] {
        if is_former {
            let [new, former] = [OTHER_SECRET, SECRET].map(|secret| Secret::new(secret).unwrap());
            here.auth.rotate_secret(&new, &[former]).await.unwrap();
        }
        for generation in [1_000_000, 2_000_000, 3, u64::MAX] {
            local.messages.send(of_store(SECRET, &admin, false, &id.to_string(), &spares(generation))).unwrap();
            settle().await;
            for path in ["/stats", "/me", "/admin/live"] {
                here.get(path, &admin).await.is(401);
            }
            assert!(here.auth.verify(&admin).is_err());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn m5_forged_epoch_is_repaired_by_the_next_poll() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let id = here.auth.verify(&token).unwrap().sub.to_string();
    let session = here.auth.verify(&token).unwrap().sid.to_string();
    let huge = r#"{"g":1000000,"s":1000000}"#;
    for forged in [of_store(SECRET, &token, false, &id, huge), of_store(SECRET, &token, true, &session, "")] {
        local.messages.send(forged).unwrap();
        settle().await;
        there.get("/me", &token).await.is(401);
        tokio::time::advance(PACE).await;
        settle().await;
        there.get("/me", &token).await.is(200);
        assert!(there.auth.verify(&token).is_ok());
    }
    // The session that it names was ended by nobody: not by a refresh in between, either.
    let refresh = there.login("ada@example.org", PASSWORD).await.is(200);
    let session = there.auth.verify(&refresh.access_token()).unwrap().sid.to_string();
    local.messages.send(of_store(SECRET, &token, true, &session, "")).unwrap();
    settle().await;
    there.refresh(&refresh.refresh_token()).await.is(200);
    drop(here);
}

#[tokio::test(start_paused = true)]
async fn m5_messages_under_the_former_secret_only_cause_a_poll() {
    let local = Local::new();
    let (here, there, _) = two(&local).await;
    for world in [&here, &there] {
        world.auth.rotate_secret(&Secret::new(OTHER_SECRET).unwrap(), &[]).await.unwrap();
    }
    let token = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let id = here.auth.verify(&token).unwrap().sub.to_string();
    settle().await;
    drop(there.faults.take_calls());
    local.messages.send(of_store(SECRET, &token, false, &id, r#"{"g":1000000,"s":1000000}"#)).unwrap();
    settle().await;
    there.get("/me", &token).await.is(200);
    assert!(there.faults.take_calls().contains(&"records.changed_since"), "it may be genuine");
    // Ours are heard under the new secret, without asking the store.
    drop(there.faults.take_calls());
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    settle().await;
    there.get("/me", &token).await.is(401);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn m5_session_changing_its_password_elsewhere_continues() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let other = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let body = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
    here.send(Call::post("/auth/password/change").bearer(&token).json(&body)).await.is(204);
    for _ in 0..3 {
        settle().await;
        there.get("/me", &token).await.is(200);
        there.get("/me", &other).await.is(401);
        tokio::time::advance(PACE).await;
    }
    settle().await;
    drop(there.faults.take_calls());
    there.get("/claims", &token).await.is(200);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new(), "memory knows by now");
}
