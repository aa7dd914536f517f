//! Limits count among the records, so that processes count together (LOGIN-05, LOGIN-08).

use std::sync::Arc;

use auth::store::{MemoryUsers, Records};
use auth::testing::ManualClock;
use auth::{Auth, Client, Credentials, Secret};
use auth_tests::app::{SECRET, quick_passwords};

use crate::backends::Fixture;
use crate::models::Member;
use crate::race::{count, race};

crate::on_every_store! {
    login_08_two_processes_let_as_many_through_as_one
}

/// One of two processes; they share the records, and nobody has an account.
async fn process<R: Records>(records: Arc<R>, clock: &ManualClock) -> Auth<Member> {
    let users = MemoryUsers::<Member>::new(Member::from_sign_up, |_, _| ());
    let builder = Auth::builder((users, records)).secret(Secret::new(SECRET).unwrap());
    builder.clock(clock.clone()).passwords(quick_passwords()).build().await.unwrap()
}

async fn login_08_two_processes_let_as_many_through_as_one<F: Fixture>(store: &F) {
    let (records, clock) = (store.records(), ManualClock::default());
    let handles = [process(records.nth(0), &clock).await, process(records.nth(1), &clock).await];
    for (round, admitted) in [5, 1, 1].into_iter().enumerate() {
        let codes = race(|n| {
            let auth = handles[n % 2].clone();
            async move {
                let tried = auth.login(Credentials::new("ann@example.org", "wrong"), &Client::default()).await;
                tried.unwrap_err().code()
            }
        })
        .await;
        assert_eq!(count(&codes, |code| *code == "invalid_credentials"), admitted, "round {round}");
        assert_eq!(count(&codes, |code| *code == "too_many_requests"), codes.len() - admitted, "round {round}");
        clock.advance(std::time::Duration::from_secs(1 << round));
    }
}
