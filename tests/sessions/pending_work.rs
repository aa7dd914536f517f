//! Work of several interrupted requests that waits for the store: none of it is lost, and none takes the place of other.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use auth::store::Records as _;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::{MemoryApp, put};
use auth_tests::time::still;
use auth_tests::{Answer, Call, Role};
use tokio::task::yield_now;

const ADA: &str = "ada@example.org";

/// More than can wait.
const OFTEN: usize = 1_100;

/// What an administrator tries again and again.
#[derive(Clone, Copy, Debug)]
enum Change {
    EndSessions,
    Row,
}

impl Change {
    async fn at(self, world: &MemoryApp, user: i64) {
        let users = world.auth.accounts();
        match self {
            Self::EndSessions => users.end_sessions(&user).await.unwrap_err(),
            Self::Row => users.claims_changed(&user).await.unwrap_err(),
        };
    }
}

async fn ada_and_bob(world: &MemoryApp) -> (Answer, Answer) {
    let ada = still(world.register(ADA)).await.is(201);
    (ada, still(world.register("bob@example.org")).await.is(201))
}

#[tokio::test(start_paused = true)]
async fn ref_16_repeated_retries_push_out_nobody_elses_work() {
    for change in [Change::EndSessions, Change::Row] {
        let world = MemoryApp::new().await;
        let (ada, bob) = ada_and_bob(&world).await;
        world.faults.down();
        for _ in 0..OFTEN {
            change.at(&world, 1).await;
        }
        change.at(&world, 2).await;
        world.faults.up();
        tokio::time::sleep(Duration::from_mins(3)).await;
        let elsewhere = world.beside(world.clock.clone()).await;
        for token in [ada.access_token(), bob.access_token()] {
            assert_eq!(elsewhere.get("/claims", &token).await.status, 401, "{change:?}");
        }
        let left = world.records.list("User:users.session", "1").await.unwrap().len();
        assert_eq!(left, usize::from(matches!(change, Change::Row)), "what was ended is deleted: {change:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ref_16_a_lesser_change_takes_no_ones_place() {
    let world = MemoryApp::new().await;
    let ada = still(world.register(ADA)).await.is(201);
    for write in ["records.insert", "records.replace"] {
        world.faults.next(write).and_later().fail();
    }
    world.auth.accounts().set_role(&1, Role::Editor).await.unwrap_err();
    world.auth.accounts().end_sessions(&1).await.unwrap_err();
    world.faults.clear();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let elsewhere = world.beside(world.clock.clone()).await;
    assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 0);
    elsewhere.refresh(&ada.refresh_token()).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn ref_16_a_store_that_is_away_is_asked_ever_less() {
    let world = MemoryApp::new().await;
    still(world.register(ADA)).await.is(201);
    world.faults.down();
    Change::EndSessions.at(&world, 1).await;
    drop(world.faults.take_calls());
    tokio::time::sleep(Duration::from_hours(1)).await;
    // After 1, 1, 2, 4, … seconds, and from then on after 64.
    let calls = world.faults.take_calls().len();
    assert!((50..200).contains(&calls), "{calls} calls in an hour");
}

#[tokio::test(start_paused = true)]
async fn ref_16_between_two_attempts_no_handle_is_held() {
    let world = MemoryApp::new().await;
    still(world.register(ADA)).await.is(201);
    world.faults.down();
    Change::EndSessions.at(&world, 1).await;
    // After the first attempt, which failed.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(world.faults.take_calls().len() > 1);
    let records = Arc::downgrade(&world.records);
    drop(world);
    assert!(records.upgrade().is_none(), "the task holds the store while it waits");
}

/// What cannot be read holds up nobody, also after an hour in which nothing could be.
#[tokio::test(start_paused = true)]
async fn ref_16_after_an_outage_all_is_tried_at_once() {
    let world = MemoryApp::new().await;
    let first = still(world.register(ADA)).await.is(201);
    for id in 100..140 {
        put(&world, "mark", &id.to_string(), "rubbish").await;
        world.auth.accounts().row_changed(&id).await.unwrap_err();
    }
    world.faults.next("records.replace").fail();
    world.send(Call::post("/auth/logout").bearer(&first.access_token())).await.is(503);
    world.faults.down();
    tokio::time::sleep(Duration::from_hours(1)).await;
    world.faults.up();
    tokio::time::sleep(Duration::from_secs(70)).await;
    let elsewhere = world.beside(world.clock.clone()).await;
    assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 0);
}

/// The runtime ends while the work is being done. The handle is used on another one.
#[test]
fn ref_16_work_that_its_runtime_left_undone_is_done() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let first = runtime();
    let (world, ada, bob) = first.block_on(async {
        let world = MemoryApp::new().await;
        let (ada, bob) = ada_and_bob(&world).await;
        world.faults.down();
        Change::EndSessions.at(&world, 1).await;
        world.faults.up();
        world.faults.next("*").hang();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(world.faults.is_done(), "the task is at it");
        (world, ada, bob)
    });
    drop(first);
    runtime().block_on(async {
        world.faults.down();
        Change::EndSessions.at(&world, 2).await;
        world.faults.up();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let elsewhere = world.beside(world.clock.clone()).await;
        for token in [ada.access_token(), bob.access_token()] {
            elsewhere.get("/claims", &token).await.is(401);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn ref_16_a_login_that_hung_up_is_in_no_list() {
    let world = MemoryApp::new().await;
    still(world.register(ADA)).await.is(201);
    world.faults.next("records.insert").after(std::future::pending());
    {
        let mut login = pin!(world.login(ADA, PASSWORD));
        tokio::select! {
            answer = &mut login => panic!("{answer:?}"),
            () = stored(&world) => {}
        }
    }
    assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 1, "at once, and not only when it is ended");
}

/// Waits, without being idle, until the session is stored.
async fn stored(world: &MemoryApp) {
    while !world.faults.is_done() {
        yield_now().await;
    }
    yield_now().await;
}
