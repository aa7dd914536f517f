//! Whoever the application refuses adds no factor, and a record that nobody can read refuses nobody.

use auth::clock::Clock as _;
use auth::testing::totp_code;
use auth::{AuthError, ClientInfo, Hooks};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Call, Database, Place as _};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::passkeys::{device, with_passkeys};
use super::{ADA, by_totp, code, enrol, half, signed_up};

/// Lets nobody in while it is closed, and counts how often it is asked.
#[derive(Clone, Default)]
struct Office(Arc<(AtomicBool, AtomicUsize)>);

impl Office {
    fn close(&self, closed: bool) -> usize {
        self.0.0.store(closed, Ordering::SeqCst);
        self.0.1.swap(0, Ordering::SeqCst)
    }
}

impl Hooks<Clerk> for Office {
    async fn before_login(&self, _: &Clerk, _: &ClientInfo) -> Result<(), AuthError> {
        self.0.1.fetch_add(1, Ordering::SeqCst);
        let closed = AuthError::Denied { code: "closed", message: "sign in from the office".to_owned() };
        if self.0.0.load(Ordering::SeqCst) { Err(closed) } else { Ok(()) }
    }
}

/// Somebody with a stolen password, who could not sign in, would keep the owner out with an app of their own.
#[tokio::test]
async fn sign_12_whom_the_hook_refuses_adds_no_app() {
    let office = Office::default();
    let setup = |builder: auth::AuthBuilder<Clerk>| builder.totp("Shop").hooks(office.clone());
    let stage = Stage::<Clerk, _>::without_mail(Database::with(CLERKS[0]).await, setup).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    for (closed, status) in [(true, 403), (false, 200)] {
        let handle = stage.login(ADA).await.is(401).field("sign_in");
        let secret = stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200).field("secret");
        office.close(closed);
        let confirm = json!({ "sign_in": handle, "code": totp_code(&secret, stage.clock.now()) });
        stage.post("/sign-in/enrol/totp/confirm", confirm).await.is(status);
        assert_eq!(office.close(false), 1, "asked once");
        let needs = if closed { "enrolment" } else { "factor" };
        assert_eq!(stage.login(ADA).await.is(401).field("needs"), needs);
    }
}

/// A passkey that a later release has written, or that is damaged.
#[tokio::test]
async fn an_unreadable_passkey_refuses_nothing_else() {
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, with_passkeys).await;
    let (access, _) = signed_up(&stage, ADA).await;
    let (mut damaged, mut good, mut damage) = (device(), device().synced(), None);
    for device in [&mut damaged, &mut good] {
        let options = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let body = json!({ "credential": device.create(&options), "name": "Phone" });
        let id = stage.post_as(&access, "/factors/passkeys", body).await.is(201).field("id");
        damage.get_or_insert(format!("UPDATE auth_records SET value = '{{}}' WHERE record_key = '{id}'"));
        stage.place.sql(damage.as_deref().unwrap()).await.unwrap();
    }
    let (secret, _) = enrol(&stage, &access).await;
    stage.after(30);
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &secret)).await.is(200);
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    stage.post("/sign-in/passkey", json!({ "credential": good.get(&options) })).await.is(200);
    assert_eq!(stage.login(ADA, PASSWORD).await.is(401).code(), "factor_required");
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&access)).await.is(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let path = format!("/factors/passkeys/{}", listed[0]["id"].as_str().unwrap());
    stage.send(Call::delete(&path).bearer(&access)).await.is(204);
}
