//! Routes that say `keys`: what a key may do there.

use auth::Permissions;
use auth::event::EventKind;
use auth_tests::Call;
use auth_tests::clerk::{Duty, Task};

use super::shop::Shop;
use super::{ADA, revoke};

#[tokio::test]
async fn a_key_calls_what_says_keys() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/read").await.is(200).text(), format!("{ADA} by key nightly"));
    assert_eq!(shop.get("/live").await.is(200).text(), ADA);
    shop.get("/hidden").await.is(200);
    shop.get("/of-either").await.is(200);
    // Its owner calls the same routes.
    assert_eq!(shop.get_as_ada("/read").await.is(200).text(), format!("{ADA} by herself"));
}

#[tokio::test]
async fn ak_03_a_key_has_no_role_and_nothing_recent() {
    let shop = Shop::open().await;
    shop.send(Call::post("/pay").bearer(&shop.key)).await.is(403);
    let accounts = shop.stage.auth.accounts();
    accounts.set_role(&shop.ada.id, Duty::Member).await.unwrap();
    // Its owner is a member, and it is none; and it is none of the others either.
    shop.get_as_ada("/of-members").await.is(200);
    for path in ["/of-members", "/of-others"] {
        assert_eq!(shop.get(path).await.is(403).code(), "forbidden", "{path}");
    }
    shop.get_as_ada("/recent").await.is(200);
    // Nobody signs in with a key, so it is not told to.
    for path in ["/recent", "/strong"] {
        let refused = shop.get(path).await.is(403);
        assert_eq!(refused.code(), "forbidden", "{path}");
    }
    accounts.set_role(&shop.ada.id, Duty::Admin).await.unwrap();
    shop.get("/read").await.is(200);
    shop.get("/of-members").await.is(403);
}

/// Otherwise a key would use, by way of its owner, what it was not given.
#[tokio::test]
async fn ak_09_key_and_owner_meet_a_rule_in_one_way() {
    let shop = Shop::open().await;
    shop.get("/in-two-ways").await.is(200);
    let accounts = shop.stage.auth.accounts();
    // The owner is shut out of the first way, and the key never had the second.
    accounts.set_permissions(&shop.ada.id, Permissions::from([Task::Read, Task::Pay])).await.unwrap();
    accounts.set_role(&shop.ada.id, Duty::Member).await.unwrap();
    assert_eq!(shop.get("/in-two-ways").await.is(403).code(), "forbidden");
    accounts.set_role(&shop.ada.id, Duty::Guest).await.unwrap();
    shop.get("/in-two-ways").await.is(200);
}

#[tokio::test]
async fn ak_09_a_rule_is_asked_about_the_owner_now() {
    let shop = Shop::open().await;
    shop.get("/of-others").await.is(200);
    let accounts = shop.stage.auth.accounts();
    accounts.set_permissions(&shop.ada.id, Permissions::new()).await.unwrap();
    for path in ["/read", "/live", "/of-either", "/of-others"] {
        assert_eq!(shop.get(path).await.is(403).code(), "forbidden", "{path}");
    }
    shop.get("/hidden").await.is(404);
    accounts.set_permissions(&shop.ada.id, Permissions::from([Task::Read])).await.unwrap();
    shop.get("/read").await.is(200);
    shop.stage.place.run("UPDATE clerks SET tasks = ''").await;
    shop.get("/read").await.is(403);
}

#[tokio::test]
async fn checks_ask_about_the_owner_and_never_about_claims() {
    let shop = Shop::open().await;
    shop.get("/of-ada").await.is(200);
    assert_eq!(shop.get("/of-claims").await.is(403).code(), "key_not_accepted");
    shop.get_as_ada("/of-claims").await.is(200);
    // A key is no access token, wherever it is let in.
    assert_eq!(shop.get("/of-token").await.is(403).code(), "key_not_accepted");
    shop.stage.place.run("UPDATE clerks SET email = 'eve@example.org'").await;
    shop.get("/of-ada").await.is(403);
}

#[tokio::test]
async fn each_guard_in_a_stack_takes_keys_or_not() {
    let shop = Shop::open().await;
    shop.get("/with-keys/read").await.is(200);
    // What is open to everybody is not, behind a layer; and then its caller is whoever the layer has let in.
    assert_eq!(shop.get("/with-keys/greet").await.is(200).text(), ADA);
    for path in ["/with-keys/mine", "/without-keys/read", "/without-keys/mine", "/without-keys/greet"] {
        assert_eq!(shop.get(path).await.is(403).code(), "key_not_accepted", "{path}");
        shop.get_as_ada(path).await.is(200);
    }
}

#[tokio::test]
async fn a_key_that_has_ended_is_no_credential() {
    let shop = Shop::open().await;
    let id = super::list(&shop.stage, &shop.ada.access).await[0]["id"].as_str().unwrap().to_owned();
    shop.stage.events();
    revoke(&shop.stage, &shop.ada.access, &id).await.is(204);
    for path in ["/read", "/live", "/hidden", "/mine", "/greet", "/auth/me"] {
        assert_eq!(shop.get(path).await.is(401).code(), "invalid_token", "{path}");
    }
    let refused = shop.stage.events().into_iter().filter(|event| matches!(event, EventKind::KeyRefused { .. }));
    assert_eq!(refused.count(), 6);
}

#[tokio::test]
async fn ak_10_keys_of_a_disabled_owner_open_nothing() {
    let shop = Shop::open().await;
    shop.get("/read").await.is(200);
    // Behind the back of the library: the row says so.
    shop.stage.place.run("UPDATE clerks SET is_active = FALSE").await;
    for path in ["/read", "/live", "/hidden", "/of-ada"] {
        assert_eq!(shop.get(path).await.is(401).code(), "invalid_token", "{path}");
    }
}
