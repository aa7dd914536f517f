//! A change that was committed late, and whose maker gets an error.

use std::time::Duration;

use auth::testing::Faults;
use auth_tests::App;
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;

const ADA: &str = "ada@example.org";
const NEW: &str = "another good password";

#[tokio::test]
async fn rev_14_unacknowledged_change_reaches_other_instances() {
    let faults = Faults::new();
    let here = App::with_faults_at_once(&faults, SCHEMA).await;
    let there = here.beside(|builder| builder).await;
    let token = here.register(ADA).await.is(201).access_token();
    there.get("/me", &token).await.is(200);

    // The commit takes a minute, in which the other instance reads on; then the database is gone.
    let (clock, reader) = (here.clock.clone(), there.auth.clone());
    faults.next("accounts.change").before(async move {
        clock.advance(Duration::from_mins(1));
        reader.sync_revocations().await.unwrap();
    });
    faults.next("records.replace").fail();
    here.auth.accounts().set_password(&1, NEW).await.unwrap_err();
    here.login(ADA, PASSWORD).await.is(401);

    here.login(ADA, NEW).await.is(200);
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(401);
    let sessions = "SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'";
    assert_eq!(here.db.count(sessions).await, 1, "those that were ended are deleted");
}
