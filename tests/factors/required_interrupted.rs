//! An enrolment inside a sign-in that fails, breaks off, or is overtaken at every call of the store.

use auth::Auth;
use auth::clock::Clock as _;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, together};
use serde_json::json;

use super::{ADA, NEW};

const WAYS: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];
const MOST_CALLS: usize = 80;

/// An administrator who has signed in with the password, and set an app up. Returns the handle and the secret.
async fn set_up(faults: &Faults, at_once: bool) -> (Stage<Clerk, Database>, String, String) {
    let db = Database::with(CLERKS[0]).await;
    let builder = if at_once {
        Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(db.pool.clone())))
    } else {
        Auth::<Clerk>::builder(faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone())))
    };
    let stage = Stage::over_without_mail(db, builder, |builder| builder.totp("Shop")).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let handle = stage.login(ADA).await.is(401).field("sign_in");
    let secret = stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200).field("secret");
    (stage, handle, secret)
}

fn shown(stage: &Stage<Clerk, Database>, secret: &str) -> String {
    auth::testing::totp_code(secret, stage.clock.now())
}

fn confirm(stage: &Stage<Clerk, Database>, handle: &str, secret: &str) -> Call {
    Call::post("/sign-in/enrol/totp/confirm").json(&json!({ "sign_in": handle, "code": shown(stage, secret) }))
}

async fn login(stage: &Stage<Clerk, Database>, password: &str) -> Answer {
    stage.post("/login", json!({ "email": ADA, "password": password })).await
}

/// Signs in, with whatever is asked for.
async fn gets_in(stage: &Stage<Clerk, Database>, password: &str, secret: &str) {
    stage.after(30);
    let half = login(stage, password).await.is(401);
    let handle = half.field("sign_in");
    let step = if half.field("needs") == "factor" {
        Call::post("/sign-in/totp").json(&json!({ "sign_in": handle, "code": shown(stage, secret) }))
    } else {
        let begun = stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200);
        confirm(stage, &handle, &begun.field("secret"))
    };
    stage.send(step).await.is(200);
}

#[tokio::test]
async fn sign_09_a_failed_enrolment_begins_nothing_and_locks_nobody_out() {
    for (at_once, lost) in WAYS {
        for n in 0..MOST_CALLS {
            let faults = Faults::new();
            let (stage, handle, secret) = set_up(&faults, at_once).await;
            let before = stage.auth.sessions(&1).await.unwrap().len();
            let plan = faults.nth("*", n);
            if lost {
                plan.lose_response();
            } else {
                plan.fail();
            }
            let answer = stage.send(confirm(&stage, &handle, &secret)).await;
            let reached = faults.is_done();
            faults.clear();
            let sessions = stage.auth.sessions(&1).await.unwrap().len();
            match answer.status.as_u16() {
                200 => assert_eq!(sessions, 1, "{n}"),
                status => assert!(sessions <= before && [401, 503].contains(&status), "{n}: {status}, {sessions}"),
            }
            gets_in(&stage, PASSWORD, &secret).await;
            if !reached {
                assert_eq!(answer.status, 200, "nothing failed");
                break;
            }
            assert!(n < MOST_CALLS - 1, "more calls than expected");
        }
    }
}

/// Whoever has the former password must not be signed in, and their app must not be asked for.
#[tokio::test]
async fn sign_05_a_password_changed_meanwhile_leaves_no_session() {
    for at_once in [true, false] {
        for n in 0..MOST_CALLS {
            let faults = Faults::new();
            let (stage, handle, secret) = set_up(&faults, at_once).await;
            let auth = stage.auth.clone();
            let change = async move { auth.accounts().set_password(&1, NEW).await.unwrap() };
            faults.nth("*", n).before(change);
            stage.send(confirm(&stage, &handle, &secret)).await;
            let reached = faults.is_done();
            faults.clear();
            if !reached {
                break;
            }
            assert!(stage.auth.sessions(&1).await.unwrap().is_empty(), "a session of the former password, at {n}");
            gets_in(&stage, NEW, &secret).await;
            assert!(n < MOST_CALLS - 1, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn sign_04_of_many_right_codes_one_enrols() {
    let (stage, handle, secret) = set_up(&Faults::new(), true).await;
    let answers = together(&stage.router, (0..16).map(|_| confirm(&stage, &handle, &secret))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
    gets_in(&stage, PASSWORD, &secret).await;
}
