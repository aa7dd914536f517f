//! Passkeys while the store fails at every call in turn, on every database: nobody gets in halfway, nobody is locked out.

use auth::store::sql::{SqlBackend, SqlRow, SqlUser};
use auth::testing::Faults;
use auth::{Auth, PasskeySettings};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{Clerk, Duty};
use auth_tests::failing_call::{healed, plan};
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Answer, Call, Place, payload};
use serde_json::{Value, json};

use super::passkey_enrolment::{body, options as enrol_options};
use super::passkey_step::{options, step, with_both};
use super::passkeys::{add, device, sign_in, with_passkeys};
use super::{half, signed_up};

const MOST_CALLS: usize = 60;

mod of_readers {
    use super::{pk_19_a_failed_registration_leaves_one_owner, sign_09_a_failed_step_signs_nobody_in};
    auth_tests::on_databases! {
        [auth_tests::stage::TABLES[0], auth_tests::stage::TABLES[1], auth_tests::stage::TABLES[2]];
        sign_09_a_failed_step_signs_nobody_in
        pk_19_a_failed_registration_leaves_one_owner
    }
}

mod of_clerks {
    use super::sign_09_a_failed_enrolment_of_a_passkey_locks_nobody_out;
    auth_tests::on_databases! {
        [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
        sign_09_a_failed_enrolment_of_a_passkey_locks_nobody_out
    }
}

fn id(tokens: &str) -> i64 {
    payload(tokens)["sub"].as_str().unwrap().parse().unwrap()
}

async fn readers<P: Place>(place: P, faults: &Faults) -> Stage<Reader, P>
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let builder = Auth::<Reader>::builder(faults.wrap(SqlBackend::new(place.pool())));
    Stage::over(place, builder, with_passkeys).await
}

/// Every call in both ways, each with another account, until the call is not reached.
fn cases() -> impl Iterator<Item = (usize, bool, String)> {
    let both = [false, true].into_iter();
    both.flat_map(|lost| (0..MOST_CALLS).map(move |n| (n, lost, format!("ada-{n}-{lost}@example.org"))))
}

async fn sign_09_a_failed_step_signs_nobody_in<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = readers(place, &faults).await;
    let mut done = [false; 2];
    for (n, lost, email) in cases() {
        if done[usize::from(lost)] {
            continue;
        }
        let (ada, mut device) = with_both(&stage, &email).await;
        let id = id(&ada.access);
        let handle = half(&stage, &email).await;
        let asked = options(&stage, &handle).await.is(200).json();
        let before = stage.auth.sessions(&id).await.unwrap().len();
        plan(&faults, n, lost);
        let answer = step(&stage, &handle, device.get(&asked)).await;
        let reached = healed(&faults);
        let sessions = stage.auth.sessions(&id).await.unwrap().len();
        match answer.status.as_u16() {
            200 => assert_eq!(sessions, before + 1, "{n}"),
            status => assert!(sessions == before && [401, 503].contains(&status), "{n}: {status} {sessions}"),
        }
        // The next sign-in has its own challenge and its own tries.
        let handle = half(&stage, &email).await;
        let asked = options(&stage, &handle).await.is(200).json();
        step(&stage, &handle, device.get(&asked)).await.is(200);
        sign_in(&stage, &mut device).await.is(200);
        if !reached {
            assert_eq!(answer.status, 200, "nothing failed");
            done[usize::from(lost)] = true;
        }
    }
    assert_eq!(done, [true; 2], "more calls than expected");
}

/// Whatever was stored: it is in the list of its owner, and signs them in; or it is nobody's.
async fn pk_19_a_failed_registration_leaves_one_owner<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let stage = readers(place, &faults).await;
    let mut done = [false; 2];
    for (n, lost, email) in cases() {
        if done[usize::from(lost)] {
            continue;
        }
        let (access, _) = signed_up(&stage, &email).await;
        let mut device = device();
        let asked = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let body = json!({ "credential": device.create(&asked), "name": "Phone" });
        plan(&faults, n, lost);
        let answer = stage.post_as(&access, "/factors/passkeys", body).await;
        let reached = healed(&faults);
        let listed = stage.send(Call::get("/factors/passkeys").bearer(&access)).await.is(200).json();
        let there = listed.as_array().unwrap().len();
        let signed_in = sign_in(&stage, &mut device).await;
        match there {
            0 => assert_eq!(signed_in.status, 401, "{n}"),
            _ => assert_eq!(id(&signed_in.is(200).access_token()), id(&access), "{n}"),
        }
        assert!(there == 1 || answer.status != 201, "{n}: said to be added");
        if !reached {
            assert_eq!(answer.status, 201, "nothing failed");
            done[usize::from(lost)] = true;
        } else if there == 0 {
            add(&stage, &access, &mut device).await;
        }
    }
    assert_eq!(done, [true; 2], "more calls than expected");
}

async fn sign_09_a_failed_enrolment_of_a_passkey_locks_nobody_out<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let faults = Faults::new();
    let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(place.pool())));
    let stage = Stage::<Clerk, P>::over_without_mail(place, builder, |builder| {
        builder.base_url("https://app.example").totp("Shop").passkeys(PasskeySettings::new("Example Shop"))
    })
    .await;
    let login = async |email: &str| stage.post("/login", json!({ "email": email, "password": PASSWORD })).await;
    let mut done = [false; 2];
    for (n, lost, email) in cases() {
        if done[usize::from(lost)] {
            continue;
        }
        let signed_up = stage.post("/register", json!({ "email": email, "password": PASSWORD })).await.is(201);
        let id = id(&signed_up.access_token());
        stage.auth.accounts().set_role(&id, Duty::Admin).await.unwrap();
        let mut device = device();
        let handle = login(&email).await.is(401).field("sign_in");
        let asked = enrol_options(&stage, &handle).await.is(200).json();
        let body_ = body(&handle, &device.create(&asked));
        plan(&faults, n, lost);
        let answer: Answer = stage.post("/sign-in/enrol/passkey", body_).await;
        let reached = healed(&faults);
        let sessions = stage.auth.sessions(&id).await.unwrap().len();
        match answer.status.as_u16() {
            200 => assert_eq!(sessions, 1, "{n}"),
            status => assert!(sessions <= 1 && [401, 503].contains(&status), "{n}: {status}, {sessions}"),
        }
        // The passkey is there and asked for, or another one can be added.
        let waiting = login(&email).await.is(401);
        if waiting.field("needs") == "factor" {
            assert!(waiting.json()["methods"].as_array().unwrap().contains(&json!({ "method": "passkey" })));
            sign_in(&stage, &mut device).await.is(200);
        } else {
            let handle = waiting.field("sign_in");
            let asked: Value = enrol_options(&stage, &handle).await.is(200).json();
            let mut other = super::passkeys::device();
            stage.post("/sign-in/enrol/passkey", body(&handle, &other.create(&asked))).await.is(200);
        }
        if !reached {
            assert_eq!(answer.status, 200, "nothing failed");
            done[usize::from(lost)] = true;
        }
    }
    assert_eq!(done, [true; 2], "more calls than expected");
}
