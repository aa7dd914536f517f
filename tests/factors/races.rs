//! Many at once, on every database: one wins.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::stage::Reader;
use auth_tests::{Answer, Call, Place, on_databases, together};
use serde_json::json;

use super::{ADA, by_totp, code, enrolled, half, stage_on};

on_databases! {
    [auth_tests::stage::TABLES[0], auth_tests::stage::TABLES[1], auth_tests::stage::TABLES[2]];
    totp_05_of_64_uses_of_a_code_one_wins
    rc_03_of_64_uses_of_a_code_one_wins
    sign_04_of_64_wrong_codes_five_are_compared
}

fn step(path: &str, handle: &str, code: &str) -> Call {
    Call::post(path).json(&json!({ "sign_in": handle, "code": code }))
}

fn wins(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn totp_05_of_64_uses_of_a_code_one_wins<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = enrolled(&stage, ADA).await;
    let shown = code(&stage, &ada.secret);
    // In as many sign-ins as an account has at once.
    let mut handles = Vec::new();
    for _ in 0..8 {
        handles.push(half(&stage, ADA).await);
    }
    let before = stage.auth.sessions(&1).await.unwrap().len();
    let calls = (0..64).map(|number| step("/sign-in/totp", &handles[number % 8], &shown));
    let answers = together(&stage.router, calls).await;
    assert_eq!(wins(&answers), 1);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), before + 1);
}

async fn rc_03_of_64_uses_of_a_code_one_wins<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = enrolled(&stage, ADA).await;
    let mut handles = Vec::new();
    for _ in 0..8 {
        handles.push(half(&stage, ADA).await);
    }
    let calls = (0..64).map(|number| step("/sign-in/recovery-code", &handles[number % 8], &ada.recovery_codes[4]));
    assert_eq!(wins(&together(&stage.router, calls).await), 1);
}

async fn sign_04_of_64_wrong_codes_five_are_compared<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    let answers = together(&stage.router, (0..64).map(|_| step("/sign-in/totp", &handle, "000000"))).await;
    let compared = answers.iter().filter(|answer| answer.code() == "invalid_code").count();
    assert_eq!(compared, 5);
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401).code(), "sign_in_expired");
}
