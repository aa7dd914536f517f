//! Trusted devices while the store fails at every call in turn: nobody is trusted who was told otherwise, nobody is locked
//! out, and what is forgotten stays forgotten.

use auth::Auth;
use auth::store::sql::SqlBackend;
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::failing_call::{healed, plan};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Call, Database};
use serde_json::json;

use super::trusted_devices::{is_asked, login_on, with_device, with_devices};
use super::{ADA, by_totp, code, enrolled, half};

const MOST_CALLS: usize = 60;

async fn staged(faults: &Faults) -> Stage<Reader, Database> {
    let db = Database::with(TABLES[0]).await;
    let builder = Auth::<Reader>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
    Stage::over(db, builder, with_devices).await
}

#[tokio::test]
async fn dev_01_a_failed_step_trusts_no_device() {
    for lost in [false, true] {
        for n in 0.. {
            let faults = Faults::new();
            let stage = staged(&faults).await;
            let ada = enrolled(&stage, ADA).await;
            let handle = half(&stage, ADA).await;
            plan(&faults, n, lost);
            let step = json!({ "sign_in": handle, "code": code(&stage, &ada.secret), "trust_device": true });
            let answer = stage.post("/sign-in/totp", step).await;
            let reached = healed(&faults);
            let sessions = stage.auth.sessions(&1).await.unwrap().len();
            match answer.status.as_u16() {
                200 => assert_eq!(sessions, 2, "{n}"),
                status => assert!(sessions == 1 && [401, 503].contains(&status), "{n}: {status} {sessions}"),
            }
            let device = answer.json()["device"].as_str().map(str::to_owned);
            if let Some(device) = device {
                assert_eq!(answer.status, 200);
                login_on(&stage, PASSWORD, &device).await.is(200);
            }
            // With or without one, the app lets its owner in.
            stage.after(30);
            by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
            if !reached {
                assert!(answer.json()["device"].is_string(), "nothing failed");
                break;
            }
            assert!(n < MOST_CALLS, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn dev_01_what_is_said_to_be_forgotten_is_forgotten() {
    for lost in [false, true] {
        for n in 0.. {
            let faults = Faults::new();
            let stage = staged(&faults).await;
            let (ada, device) = with_device(&stage).await;
            login_on(&stage, PASSWORD, &device).await.is(200);
            let fresh = stage.refresh(&ada.refresh).await.is(200).access_token();
            plan(&faults, n, lost);
            let forget = || Call::delete("/factors/trusted-devices").bearer(&fresh);
            let answer = stage.send(forget()).await;
            let reached = healed(&faults);
            match answer.status.as_u16() {
                204 => drop(is_asked(login_on(&stage, PASSWORD, &device).await)),
                status => assert_eq!(status, 503, "{n}"),
            }
            // Trying again helps.
            stage.send(forget()).await.is(204);
            is_asked(login_on(&stage, PASSWORD, &device).await);
            if !reached {
                assert_eq!(answer.status, 204, "nothing failed");
                break;
            }
            assert!(n < MOST_CALLS, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn dev_01_a_failing_store_takes_no_device_for_granted() {
    for lost in [false, true] {
        for n in 0.. {
            let faults = Faults::new();
            let stage = staged(&faults).await;
            let (_, device) = with_device(&stage).await;
            stage.auth.accounts().end_sessions(&1).await.unwrap();
            plan(&faults, n, lost);
            let answer = login_on(&stage, PASSWORD, &device).await;
            let reached = healed(&faults);
            assert!([401, 503].contains(&answer.status.as_u16()), "{n}: {}", answer.text());
            assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 0, "{n}: its sessions were ended, so it is void");
            if !reached {
                break;
            }
            assert!(n < MOST_CALLS, "more calls than expected");
        }
    }
}
