//! The last factor of whoever must have one stays, and so does the last way in.

use auth::clock::Clock as _;
use auth::mail::LetterKind;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::{Faults, SoftwareAuthenticator};
use auth::{Auth, AuthBuilder, AuthUser, Limits, PasskeySettings};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database, Place as _};
use serde_json::json;

use super::ADA;
use super::passkeys::{device, with_passkeys};

const MOST_CALLS: usize = 80;

fn without_mail<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    builder.totp("Shop").passkeys(PasskeySettings::new("Shop").origin("https://app.example"))
}

/// Adds a passkey, and returns its path.
async fn add<U: AuthUser>(stage: &Stage<U, Database>, access: &str, device: &mut SoftwareAuthenticator) -> String {
    let options = stage.post_as(access, "/factors/passkeys/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.create(&options), "name": "Phone" });
    format!("/factors/passkeys/{}", stage.post_as(access, "/factors/passkeys", body).await.is(201).field("id"))
}

async fn sign_in<U: AuthUser>(stage: &Stage<U, Database>, device: &mut SoftwareAuthenticator) -> Answer {
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    stage.post("/sign-in/passkey", json!({ "credential": device.get(&options) })).await
}

async fn needs(stage: &Stage<Clerk, Database>) -> String {
    stage.login(ADA).await.is(401).field("needs")
}

/// An administrator with an app and a passkey, and a session that has shown the app.
async fn with_both(faults: &Faults, at_once: bool) -> (Stage<Clerk, Database>, String, String) {
    let db = Database::with(CLERKS[0]).await;
    let builder = if at_once {
        Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(db.pool.clone())))
    } else {
        Auth::<Clerk>::builder(faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone())))
    };
    let stage = Stage::over_without_mail(db, builder, without_mail).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let handle = stage.login(ADA).await.is(401).field("sign_in");
    let secret = stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200).field("secret");
    let code = auth::testing::totp_code(&secret, stage.clock.now());
    let confirm = json!({ "sign_in": handle, "code": code });
    let access = stage.post("/sign-in/enrol/totp/confirm", confirm).await.is(200).access_token();
    let path = add(&stage, &access, &mut device()).await;
    (stage, access, path)
}

/// Each is the other's reason to go.
#[tokio::test]
async fn sign_02_app_and_passkey_never_go_together() {
    for (at_once, app_first) in [(true, true), (true, false), (false, true), (false, false)] {
        for n in 0..MOST_CALLS {
            let faults = Faults::new();
            let (stage, access, passkey) = with_both(&faults, at_once).await;
            let paths = ["/factors/totp".to_owned(), passkey];
            let (one, other) = if app_first { (&paths[0], &paths[1]) } else { (&paths[1], &paths[0]) };
            let (router, call) = (stage.router.clone(), Call::delete(other).bearer(&access));
            faults.nth("*", n).before(async move { drop(call.send(&router).await) });
            stage.send(Call::delete(one).bearer(&access)).await;
            let reached = faults.is_done();
            faults.clear();
            if !reached {
                break;
            }
            assert_eq!(needs(&stage).await, "factor", "at {n}, app first: {app_first}");
            assert!(n < MOST_CALLS - 1, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn sign_02_of_two_passkeys_at_once_one_stays() {
    for n in 0..MOST_CALLS {
        let faults = Faults::new();
        let (stage, access, one) = with_both(&faults, true).await;
        let other = add(&stage, &access, &mut device()).await;
        stage.send(Call::delete("/factors/totp").bearer(&access)).await.is(204);
        let (router, call) = (stage.router.clone(), Call::delete(&other).bearer(&access));
        faults.nth("*", n).before(async move { drop(call.send(&router).await) });
        stage.send(Call::delete(&one).bearer(&access)).await;
        let reached = faults.is_done();
        faults.clear();
        if !reached {
            return;
        }
        assert_eq!(needs(&stage).await, "factor", "at {n}");
    }
    panic!("more calls than expected");
}

/// Whoever is refused has changed nothing.
#[tokio::test]
async fn a_refused_removal_ends_no_session() {
    let stage = Stage::<Clerk, _>::without_mail(Database::with(CLERKS[0]).await, without_mail).await;
    let (access, mut device) = (stage.sign_up(ADA).await.is(201).access_token(), device());
    let path = add(&stage, &access, &mut device).await;
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let (one, other) = (sign_in(&stage, &mut device).await.is(200), sign_in(&stage, &mut device).await.is(200));
    let answer = stage.send(Call::delete(&path).bearer(&one.access_token())).await;
    assert_eq!(answer.is(409).code(), "last_factor");
    stage.me(&other.access_token()).await.is(200);
    stage.refresh(&other.refresh_token()).await.is(200);
}

/// A hash to which nothing leads is no way in, however it is written.
#[tokio::test]
async fn pk_12_a_locked_password_is_no_way_in() {
    for locked in ["!", "!$argon2id$v=19$m=8", "*", ""] {
        let stage = Stage::<Reader, _>::without_mail(Database::with(TABLES[0]).await, without_mail).await;
        let access = stage.sign_up(ADA).await.is(201).access_token();
        let mut device = device();
        let path = add(&stage, &access, &mut device).await;
        stage.place.sql(&format!("UPDATE readers SET password_hash = '{locked}'")).await.unwrap();
        let answer = stage.send(Call::delete(&path).bearer(&access)).await;
        assert_eq!(answer.is(409).code(), "last_factor", "{locked}");
        sign_in(&stage, &mut device).await.is(200);
    }
}

/// Of passkeys that are switched off nobody can sign in with one.
#[tokio::test]
async fn sign_02_passkeys_that_are_off_replace_no_app() {
    let (stage, access, _) = with_both(&Faults::new(), true).await;
    let off = Stage::<Clerk, _>::without_mail(stage.place.clone(), |builder| builder.totp("Shop")).await;
    assert_eq!(off.send(Call::delete("/factors/totp").bearer(&access)).await.is(409).code(), "last_factor");
}

/// The handle was for an account without a factor.
#[tokio::test]
async fn sign_12_an_enrolment_ends_with_the_first_passkey() {
    for begun in [false, true] {
        let stage = Stage::<Clerk, _>::without_mail(Database::with(CLERKS[0]).await, without_mail).await;
        stage.sign_up(ADA).await.is(201);
        stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
        // Somebody who has stolen the password.
        let handle = stage.login(ADA).await.is(401).field("sign_in");
        let enrol = async || stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await;
        let secret = if begun { Some(enrol().await.is(200).field("secret")) } else { None };
        // Its owner adds a passkey, and becomes an administrator again.
        stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
        let access = stage.login(ADA).await.is(200).access_token();
        add(&stage, &access, &mut device()).await;
        stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
        if let Some(secret) = secret {
            let code = auth::testing::totp_code(&secret, stage.clock.now());
            let confirm = json!({ "sign_in": handle, "code": code });
            let refused = stage.post("/sign-in/enrol/totp/confirm", confirm).await;
            assert_eq!(refused.is(401).code(), "sign_in_expired");
        } else {
            assert_eq!(enrol().await.is(401).code(), "sign_in_expired");
        }
        assert_eq!(needs(&stage).await, "factor");
        stage.send(Call::get("/factors").bearer(&access)).await.is(401);
    }
}

/// A network is known for its passwords: otherwise nobody would be told of the first one.
#[tokio::test]
async fn sign_13_a_passkey_makes_no_network_known() {
    let setup = |builder: AuthBuilder<Reader>| with_passkeys(builder).limits(Limits::default());
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, setup).await;
    let (access, _) = super::signed_up(&stage, ADA).await;
    let mut device = device();
    add(&stage, &access, &mut device).await;
    let elsewhere = |path: &str| Call::post(path).coming_from("198.51.100.7");
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    let shown = json!({ "credential": device.get(&options) });
    stage.send(elsewhere("/sign-in/passkey").json(&shown)).await.is(200);
    let login = json!({ "email": ADA, "password": PASSWORD });
    stage.send(elsewhere("/login").json(&login)).await.is(200);
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
        stage.deliver().await;
        if stage.mailbox.all().iter().any(|mail| mail.kind == LetterKind::NewSignIn) {
            return;
        }
    }
    panic!("nobody is told of a password from another network");
}
