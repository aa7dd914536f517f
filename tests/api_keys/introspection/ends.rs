//! What ends an access token or a key makes it inactive at once, also where another instance has ended it.

use auth::clock::Clock as _;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{NewApiKey, Permissions};
use auth_tests::Call;
use auth_tests::Place;
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{Clerk, Duty, Task};
use auth_tests::stage::Stage;
use serde_json::json;

use super::{asked, instance, is_active, key_of_service};
use crate::{ADA, Owner, key, reader};

auth_tests::on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    rev_12_each_revocation_and_every_pair_makes_tokens_inactive
    ak_10_introspection_knows_at_once_which_keys_have_ended
}

const ENDS: [&str; 10] = [
    "logout",
    "logout everywhere",
    "end of the session",
    "role",
    "permissions",
    "password",
    "disable",
    "disabled by the application",
    "delete",
    "deleted by the application",
];

/// Twice, because the first leaves less to end: what a second one writes must not revive anything.
async fn end<P: Place>(stage: &Stage<Clerk, P>, ada: &Owner, session: &str, how: &str) {
    let accounts = stage.auth.accounts();
    let bearer = |call: Call| stage.send(call.bearer(&ada.access));
    match how {
        "logout" => drop(bearer(Call::post("/logout").json(&json!({}))).await),
        "logout everywhere" => drop(bearer(Call::post("/logout-all")).await),
        "end of the session" => drop(bearer(Call::delete(&format!("/sessions/{session}"))).await),
        "role" => drop(accounts.set_role(&ada.id, Duty::Member).await),
        "permissions" => drop(accounts.set_permissions(&ada.id, Permissions::new()).await),
        "password" => drop(accounts.set_password(&ada.id, "staple battery horse correct").await),
        "disable" => drop(accounts.disable(&ada.id).await),
        "delete" => drop(accounts.delete(&ada.id).await),
        "disabled by the application" => {
            stage.place.sql(&format!("UPDATE clerks SET is_active = FALSE WHERE id = {}", ada.id)).await.unwrap();
        }
        "deleted by the application" => {
            stage.place.sql(&format!("DELETE FROM clerks WHERE id = {}", ada.id)).await.unwrap();
        }
        _ => panic!("{how}"),
    }
}

async fn rev_12_each_revocation_and_every_pair_makes_tokens_inactive<P: Place + Clone>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    // Neither polls the store, so the memory of the second knows of nothing that happens at the first.
    let (here, there) = (instance(place.clone()).await, instance(place).await);
    let asking = key_of_service(&here, super::SERVICE).await;
    for (one, first) in ENDS.into_iter().enumerate() {
        for (two, second) in ENDS.into_iter().enumerate() {
            let ada = reader(&here, &format!("ada-{one}-{two}@example.org")).await;
            let session = auth_tests::payload(&ada.access)["sid"].as_str().unwrap().to_owned();
            for instance in [&there, &here] {
                assert!(is_active(instance, &asking, &ada.access).await, "{first}, {second}: before");
            }
            for how in [first, second] {
                end(&here, &ada, &session, how).await;
                for (name, instance) in [("there", &there), ("here", &here)] {
                    assert!(!is_active(instance, &asking, &ada.access).await, "{first}, {second}: {name}");
                }
            }
        }
    }
    // The end of everything ends the key that asks, too.
    let ada = reader(&here, ADA).await;
    assert!(is_active(&there, &asking, &ada.access).await);
    for stage in [&here, &there] {
        stage.after(1);
    }
    here.auth.end_everything().await.unwrap();
    super::ask(&here, &asking, &ada.access).await.is(401);
    let asking = key_of_service(&here, "another-service@example.org").await;
    for instance in [&here, &there] {
        assert!(!is_active(instance, &asking, &ada.access).await);
    }
}

async fn ak_10_introspection_knows_at_once_which_keys_have_ended<P: Place + Clone>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (here, there) = (instance(place.clone()).await, instance(place).await);
    let asking = key_of_service(&here, super::SERVICE).await;
    for how in ["revoked", "end_keys", "disable", "delete", "reset_factors", "disabled by the application", "expired"] {
        let ada = reader(&here, &format!("{how}@example.org").replace(' ', "-")).await;
        let accounts = here.auth.accounts();
        let new = NewApiKey::new("job", ["read"]).lives_for(std::time::Duration::from_hours(1));
        let made = accounts.create_api_key(&ada.id, new).await.unwrap();
        for instance in [&there, &here] {
            assert!(is_active(instance, &asking, made.expose()).await, "{how}: before");
        }
        match how {
            "revoked" => drop(crate::revoke(&here, &ada.access, &made.info.id.to_string()).await.is(204)),
            "end_keys" => accounts.end_keys(&ada.id).await.unwrap(),
            "reset_factors" => accounts.reset_factors(&ada.id).await.unwrap(),
            "expired" => [&here, &there].iter().for_each(|stage| stage.after(60 * 60)),
            _ => end(&here, &ada, "", how).await,
        }
        for instance in [&there, &here] {
            assert!(!is_active(instance, &asking, made.expose()).await, "{how}");
        }
    }
}

/// Only the session that changed its own password goes on, with the tokens that it has.
#[tokio::test]
async fn a_session_that_changed_its_password_stays_active() {
    let (stage, asking) = asked().await;
    let ada = reader(&stage, ADA).await;
    let other = stage.login(ADA).await.is(200).access_token();
    let body = json!({ "current_password": PASSWORD, "new_password": "staple battery horse correct" });
    stage.post_as(&ada.access, "/password/change", body).await.is(204);
    assert!(is_active(&stage, &asking, &ada.access).await);
    assert!(!is_active(&stage, &asking, &other).await);
}

/// A token lives until the second in its `exp`, whatever leeway guards give.
#[tokio::test]
async fn rev_11_a_token_is_active_until_it_expires() {
    let (stage, asking) = asked().await;
    let ada = reader(&stage, ADA).await;
    let exp = auth_tests::payload(&ada.access)["exp"].as_u64().unwrap();
    let left = exp - stage.clock.now().as_secs();
    stage.after(left - 1);
    assert!(is_active(&stage, &asking, &ada.access).await);
    stage.after(1);
    assert!(!is_active(&stage, &asking, &ada.access).await);
}

/// A permission given by SQL demands a second factor that the session has not shown.
#[tokio::test]
async fn a_session_that_lacks_its_second_factor_is_inactive() {
    let (stage, asking) = asked().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    assert!(is_active(&stage, &asking, &ada.access).await);
    stage.place.sql(&format!("UPDATE clerks SET tasks = 'read,pay' WHERE id = {}", ada.id)).await.unwrap();
    assert!(!is_active(&stage, &asking, &ada.access).await);
    // No key shows one, so its key can do what it could.
    assert!(is_active(&stage, &asking, &text).await);
    let tasks = Permissions::from([Task::Read]);
    stage.auth.accounts().set_permissions(&ada.id, tasks).await.unwrap();
}
