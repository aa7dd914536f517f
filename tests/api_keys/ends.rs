//! What ends keys, and what does not.

use auth::event::LetterKind;
use auth::store::sql::{SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::testing::Faults;
use auth::{AddressChangePolicy, Auth, NewApiKey};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::stage::Stage;
use auth_tests::{Database, Place};
use serde_json::json;

use super::{ADA, Owner, key, list, reader, stage, with_keys, works};

auth_tests::on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    ak_10_keys_end_with_what_their_account_loses
}

const NEW: &str = "staple battery horse correct";
const THEIRS: &str = "mallory@example.org";

/// Each on an account of its own: what happens, and whether its keys survive it.
async fn ak_10_keys_end_with_what_their_account_loses<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let setup = |builder| with_keys(builder).address_changes(AddressChangePolicy::NewAndUndo);
    let stage = Stage::<Clerk, P>::with(place, setup).await;
    for (number, (what, survives)) in [
        ("nothing", true),
        ("change of the password", true),
        ("password set by an operator", true),
        ("log-out everywhere", true),
        ("role", true),
        ("address confirmed", true),
        ("disable", false),
        ("delete", false),
        ("reset by mail", false),
        ("address taken back", false),
        ("reset_factors", false),
        ("end_keys", false),
        ("end_everything", false),
        ("row disabled by the application", false),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("ada-{number}@example.org");
        let ada = reader(&stage, &email).await;
        let (text, _) = key(&stage, &ada.access).await;
        assert!(works(&stage, &text).await, "{what}: and it is remembered");
        happens(&stage, what, &ada, &email).await;
        assert_eq!(works(&stage, &text).await, survives, "{what}");
        if !survives && what != "delete" {
            assert!(stage.auth.accounts().api_keys(&ada.id).await.unwrap().is_empty(), "{what}");
            // What was disabled comes back without its keys.
            stage.auth.accounts().enable(&ada.id).await.unwrap();
            assert!(!works(&stage, &text).await, "{what}");
        }
    }
}

async fn happens<P: Place>(stage: &Stage<Clerk, P>, what: &str, ada: &Owner, email: &str) {
    let accounts = stage.auth.accounts();
    match what {
        "nothing" => {}
        "change of the password" => {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            stage.post_as(&ada.access, "/password/change", body).await.is(204);
        }
        "password set by an operator" => accounts.set_password(&ada.id, NEW).await.unwrap(),
        "log-out everywhere" => drop(stage.post_as(&ada.access, "/logout-all", json!({})).await.is(204)),
        "role" => accounts.set_role(&ada.id, auth_tests::clerk::Duty::Member).await.unwrap(),
        "address confirmed" => accounts.set_verified(&ada.id, true).await.unwrap(),
        "disable" => accounts.disable(&ada.id).await.unwrap(),
        "delete" => accounts.delete(&ada.id).await.unwrap(),
        "reset by mail" => reset(stage, email).await,
        "address taken back" => {
            accounts.set_verified(&ada.id, true).await.unwrap();
            take_back(stage, ada, email).await;
        }
        "reset_factors" => accounts.reset_factors(&ada.id).await.unwrap(),
        "end_keys" => accounts.end_keys(&ada.id).await.unwrap(),
        "end_everything" => {
            stage.after(1);
            stage.auth.end_everything().await.unwrap();
        }
        "row disabled by the application" => {
            stage.place.sql(&format!("UPDATE clerks SET is_active = FALSE WHERE id = {}", ada.id)).await.unwrap();
            accounts.row_changed(&ada.id).await.unwrap();
        }
        _ => panic!("{what}"),
    }
}

async fn reset<P: Place>(stage: &Stage<Clerk, P>, email: &str) {
    stage.post("/password/forgot", json!({ "email": email })).await.is(202);
    stage.deliver().await;
    let token = stage.mailbox.last(LetterKind::ResetPassword, email).token();
    stage.post("/password/reset", json!({ "token": token, "new_password": NEW })).await.is(204);
}

/// A thief moves the account, and its owner takes the address back.
async fn take_back<P: Place>(stage: &Stage<Clerk, P>, ada: &Owner, email: &str) {
    let access = stage.refresh(&ada.refresh).await.is(200).access_token();
    let asked = stage.post_as(&access, "/email/change", json!({ "new_email": THEIRS })).await.is(202);
    stage.deliver().await;
    let token = stage.mailbox.last_to(THEIRS).token();
    let confirm = json!({ "token": token, "sign_in": asked.field("sign_in") });
    stage.post("/email/change/confirm", confirm).await.is(204);
    stage.deliver().await;
    let token = stage.mailbox.last(LetterKind::AddressChanged, email).token();
    stage.post("/email/change/undo", json!({ "token": token })).await.is(204);
}

/// Users and records that share no transaction.
#[tokio::test]
async fn ak_10_a_pair_of_stores_ends_keys_as_well() {
    let (db, faults) = (Database::with(CLERKS[0]).await, Faults::new());
    let builder = Auth::<Clerk>::builder(faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone())));
    let stage = Stage::over(db, builder, with_keys).await;
    for what in ["disable", "delete"] {
        let email = format!("{what}@example.org");
        let ada = reader(&stage, &email).await;
        let (text, _) = key(&stage, &ada.access).await;
        assert!(works(&stage, &text).await);
        happens(&stage, what, &ada, &email).await;
        assert!(!works(&stage, &text).await);
        if what == "disable" {
            stage.auth.accounts().enable(&ada.id).await.unwrap();
            assert!(!works(&stage, &text).await);
        }
    }
}

/// Somebody signs up with the address of another person, and makes a key; then its owner proves it.
#[tokio::test]
async fn mail_09_the_owner_of_the_address_ends_keys() {
    let setup = |builder| with_keys(builder).mail_sign_in(true);
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let mallory = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &mallory.access).await;
    let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let signed_in = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(200);
    assert!(!works(&stage, &text).await);
    assert!(list(&stage, &signed_in.access_token()).await.is_empty());
}

/// With the setting taken away, nothing is listed or accepted; what must end still ends.
#[tokio::test]
async fn keys_end_while_they_are_off() {
    let on = stage().await;
    let ada = reader(&on, ADA).await;
    let (text, _) = key(&on, &ada.access).await;
    let off = |place: Database| Stage::<Clerk, _>::with(place, |builder| builder.totp("Example: Shop"));
    let off = off(on.place.clone()).await;
    off.auth.accounts().disable(&ada.id).await.unwrap();
    off.auth.accounts().enable(&ada.id).await.unwrap();
    on.auth.sync_revocations().await.unwrap();
    assert!(!works(&on, &text).await);
    let refused = off.auth.accounts().create_api_key(&ada.id, NewApiKey::new("job", ["read"])).await;
    assert!(matches!(refused, Err(auth::AuthError::Internal(_))), "{refused:?}");
    off.auth.accounts().end_keys(&ada.id).await.unwrap();
}
