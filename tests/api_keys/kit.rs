//! The test kit knows keys.

use auth::Auth;
use auth::testing::{Protection, TestApp, assert_protection};
use auth_tests::clerk::{Clerk, Duty, Task};

use super::shop::{Shop, routes};

#[tokio::test]
async fn the_application_enforces_what_its_table_says_of_keys() {
    let shop = Shop::open().await;
    let app = TestApp::new(&shop.stage.auth, shop.router.clone());
    assert_protection(&routes(&shop.stage.auth).table(), &app).await;
}

/// A guard that takes keys although its table says nothing of them, and the other way round.
#[tokio::test]
async fn mac_12_a_guard_of_another_kind_is_found() {
    let shop = Shop::open().await;
    let auth = &shop.stage.auth;
    let says = auth::routing::Routes::<Auth<Clerk>>::new().route("/x", auth::routing::get(without)).table();
    let does = auth::routing::Routes::<Auth<Clerk>>::new().route("/x", auth::routing::get(with)).into_router();
    let app = TestApp::new(auth, does.with_state(auth.clone()));
    let found = Protection::of(&says).deviations(&app).await;
    assert!(
        found.iter().any(|it| it.caller.contains("API key") && it.expected.contains("key_not_accepted")),
        "{found:?}"
    );
    let says = auth::routing::Routes::<Auth<Clerk>>::new().route("/x", auth::routing::get(with)).table();
    let does = auth::routing::Routes::<Auth<Clerk>>::new().route("/x", auth::routing::get(without)).into_router();
    let app = TestApp::new(auth, does.with_state(auth.clone()));
    let found = Protection::of(&says).deviations(&app).await;
    assert!(
        found.iter().any(|it| it.caller.contains("API key") && it.observed.contains("key_not_accepted")),
        "{found:?}"
    );
}

#[auth::protected(user = Clerk, Task::Read, keys)]
async fn with() {}

#[auth::protected(user = Clerk, Task::Read)]
async fn without() {}

#[tokio::test]
async fn a_client_of_the_kit_presents_a_key() {
    let shop = Shop::open().await;
    let app = TestApp::new(&shop.stage.auth, shop.router.clone());
    let member = app.create_user(Duty::Member).await;
    let key = app.api_key(&member, &["read"]).await;
    let script = app.with_api_key(&key);
    assert_eq!(script.token(), key);
    script.get("/read").await.expect_status(200);
    assert_eq!(script.get("/mine").await.expect_status(403).code(), "key_not_accepted");
    app.with_api_key("shop_pat_nothing").get("/read").await.expect_status(401);
}
