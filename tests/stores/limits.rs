//! Limits are counted in the records, so that processes count together (LOGIN-05, LOGIN-08).

use std::sync::Arc;

use auth::store::{MemoryRecords, MemoryUsers, Records};
use auth::testing::ManualClock;
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, Limits, Secret};
use auth_tests::Space;
use auth_tests::app::{SECRET, quick_passwords};

use crate::backends::Fixture;
use crate::models::Member;
use crate::race::{count, race};

crate::on_every_store! {
    login_08_two_processes_let_as_many_through_as_one
}

/// One of two processes, without any accounts.
fn process<R: Records>(records: Arc<R>, clock: &ManualClock) -> AuthBuilder<Member> {
    let users = MemoryUsers::<Member>::new(Member::from_sign_up, |_, _| ());
    let builder = Auth::builder((users, records)).secret(Secret::new(SECRET).unwrap());
    builder.clock(clock.clone()).passwords(quick_passwords())
}

async fn login_08_two_processes_let_as_many_through_as_one<F: Fixture>(store: &F) {
    let (records, clock) = (store.records(), ManualClock::default());
    let handles = [process(records.nth(0), &clock).build().await, process(records.nth(1), &clock).build().await];
    as_many_as_one(handles.map(Result::unwrap), &clock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn login_08_one_process_lets_no_more_through_from_memory() {
    let clock = ManualClock::default();
    let builder = process(Arc::<MemoryRecords>::default(), &clock).limits(Limits::default().in_memory());
    let auth = builder.build().await.unwrap();
    as_many_as_one([auth.clone(), auth], &clock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn login_08_two_processes_share_counters_in_redis() {
    let Some(space) = Space::new() else { return };
    let clock = ManualClock::default();
    // The store they share names the counters; Redis counts.
    let records = Arc::<MemoryRecords>::default();
    let open = || process(Arc::clone(&records), &clock).redis(space.patient()).build();
    as_many_as_one([open().await.unwrap(), open().await.unwrap()], &clock).await;
}

async fn as_many_as_one(handles: [Auth<Member>; 2], clock: &ManualClock) {
    for (round, admitted) in [5, 1, 1].into_iter().enumerate() {
        let codes = race(|n| {
            let auth = handles[n % 2].clone();
            async move {
                let tried = auth.login(Credentials::new("ann@example.org", "wrong"), &ClientInfo::default()).await;
                tried.unwrap_err().code()
            }
        })
        .await;
        assert_eq!(count(&codes, |code| *code == "invalid_credentials"), admitted, "round {round}");
        assert_eq!(count(&codes, |code| *code == "too_many_requests"), codes.len() - admitted, "round {round}");
        clock.advance(std::time::Duration::from_secs(1 << round));
    }
}
