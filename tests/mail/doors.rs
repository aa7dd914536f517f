//! Where every sign-in takes a mailbox, no door leads around it.

use auth::Auth;
use auth_tests::Database;
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Stage, TABLES};
use serde_json::json;

use crate::{ADA, EVE};

/// With an account whose address is not confirmed, and another one.
async fn staged() -> Stage<Customer, Database> {
    let stage = Stage::<Customer, _>::new(Database::with(TABLES[0]).await).await;
    for (nick, contact) in [("ada", ADA), ("eve", EVE)] {
        create(&stage.auth, nick, contact).await;
    }
    stage
}

async fn create(auth: &Auth<Customer>, nick: &str, contact: &str) {
    let form = CustomerRegistration { nick: nick.to_owned(), contact: contact.to_owned(), shoe_size: None };
    auth.accounts().create(form, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn step_03_every_door_asks_for_the_mailbox() {
    let stage = staged().await;
    assert_eq!(stage.login(ADA, PASSWORD).await.is(401).code(), "factor_required");
    let nick = json!({ "nick": "ada", "password": PASSWORD });
    assert_eq!(stage.post("/login", nick).await.is(401).code(), "factor_required");
    // A session from before goes on nowhere, either.
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let tokens = stage.login(ADA, PASSWORD).await.is(200);
    stage.me(&tokens.access_token()).await.is(200);
    stage.auth.accounts().set_verified(&1, false).await.unwrap();
    stage.me(&tokens.access_token()).await.is(401);
    stage.refresh(&tokens.refresh_token()).await.is(401);
    let again = json!({ "password": PASSWORD });
    stage.post_as(&tokens.access_token(), "/reauthenticate", again).await.is(401);
}

#[tokio::test]
async fn cook_14_a_pending_sign_in_is_no_session() {
    let stage = staged().await;
    let handle = stage.login(ADA, PASSWORD).await.is(401).field("sign_in");
    stage.me(&handle).await.is(401);
    stage.refresh(&handle).await.is(401);
    assert!(stage.auth.sessions(&1).await.unwrap().is_empty());
}

#[tokio::test]
async fn step_04_each_sign_in_takes_its_own_mail() {
    let stage = staged().await;
    let ada = stage.login(ADA, PASSWORD).await.is(401).field("sign_in");
    let eve = stage.login(EVE, PASSWORD).await.is(401).field("sign_in");
    stage.deliver().await;
    let (to_ada, to_eve) = (stage.mailbox.last_to(ADA), stage.mailbox.last_to(EVE));
    let code = json!({ "sign_in": ada, "code": to_eve.code() });
    assert_eq!(stage.post("/sign-in/mail/code", code).await.is(401).code(), "invalid_code");
    let link = json!({ "sign_in": ada, "token": to_eve.token() });
    assert_eq!(stage.post("/sign-in/mail/link", link).await.is(401).code(), "other_browser");
    for id in [1, 2] {
        assert!(stage.auth.sessions(&id).await.unwrap().is_empty());
    }
    stage.post("/sign-in/mail/code", json!({ "sign_in": ada, "code": to_ada.code() })).await.is(200);
    stage.post("/sign-in/mail/link", json!({ "sign_in": eve, "token": to_eve.token() })).await.is(200);
}
