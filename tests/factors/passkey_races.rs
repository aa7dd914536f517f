//! Passkeys of many at once, on every database.

use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::SoftwareAuthenticator;
use auth_tests::clerk::Clerk;
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Answer, Call, Place, together};
use serde_json::json;

use super::passkey_enrolment::{self as enrolment, body};
use super::passkey_step::{options, with_both};
use super::passkeys::{add, device, with_passkeys};
use super::{ADA, half, signed_up};

mod of_readers {
    use super::{pk_13_of_64_registrations_twenty_stay, sign_04_of_64_passkeys_in_a_sign_in_one_wins};
    auth_tests::on_databases! {
        [auth_tests::stage::TABLES[0], auth_tests::stage::TABLES[1], auth_tests::stage::TABLES[2]];
        sign_04_of_64_passkeys_in_a_sign_in_one_wins
        pk_13_of_64_registrations_twenty_stay
    }
}

mod of_clerks {
    use super::sign_04_of_64_enrolled_passkeys_one_is_added;
    auth_tests::on_databases! {
        [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
        sign_04_of_64_enrolled_passkeys_one_is_added
    }
}

fn wins(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.is_success()).count()
}

/// Right answers, each to a challenge of its own: the sign-in goes on once.
async fn sign_04_of_64_passkeys_in_a_sign_in_one_wins<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::with(place, with_passkeys).await;
    let (ada, _) = with_both(&stage, ADA).await;
    // Its counter is not in the way.
    let mut device = device().synced();
    add(&stage, &ada.access, &mut device).await;
    let handle = half(&stage, ADA).await;
    let mut calls = Vec::new();
    for _ in 0..64 {
        let asked = options(&stage, &handle).await.is(200).json();
        let body = json!({ "sign_in": handle, "credential": device.get(&asked) });
        calls.push(Call::post("/sign-in/passkey/step").json(&body));
    }
    let before = stage.auth.sessions(&1).await.unwrap().len();
    let answers = together(&stage.router, calls).await;
    assert_eq!(wins(&answers), 1);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), before + 1);
    // And of one answer, sent 64 times.
    let handle = half(&stage, ADA).await;
    let asked = options(&stage, &handle).await.is(200).json();
    let body = json!({ "sign_in": handle, "credential": device.get(&asked) });
    let calls = (0..64).map(|_| Call::post("/sign-in/passkey/step").json(&body));
    assert!(wins(&together(&stage.router, calls).await) <= 1);
    assert!(stage.auth.sessions(&1).await.unwrap().len() <= before + 2);
}

async fn pk_13_of_64_registrations_twenty_stay<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::with(place, with_passkeys).await;
    let (access, _) = signed_up(&stage, ADA).await;
    let mut calls = Vec::new();
    for _ in 0..64 {
        let asked = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let body = json!({ "credential": device().create(&asked), "name": "Phone" });
        calls.push(Call::post("/factors/passkeys").bearer(&access).json(&body));
    }
    let answers = together(&stage.router, calls).await;
    for answer in &answers {
        assert!([201, 403, 503].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&access)).await.is(200).json();
    let stay = listed.as_array().unwrap().len();
    assert!(stay <= 20 && stay == wins(&answers), "{stay} stay, {} were added", wins(&answers));
    // Nobody who was refused keeps the account from having twenty.
    while stage.post_as(&access, "/factors/passkeys/options", json!({})).await.status == 200 {
        add(&stage, &access, &mut device()).await;
    }
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&access)).await.is(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 20);
}

async fn sign_04_of_64_enrolled_passkeys_one_is_added<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = enrolment::without_mail(place).await;
    let handle = enrolment::waiting(&stage).await;
    let mut devices: Vec<SoftwareAuthenticator> = (0..64).map(|_| device()).collect();
    let mut calls = Vec::new();
    for device in &mut devices {
        let asked = enrolment::options(&stage, &handle).await.is(200).json();
        calls.push(Call::post("/sign-in/enrol/passkey").json(&body(&handle, &device.create(&asked))));
    }
    let answers = together(&stage.router, calls).await;
    assert_eq!(wins(&answers), 1);
    let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&winner.access_token())).await.is(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
}
