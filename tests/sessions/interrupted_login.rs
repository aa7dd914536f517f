//! An interrupted login leaves no session: the list must not show one whose tokens nobody has.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use auth_tests::Call;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::{Fault, MemoryApp, put};
use auth_tests::time::still;
use tokio::task::yield_now;

const EMAIL: &str = "ada@example.org";

#[tokio::test(start_paused = true)]
async fn ref_16_login_failing_at_any_call_leaves_no_session() {
    for fault in [Fault::Before, Fault::After] {
        for call in 0.. {
            let world = MemoryApp::new().await;
            let token = world.register(EMAIL).await.is(201).access_token();
            let id = world.auth.verify(&token).unwrap().sub;
            fault.at(call, &world.faults);
            let answer = world.login(EMAIL, PASSWORD).await;
            // The store fails for an hour.
            tokio::time::sleep(Duration::from_hours(1)).await;
            if !world.mend() {
                answer.is(200);
                assert!(call > 3, "{call} calls are too few for a login");
                break;
            }
            tokio::time::sleep(Duration::from_secs(70)).await;
            let sessions = world.auth.sessions(&id).await.unwrap().len();
            assert_eq!(sessions, 1 + usize::from(answer.status == 200), "{fault:?} at call {call}: {}", answer.status);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ref_16_client_hanging_up_during_login_leaves_no_session() {
    for call in 0.. {
        let world = MemoryApp::new().await;
        let token = world.register(EMAIL).await.is(201).access_token();
        let id = world.auth.verify(&token).unwrap().sub;
        world.faults.nth("*", call).hang();
        {
            let mut login = pin!(world.login(EMAIL, PASSWORD));
            tokio::select! {
                answer = &mut login => {
                    answer.is(200);
                    assert!(call > 3, "{call} calls are too few for a login");
                    break;
                }
                () = until(|| world.faults.is_done()) => {}
            }
        }
        world.faults.clear();
        tokio::time::sleep(Duration::from_mins(4)).await;
        assert_eq!(world.auth.sessions(&id).await.unwrap().len(), 1, "hung up at call {call}");
    }
}

#[tokio::test]
async fn ref_16_logins_that_break_off_leave_no_task_each() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    // The disk is full: reads work, writes do not.
    world.faults.next("records.insert").and_later().fail();
    for _ in 0..200 {
        world.login(EMAIL, PASSWORD).await.is(503);
    }
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks() - before;
    assert!(tasks <= 2, "{tasks} tasks");
}

#[tokio::test(start_paused = true)]
async fn ref_16_interrupted_login_is_ended_once_store_is_back() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for round in 0..2 {
        // The sessions are stored, then the store goes down, so they can be neither confirmed nor ended.
        for _ in 0..5 {
            let faults = world.faults.clone();
            world.faults.next("records.insert").after(async move { faults.down() });
            still(world.login(EMAIL, PASSWORD)).await.is(503);
            world.faults.up();
            assert!(world.mend());
        }
        assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 1, "round {round}");
        let elsewhere = world.beside(world.clock.clone()).await;
        assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 6, "round {round}");
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 1, "round {round}");
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), before, "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn ref_16_what_waits_to_be_ended_holds_no_handle() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    world.faults.next("records.insert").and_later().fail();
    world.login(EMAIL, PASSWORD).await.is(503);
    let (records, before) = (Arc::downgrade(&world.records), tokio::runtime::Handle::current().metrics());
    drop(world);
    assert!(records.upgrade().is_none(), "the task holds the store while it waits");
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(before.num_alive_tasks(), 0);
}

#[tokio::test]
async fn ref_16_process_killed_during_login_leaves_no_usable_session() {
    for writes in 0.. {
        let world = MemoryApp::new().await;
        let first = world.register(EMAIL).await.is(201);
        let own = world.auth.verify(&first.access_token()).unwrap().sid;
        world.faults.stop_after_writes(writes);
        let answer = world.login(EMAIL, PASSWORD).await.status;
        let stopped = world.faults.is_done();
        let next = world.beside(world.clock.clone()).await;
        drop(world);
        let token = next.refresh(&first.refresh_token()).await.is(200).access_token();
        let left = next.auth.sessions(&1).await.unwrap();
        assert!(left.len() <= 2);
        for session in left.iter().map(|session| session.id).filter(|session| *session != own) {
            // The id in the list gives no access.
            next.refresh(&session.to_string()).await.is(401);
            next.get("/claims", &session.to_string()).await.is(401);
            next.send(Call::delete(&format!("/auth/sessions/{session}")).bearer(&token)).await.is(204);
        }
        assert_eq!(next.auth.sessions(&1).await.unwrap().len(), 1, "killed after {writes} writes");
        if !stopped {
            assert_eq!(answer, 200);
            assert!(writes > 0, "a login writes");
            return;
        }
    }
}

/// Waits without being idle, so that Tokio's clock stands still.
async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn ref_16_work_that_cannot_complete_delays_no_logout() {
    let world = MemoryApp::new().await;
    let first = still(world.register(EMAIL)).await.is(201);
    let elsewhere = world.beside(world.clock.clone()).await;
    // Users without a row, whose marks cannot be read: nobody can end what was issued for them.
    for id in 100..120 {
        put(&world, "mark", &id.to_string(), "rubbish").await;
        world.auth.accounts().row_changed(&id).await.unwrap_err();
    }
    world.faults.next("records.replace").fail();
    world.send(Call::post("/auth/logout").bearer(&first.access_token())).await.is(503);
    tokio::time::sleep(Duration::from_secs(70)).await;
    assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 0, "the logout waits behind them");
}

/// The task that completes what broke off outlives a panic, and so does the item it was at.
#[tokio::test(start_paused = true)]
async fn ref_16_interrupted_login_is_ended_after_store_panic() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    let faults = world.faults.clone();
    world.faults.next("records.insert").after(async move { faults.down() });
    still(world.login(EMAIL, PASSWORD)).await.is(503);
    world.faults.up();
    assert!(world.mend());
    world.faults.next("records.replace").before(async { panic!("a fault of the store") });
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(world.faults.is_done(), "it panicked");
    let elsewhere = world.beside(world.clock.clone()).await;
    assert_eq!(elsewhere.auth.sessions(&1).await.unwrap().len(), 1);
}
