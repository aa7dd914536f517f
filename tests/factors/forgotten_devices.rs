//! What ends the trust in a device.

use std::time::Duration;

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthBuilder, PasskeySettings};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Answer, Call, Database, Place};
use serde_json::json;

use super::passkeys::{add, device};
use super::trusted_devices::{DAY, is_asked, login_on, stage, with_device};
use super::{ADA, Enrolled, NEW, enrol, enrolled, half, signed_up};

/// What is done to the account, and the password that it has then.
async fn change(stage: &Stage<Reader, Database>, ada: &Enrolled, what: &str) -> &'static str {
    let (accounts, access) = (stage.auth.accounts(), &ada.access);
    match what {
        "change of the password" => {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            stage.post_as(access, "/password/change", body).await.is(204);
            return NEW;
        }
        "password set by the application" => {
            accounts.set_password(&1, NEW).await.unwrap();
            return NEW;
        }
        "reset by mail" => {
            stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
            stage.deliver().await;
            let token = stage.mailbox.last(LetterKind::ResetPassword, ADA).token();
            stage.post("/password/reset", json!({ "token": token, "new_password": NEW })).await.is(204);
            return NEW;
        }
        "logout everywhere" => drop(stage.post_as(access, "/logout-all", json!({})).await.is(204)),
        "end of the sessions" => accounts.end_sessions(&1).await.unwrap(),
        "disabled and enabled" => {
            accounts.disable(&1).await.unwrap();
            accounts.enable(&1).await.unwrap();
        }
        "recovery codes" => drop(stage.post_as(access, "/factors/recovery-codes", json!({})).await.is(200)),
        "another app" => {
            stage.send(Call::delete("/factors/totp").bearer(access)).await.is(204);
            enrol(stage, access).await;
        }
        "app on another phone" => {
            let fresh = stage.refresh(&ada.refresh).await.is(200).access_token();
            enrol(stage, &fresh).await;
        }
        "a passkey" => drop(add(stage, access, &mut device()).await),
        "a passkey removed" => {
            let id = add(stage, access, &mut device()).await;
            stage.send(Call::delete(&format!("/factors/passkeys/{id}")).bearer(access)).await.is(204);
        }
        "forgotten" => {
            stage.send(Call::delete("/factors/trusted-devices").bearer(access)).await.is(204);
            assert!(stage.events().contains(&EventKind::DevicesForgotten { user: "1".to_owned() }));
            stage.me(access).await.is(200);
        }
        "factors reset" => {
            accounts.reset_factors(&1).await.unwrap();
            let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
            enrol(stage, &access).await;
        }
        "another account with the id" => {
            accounts.delete(&1).await.unwrap();
            stage.place.run("DELETE FROM sqlite_sequence").await;
            let (access, _) = signed_up(stage, ADA).await;
            assert_eq!(auth_tests::payload(&access)["sub"], "1");
            enrol(stage, &access).await;
        }
        other => panic!("{other}"),
    }
    PASSWORD
}

#[tokio::test]
async fn dev_01_whatever_changes_the_account_ends_its_devices() {
    for what in [
        "change of the password",
        "password set by the application",
        "reset by mail",
        "logout everywhere",
        "end of the sessions",
        "disabled and enabled",
        "recovery codes",
        "another app",
        "app on another phone",
        "a passkey",
        "a passkey removed",
        "forgotten",
        "factors reset",
        "another account with the id",
    ] {
        let stage = stage().await;
        let (ada, device) = with_device(&stage).await;
        login_on(&stage, PASSWORD, &device).await.is(200);
        let password = change(&stage, &ada, what).await;
        let answer = login_on(&stage, password, &device).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "factor_required"), "{what}");
    }
}

#[tokio::test]
async fn a_passkey_that_is_refused_forgets_no_device() {
    let stage = stage().await;
    let (ada, kept) = with_device(&stage).await;
    let options = stage.post_as(&ada.access, "/factors/passkeys/options", json!({})).await.is(200).json();
    let mut of_another_page = options.clone();
    of_another_page["challenge"] = json!("A".repeat(43));
    let body = json!({ "credential": device().create(&of_another_page), "name": "Phone" });
    stage.post_as(&ada.access, "/factors/passkeys", body).await.is(422);
    login_on(&stage, PASSWORD, &kept).await.is(200);
}

mod on_every_database {
    use super::dev_01_devices_trusted_during_a_change_are_void;
    auth_tests::on_databases! {
        [auth_tests::stage::TABLES[0], auth_tests::stage::TABLES[1], auth_tests::stage::TABLES[2]];
        dev_01_devices_trusted_during_a_change_are_void
    }
}

/// 64 second steps that trust their devices, and a new password in between.
async fn dev_01_devices_trusted_during_a_change_are_void<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let setup = |builder: AuthBuilder<Reader>| {
        builder
            .totp("Shop")
            .passkeys(PasskeySettings::new("Example Shop"))
            .trusted_devices(Duration::from_secs(30 * DAY))
            .sessions_per_user(100)
    };
    let stage = Stage::<Reader, P>::with(place, setup).await;
    let ada = enrolled(&stage, ADA).await;
    let mut phone = device().synced();
    add(&stage, &ada.access, &mut phone).await;
    let mut calls = Vec::new();
    for _ in 0..64 {
        let handle = half(&stage, ADA).await;
        let asked = super::passkey_step::options(&stage, &handle).await.is(200).json();
        let body = json!({ "sign_in": handle, "credential": phone.get(&asked), "trust_device": true });
        calls.push(Call::post("/sign-in/passkey/step").json(&body));
    }
    let (auth, router) = (stage.auth.clone(), stage.router.clone());
    let of = |answers: Vec<Answer>| {
        let right = answers.into_iter().filter(|answer| answer.status == 200);
        right.filter_map(|answer| answer.json()["device"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let first = calls.split_off(56);
    let mut trusted = of(auth_tests::together(&router, first).await);
    assert_eq!(trusted.len(), 8);
    login_on(&stage, PASSWORD, &trusted[0]).await.is(200);
    let during = auth_tests::together(&router, calls);
    let (during, changed) = tokio::join!(during, async move { auth.accounts().set_password(&1, NEW).await });
    changed.unwrap();
    trusted.extend(of(during));
    for device in trusted {
        is_asked(login_on(&stage, NEW, &device).await);
    }
    assert!(stage.auth.sessions(&1).await.unwrap().is_empty());
}
