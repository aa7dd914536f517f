//! What is logged about work that waits for the store.

use std::time::Duration;

use auth::store::MemoryRecords;
use auth::testing::Faults;
use auth::{Auth, Secret};
use auth_tests::User;
use auth_tests::app::SECRET;
use auth_tests::users::in_memory;

use crate::limits::of_this_thread;

#[tokio::test(start_paused = true)]
async fn a_queue_that_overflows_again_says_so_again() {
    let (log, _guard) = of_this_thread();
    let faults = Faults::new();
    let stores = faults.over(in_memory(), MemoryRecords::new());
    let builder = Auth::<User>::builder(stores).secret(Secret::new(SECRET).unwrap());
    let auth = builder.revocation_feed(Duration::ZERO).build().await.unwrap();
    let told = || log.text().matches("the queue of interrupted requests is full").count();
    for outage in 1..=2 {
        faults.down();
        for id in 0..1_030 {
            auth.accounts().row_changed(&id).await.unwrap_err();
        }
        assert_eq!(told(), outage);
        faults.up();
        // All of it is completed.
        tokio::time::sleep(Duration::from_mins(3)).await;
    }
}
