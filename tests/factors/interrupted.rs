//! Steps that fail or break off at every call of the store: nobody gets in by it, and nobody is locked out.

use auth::Auth;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::failing_call::{healed, plan};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Call, Database};
use serde_json::json;

use super::{ADA, by_recovery_code, by_totp, code, enrolled, half, signed_up, with_factors};

async fn staged(faults: &Faults, at_once: bool) -> Stage<Reader, Database> {
    let db = Database::with(TABLES[0]).await;
    let builder = if at_once {
        Auth::<Reader>::builder(faults.wrap(SqlBackend::new(db.pool.clone())))
    } else {
        Auth::<Reader>::builder(faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone())))
    };
    Stage::over(db, builder, with_factors).await
}

const WAYS: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];

#[tokio::test]
async fn sign_09_a_failing_store_signs_nobody_in_halfway() {
    for (at_once, lost) in WAYS {
        for n in 0..40 {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            let ada = enrolled(&stage, ADA).await;
            let handle = half(&stage, ADA).await;
            plan(&faults, n, lost);
            let answer = by_totp(&stage, &handle, &code(&stage, &ada.secret)).await;
            let reached = healed(&faults);
            let sessions = stage.auth.sessions(&1).await.unwrap().len();
            match answer.status.as_u16() {
                200 => assert_eq!(sessions, 2),
                status => assert!(sessions == 1 && [401, 503].contains(&status), "{n}: {status} {sessions}"),
            }
            // The next sign-in has its own code and its own tries.
            stage.after(30);
            by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
            if !reached {
                assert_eq!(answer.status, 200, "nothing failed");
                break;
            }
            assert!(n < 39, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn a_failed_enrolment_locks_nobody_out() {
    for (at_once, lost) in WAYS {
        for n in 0..40 {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            let (access, _) = signed_up(&stage, ADA).await;
            let other = stage.login(ADA, PASSWORD).await.is(200);
            let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
            plan(&faults, n, lost);
            let confirm = json!({ "code": code(&stage, &secret) });
            let answer = stage.post_as(&access, "/factors/totp/confirm", confirm).await;
            let reached = healed(&faults);
            stage.after(30);
            // Whatever was stored: with password and app, the owner gets in.
            let login = stage.login(ADA, PASSWORD).await;
            if login.status == 200 {
                assert_ne!(answer.status, 200, "{n}: confirmed, and not asked for");
            } else {
                let handle = login.is(401).field("sign_in");
                by_totp(&stage, &handle, &code(&stage, &secret)).await.is(200);
                // What began with less does not go on.
                stage.refresh(&other.refresh_token()).await.is(401);
            }
            if !reached {
                assert_eq!(answer.status, 200, "nothing failed");
                let codes = answer.json();
                let paper = codes["recovery_codes"][0].as_str().unwrap();
                by_recovery_code(&stage, &half(&stage, ADA).await, paper).await.is(200);
                break;
            }
            assert!(n < 39, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn a_failed_removal_leaves_the_app_or_no_others() {
    for (at_once, lost) in WAYS {
        for n in 0..40 {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            let ada = enrolled(&stage, ADA).await;
            let other = by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
            stage.after(30);
            plan(&faults, n, lost);
            let answer = stage.send(Call::delete("/factors/totp").bearer(&ada.access)).await;
            let reached = healed(&faults);
            let login = stage.login(ADA, PASSWORD).await;
            if login.status == 200 {
                stage.refresh(&other.refresh_token()).await.is(401);
            } else {
                assert_ne!(answer.status, 204, "{n}");
                let handle = login.is(401).field("sign_in");
                by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
            }
            if !reached {
                assert_eq!(answer.status, 204, "nothing failed");
                break;
            }
            assert!(n < 39, "more calls than expected");
        }
    }
}
