//! How many factors are tried at an account.

use auth::store::sql::SqlBackend;
use auth::{Auth, AuthBuilder, Limits, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::{Value, json};

use super::{ADA, by_totp, code, enrol, enrolled, stage, with_factors};

async fn limited() -> Stage<Reader, Database> {
    let setup = |builder: AuthBuilder<Reader>| with_factors(builder).limits(Limits::default());
    Stage::with(Database::with(TABLES[0]).await, setup).await
}

/// Another process on the same database.
async fn elsewhere(stage: &Stage<Reader, Database>) -> Auth<Reader> {
    let builder = with_factors(Auth::<Reader>::builder(SqlBackend::new(stage.place.pool.clone())));
    let builder = builder.secret(Secret::new(SECRET).unwrap()).clock(stage.clock.clone()).passwords(quick_passwords());
    builder.base_url("https://app.example").mailer(stage.mailbox.clone()).build().await.unwrap()
}

async fn from(stage: &Stage<Reader, Database>, ip: &str, path: &str, body: Value) -> Answer {
    stage.send(Call::post(path).coming_from(ip).json(&body)).await
}

/// Tries wrong codes from one network until a limit refuses, and returns how many were compared.
async fn guess(stage: &Stage<Reader, Database>, ip: &str, most: usize) -> usize {
    guess_at(stage, "/sign-in/totp", ip, most).await
}

async fn guess_at(stage: &Stage<Reader, Database>, path: &str, ip: &str, most: usize) -> usize {
    let mut compared = 0;
    while compared < most {
        let login = from(stage, ip, "/login", json!({ "email": ADA, "password": PASSWORD })).await;
        if login.status == 429 {
            stage.after(61);
            continue;
        }
        let handle = login.is(401).field("sign_in");
        for _ in 0..5 {
            let answer = from(stage, ip, path, json!({ "sign_in": handle, "code": "0000-0000-0000-0000" })).await;
            match answer.code().as_str() {
                "invalid_code" => compared += 1,
                "too_many_requests" => return compared,
                other => panic!("{other}"),
            }
        }
        stage.after(20);
    }
    compared
}

#[tokio::test]
async fn totp_14_guesses_from_one_network_leave_the_owner_theirs() {
    let stage = limited().await;
    let ada = enrolled(&stage, ADA).await;
    let compared = guess(&stage, "198.51.100.7", 200).await;
    assert!((18..=25).contains(&compared), "{compared}");
    // Elsewhere the app still works, and so does the password by itself.
    let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(401);
    assert_eq!(login.code(), "factor_required");
    let step = json!({ "sign_in": login.field("sign_in"), "code": code(&stage, &ada.secret) });
    from(&stage, "192.0.2.1", "/sign-in/totp", step).await.is(200);
}

#[tokio::test]
async fn totp_14_a_hundred_guesses_close_the_app_not_the_paper() {
    let stage = limited().await;
    let ada = enrolled(&stage, ADA).await;
    let mut compared = 0;
    for network in 0..12 {
        compared += guess(&stage, &format!("198.51.{network}.7"), 200).await;
    }
    assert!((95..=110).contains(&compared), "{compared}");
    let login = || from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD }));
    let handle = login().await.is(401).field("sign_in");
    let by_app = json!({ "sign_in": handle, "code": code(&stage, &ada.secret) });
    from(&stage, "192.0.2.1", "/sign-in/totp", by_app).await.is(429);
    let by_paper = json!({ "sign_in": handle, "code": ada.recovery_codes[0] });
    from(&stage, "192.0.2.1", "/sign-in/recovery-code", by_paper).await.is(200);
}

#[tokio::test]
async fn rc_04_nobody_keeps_the_owner_from_recovery_codes() {
    let stage = limited().await;
    let ada = enrolled(&stage, ADA).await;
    for network in 0..12 {
        let compared = guess_at(&stage, "/sign-in/recovery-code", &format!("198.51.{network}.7"), 200).await;
        assert!((18..=25).contains(&compared), "{compared}");
    }
    let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(401);
    let step = json!({ "sign_in": login.field("sign_in"), "code": ada.recovery_codes[0] });
    from(&stage, "192.0.2.1", "/sign-in/recovery-code", step).await.is(200);
}

/// What strangers did to an account is not held against the next one with its id.
#[tokio::test]
async fn h1_tries_at_an_earlier_account_count_at_no_other() {
    let stage = limited().await;
    enrolled(&stage, ADA).await;
    for network in 0..8 {
        guess(&stage, &format!("198.51.{network}.7"), 200).await;
    }
    stage.place.run("DELETE FROM readers").await;
    stage.place.run("DELETE FROM sqlite_sequence").await;
    let bob = enrolled(&stage, ADA).await;
    stage.after(61);
    let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(401);
    let step = json!({ "sign_in": login.field("sign_in"), "code": code(&stage, &bob.secret) });
    from(&stage, "192.0.2.1", "/sign-in/totp", step).await.is(200);
}

#[tokio::test]
async fn b10_an_unreadable_row_keeps_nobody_from_a_reset() {
    let stage = limited().await;
    enrolled(&stage, ADA).await;
    stage.place.run("UPDATE readers SET verified_at = 'never'").await;
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    stage.place.run("UPDATE readers SET verified_at = 1").await;
    from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(200);
}

#[tokio::test]
async fn an_operator_lifts_the_limit_of_the_app() {
    let stage = limited().await;
    enrolled(&stage, ADA).await;
    for network in 0..8 {
        guess(&stage, &format!("198.51.{network}.7"), 200).await;
    }
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(200);
    let access = login.access_token();
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    stage.post_as(&access, "/factors/totp/confirm", json!({ "code": code(&stage, &secret) })).await.is(200);
    stage.after(30);
    let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(401);
    let step = json!({ "sign_in": login.field("sign_in"), "code": code(&stage, &secret) });
    from(&stage, "192.0.2.1", "/sign-in/totp", step).await.is(200);
}

/// Whatever lifts a limit does so for every process.
#[tokio::test]
async fn totp_14_a_limit_lifted_elsewhere_is_lifted_here() {
    for lift in ["unlock", "reset_factors"] {
        let stage = limited().await;
        let ada = enrolled(&stage, ADA).await;
        for network in 0..6 {
            guess(&stage, &format!("198.51.{network}.7"), 200).await;
        }
        let answered = async |secret: &str| {
            let login = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await;
            let step = json!({ "sign_in": login.is(401).field("sign_in"), "code": code(&stage, secret) });
            from(&stage, "192.0.2.1", "/sign-in/totp", step).await
        };
        answered(&ada.secret).await.is(429);
        let elsewhere = elsewhere(&stage).await;
        let secret = if lift == "unlock" {
            elsewhere.accounts().unlock(&1).await.unwrap();
            ada.secret
        } else {
            elsewhere.accounts().reset_factors(&1).await.unwrap();
            stage.after(61);
            let again = from(&stage, "192.0.2.1", "/login", json!({ "email": ADA, "password": PASSWORD })).await;
            enrol(&stage, &again.is(200).access_token()).await.0
        };
        stage.after(61);
        answered(&secret).await.is(200);
    }
}

/// Somebody who has stolen the password signs in again and again.
#[tokio::test]
async fn sign_09_few_networks_push_out_no_waiting_sign_in() {
    // Without limits, which would stop it before.
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let login = async |ip: &str| {
        let login = from(&stage, ip, "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(401);
        stage.after(1);
        login.field("sign_in")
    };
    let handle = login("192.0.2.1").await;
    let pushed_out = login("198.51.0.7").await;
    for round in 0..220 {
        login(&format!("198.51.{}.7", round % 10)).await;
    }
    let step = |handle: &str| json!({ "sign_in": handle, "code": code(&stage, &ada.secret) });
    assert_eq!(by_totp(&stage, &pushed_out, "123456").await.is(401).code(), "sign_in_expired");
    from(&stage, "192.0.2.1", "/sign-in/totp", step(&handle)).await.is(200);
}
