//! The limit of sessions per user: which sessions end, how many at once, and for whom (REF-20).

use std::sync::Arc;
use std::time::Duration;

use auth::store::{Record, Records as _};
use auth::{AuthError, ClientInfo, Hooks};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Answer, User};
use tokio::sync::Barrier;

const ADA: &str = "ada@example.org";
const SESSION: &str = "User:users.session";

/// Signs in, one second after the previous login.
async fn login(world: &MemoryApp) -> Answer {
    world.clock.advance(Duration::from_secs(1));
    world.login(ADA, PASSWORD).await
}

async fn sessions(world: &MemoryApp) -> usize {
    world.auth.sessions(&1).await.unwrap().len()
}

#[tokio::test]
async fn ref_20_one_of_two_concurrent_logins_keeps_the_only_session() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(1)).await;
    world.register(ADA).await.is(201);
    let (both, then) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    for n in 0..2 {
        let (both, then) = (Arc::clone(&both), Arc::clone(&then));
        world.faults.nth("records.list", n).before(async move {
            both.wait().await;
        });
        world.faults.nth("records.list", n).after(async move {
            then.wait().await;
        });
    }
    let (one, other) = tokio::join!(world.login(ADA, PASSWORD), world.login(ADA, PASSWORD));
    assert!(world.faults.is_done());
    let mut going_on = 0;
    for answer in [one, other] {
        let token = answer.is(200).access_token();
        going_on += usize::from(world.get("/claims", &token).await.status == 200);
    }
    assert_eq!(going_on, 1, "both were told that they are signed in");
}

#[tokio::test(start_paused = true)]
async fn ref_20_login_after_lowering_the_limit_does_bounded_work() {
    let before = MemoryApp::with(|builder| builder.sessions_per_user(1_000)).await;
    before.register(ADA).await.is(201);
    for _ in 0..200 {
        login(&before).await.is(200);
    }
    let after = before.beside(before.clock.clone()).await;
    after.faults.next("*").and_later().delay(Duration::from_millis(3));
    login(&after).await.is(200);
    let calls = after.faults.take_calls().len();
    assert!(calls < 40, "{calls} calls");
    after.faults.clear();
    // Later logins end the rest; each adds one session and ends five.
    let mut left = sessions(&after).await;
    assert_eq!(left, 197);
    while left > 20 {
        login(&after).await.is(200);
        let now = sessions(&after).await;
        assert_eq!(now, (left - 4).max(20));
        left = now;
    }
}

#[tokio::test]
async fn ref_20_sessions_that_have_ended_by_themselves_do_not_count() {
    let hours = Duration::from_hours;
    let world = MemoryApp::with(|builder| {
        builder.sessions_per_user(2).session_idle_timeout(hours(2)).session_max_lifetime(hours(3))
    })
    .await;
    let mut refresh = world.register(ADA).await.is(201).refresh_token();
    for _ in 0..2 {
        world.clock.advance(Duration::from_mins(80));
        refresh = world.refresh(&refresh).await.is(200).refresh_token();
    }
    world.clock.advance(Duration::from_mins(5));
    let phone = world.login(ADA, PASSWORD).await.is(200).refresh_token();
    // The first session is used once more, and reaches its absolute limit a quarter of an hour later.
    world.clock.advance(Duration::from_mins(5));
    world.refresh(&refresh).await.is(200);
    world.clock.advance(Duration::from_mins(11));
    world.login(ADA, PASSWORD).await.is(200);
    // Two are alive, and two are allowed.
    world.refresh(&phone).await.is(200);
}

#[tokio::test]
async fn ref_20_sessions_ended_by_password_change_do_not_count() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(2)).await;
    world.register(ADA).await.is(201);
    // Their records still exist, because the store failed to remove them.
    world.faults.next("records.delete").and_later().fail();
    world.auth.logout_all(&1, &ClientInfo::default()).await.unwrap();
    assert!(world.mend());
    let first = login(&world).await.is(200).access_token();
    login(&world).await.is(200);
    world.get("/claims", &first).await.is(200);
    assert_eq!(sessions(&world).await, 2);
}

#[tokio::test]
async fn ref_20_a_session_that_cannot_be_read_keeps_nobody_out() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(1)).await;
    world.register(ADA).await.is(201);
    let session = world.auth.sessions(&1).await.unwrap()[0].id.to_string();
    let readable = world.records.get(SESSION, &session).await.unwrap().unwrap();
    let unreadable = Record { value: "from a later version".to_owned(), ..readable };
    assert!(world.records.replace(&unreadable).await.unwrap());
    let token = login(&world).await.is(200).access_token();
    world.get("/auth/sessions", &token).await.is(200);
    assert_eq!(sessions(&world).await, 1);
}

/// Refuses clients with a certain user agent.
struct Refusing;

impl Hooks<User> for Refusing {
    async fn after_login(&self, _: &User, client: &ClientInfo) -> Result<(), AuthError> {
        if client.user_agent.as_deref() == Some("refused") {
            Err(AuthError::unavailable("not from there"))
        } else {
            Ok(())
        }
    }
}

#[tokio::test]
async fn ref_20_a_login_that_a_hook_refuses_ends_nobodys_session() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(1).hooks(Refusing)).await;
    let token = world.register(ADA).await.is(201).access_token();
    world.clock.advance(Duration::from_secs(1));
    let credentials = auth::Credentials::new(ADA, PASSWORD);
    world.auth.login(credentials, &ClientInfo::new(None, Some("refused"))).await.unwrap_err();
    world.get("/claims", &token).await.is(200);
    assert_eq!(sessions(&world).await, 1);
}

/// The sessions are read before the application's hook, which may take long.
#[tokio::test]
async fn ref_20_session_in_use_during_a_login_is_kept() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(2)).await;
    let used = world.register(ADA).await.is(201).refresh_token();
    let unused = login(&world).await.is(200).access_token();
    world.clock.advance(Duration::from_mins(1));
    let auth = world.auth.clone();
    world.faults.next("records.list").after(async move {
        auth.refresh(&used, &ClientInfo::default()).await.unwrap();
    });
    login(&world).await.is(200);
    assert!(world.mend());
    world.get("/claims", &unused).await.is(401);
    assert_eq!(sessions(&world).await, 2);
}

#[tokio::test]
async fn ref_20_old_sessions_that_cannot_be_ended_keep_nobody_out() {
    let world = MemoryApp::with(|builder| builder.sessions_per_user(1)).await;
    world.register(ADA).await.is(201);
    world.faults.next("records.list").fail();
    login(&world).await.is(200);
    assert!(world.mend());
    world.faults.next("records.delete").fail();
    login(&world).await.is(200);
    assert!(world.mend());
    // The next login ends the rest.
    login(&world).await.is(200);
    assert_eq!(sessions(&world).await, 1);
}
