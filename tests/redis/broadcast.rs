//! What one process ends, another refuses at once (REV-03).

use std::time::Instant;

use auth::testing::Faults;
use auth_tests::{App, Role, Space};

use crate::{ADA, CHANNEL, Looks, PACE, SLOW, sharing, two, until};

/// Waits until a token is refused there, without asking anything but memory.
async fn refused(app: &App, token: &str) {
    until("the other process refuses the token", async || app.auth.verify(token).is_err()).await;
}

/// Ends what a token stands for, until that was heard there without a look into the store in between. (Such looks
/// happen by themselves, once a second: a few tries may meet one.)
async fn heard(there: &App, asked: &Looks, end: impl AsyncFn(&str)) {
    for _ in 0..20 {
        let (token, _) = there.tokens(ADA).await;
        there.get("/me", &token).await.is(200);
        let before = asked.so_far();
        end(&token).await;
        refused(there, &token).await;
        there.get("/me", &token).await.is(401);
        if asked.so_far() == before {
            return;
        }
    }
    panic!("the store was asked each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rev_03_broadcast_carries_logouts_roles_and_disabling_without_store() {
    let Some(space) = Space::new() else { return };
    let faults = Faults::new();
    let there = App::with_faults_and(&faults, sharing(&space.redis(), SLOW)).await;
    let here = there.restarted(sharing(&space.redis(), SLOW)).await;
    until("both listen", async || space.listeners(CHANNEL) == 2).await;
    let asked = Looks::at(&faults);
    let (id, users) = (here.user(ADA).await, here.auth.accounts());

    heard(&there, &asked, async |token| drop(here.logout(token).await.is(204))).await;
    heard(&there, &asked, async |_| {
        users.set_role(&id, Role::Admin).await.unwrap();
        users.set_role(&id, Role::Member).await.unwrap();
    })
    .await;
    heard(&there, &asked, async |_| {
        users.disable(&id).await.unwrap();
        users.enable(&id).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn new_listener_polls_the_store_first() {
    let Some(space) = Space::new() else { return };
    let (proxy, faults) = (space.proxy().await, Faults::new());
    let _app = App::with_faults_and(&faults, sharing(&space.through(&proxy), SLOW)).await;
    until("it listens", async || space.listeners(CHANNEL) == 1).await;
    let asked = Looks::at(&faults);
    let looked = async || {
        let before = asked.so_far();
        until("it looks", async || asked.so_far() >= before + 2).await
    };
    // It has just looked by itself, and would again in a second.
    looked().await;
    proxy.cut().await;
    proxy.resume();
    let time = looked().await;
    assert!(time < SLOW * 7 / 10, "{time:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn logout_reaches_other_instances_within_milliseconds() {
    let Some(space) = Space::new() else { return };
    let (here, there) = two(&space, || space.redis(), PACE).await;
    here.user(ADA).await;
    let mut times = Vec::new();
    for _ in 0..100 {
        let (token, _) = here.tokens(ADA).await;
        there.auth.verify(&token).unwrap();
        let begun = Instant::now();
        here.logout(&token).await.is(204);
        refused(&there, &token).await;
        times.push(begun.elapsed());
        // So that no limit is met.
        here.after(15);
    }
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("log-out to refusal in another process: median {median:?}, longest {longest:?}");
    // By the store alone it would be a quarter of a second.
    assert!(median.as_millis() <= 50, "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn db_10_and_ref_15_whatever_redis_loses_what_was_ended_stays_ended() {
    let Some(space) = Space::new() else { return };
    let (here, there) = two(&space, || space.redis(), SLOW).await;
    here.user(ADA).await;
    let (token, refresh) = here.tokens(ADA).await;
    here.logout(&token).await.is(204);
    refused(&there, &token).await;
    space.lose();
    assert!(space.kept().is_empty());
    let restarted = here.restarted(sharing(&space.redis(), SLOW)).await;
    for app in [&here, &there, &restarted] {
        app.get("/me", &token).await.is(401);
        app.refresh(&refresh).await.is(401);
        app.get("/me", &app.tokens(ADA).await.0).await.is(200);
    }
}
