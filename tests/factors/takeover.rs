//! Somebody has had an account for a while. Once its owner has it back, nothing that they have added leads into it; and
//! whoever reads the mail of an administrator takes no factor away.

use auth::mail::LetterKind;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::{Faults, SoftwareAuthenticator};
use auth::{AddressChangePolicy, Auth};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::failing_call::healed;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database, Place as _};
use axum::Router;
use serde_json::{Value, json};

use super::passkeys::{device, with_passkeys};
use super::{ADA, NEW, enrol, signed_up};

const THEIRS: &str = "thief@example.net";
const MOST_CALLS: usize = 80;

async fn post(router: &Router, path: &str, body: Value) -> Answer {
    Call::post(path).json(&body).send(router).await
}

async fn post_as(router: &Router, access: &str, path: &str, body: Value) -> Answer {
    Call::post(path).bearer(access).json(&body).send(router).await
}

/// Adds a passkey, as far as that is possible.
async fn add(router: &Router, access: &str, device: &mut SoftwareAuthenticator) -> Answer {
    let options = post_as(router, access, "/factors/passkeys/options", json!({})).await;
    if options.status != 200 {
        return options;
    }
    let body = json!({ "credential": device.create(&options.json()), "name": "Phone" });
    post_as(router, access, "/factors/passkeys", body).await
}

async fn sign_in(router: &Router, device: &mut SoftwareAuthenticator) -> Answer {
    let options = post(router, "/sign-in/passkey/options", json!({})).await.is(200).json();
    post(router, "/sign-in/passkey", json!({ "credential": device.get(&options) })).await
}

async fn with_undo() -> Stage<Reader, Database> {
    let policy = AddressChangePolicy::NewAndUndo;
    Stage::with(Database::with(TABLES[0]).await, |builder| with_passkeys(builder).address_changes(policy)).await
}

/// Moves the account of this session.
async fn move_to_theirs(stage: &Stage<Reader, Database>, access: &str) {
    let asked = stage.post_as(access, "/email/change", json!({ "new_email": THEIRS })).await.is(202);
    stage.deliver().await;
    let token = stage.mailbox.last_to(THEIRS).token();
    let confirm = json!({ "token": token, "sign_in": asked.field("sign_in") });
    stage.post("/email/change/confirm", confirm).await.is(204);
    stage.deliver().await;
}

async fn take_back(stage: &Stage<Reader, Database>) {
    let token = stage.mailbox.last(LetterKind::AddressChanged, ADA).token();
    stage.post("/email/change/undo", json!({ "token": token })).await.is(204);
}

/// Whoever has stolen a session adds a passkey and moves the account. The owner takes the address back.
#[tokio::test]
async fn an_account_taken_back_has_no_thiefs_passkey() {
    for passkey_first in [true, false] {
        let (stage, mut thief) = (with_undo().await, device());
        let (access, refresh) = signed_up(&stage, ADA).await;
        if passkey_first {
            add(&stage.router, &access, &mut thief).await.is(201);
            stage.after(60);
        }
        move_to_theirs(&stage, &access).await;
        if !passkey_first {
            let access = stage.refresh(&refresh).await.is(200).access_token();
            add(&stage.router, &access, &mut thief).await.is(201);
        }
        sign_in(&stage.router, &mut thief).await.is(200);
        take_back(&stage).await;
        let refused = sign_in(&stage.router, &mut thief).await.is(401);
        assert_eq!(refused.code(), "unknown_passkey", "passkey first: {passkey_first}");
    }
}

/// A mailbox takes no factor from an account that has a second one, and what was added since the change goes all the same.
#[tokio::test]
async fn rc_08_taking_back_leaves_the_passkeys_of_before() {
    let (stage, mut own, mut thief) = (with_undo().await, device(), device().synced());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage.router, &access, &mut own).await.is(201);
    enrol(&stage, &access).await;
    stage.after(600);
    // A session with both factors, of which somebody else has got hold.
    let stolen = sign_in(&stage.router, &mut own).await.is(200);
    let mut before = device();
    add(&stage.router, &stolen.access_token(), &mut before).await.is(201);
    move_to_theirs(&stage, &stolen.access_token()).await;
    let access = stage.refresh(&stolen.refresh_token()).await.is(200).access_token();
    add(&stage.router, &access, &mut thief).await.is(201);
    take_back(&stage).await;
    sign_in(&stage.router, &mut thief).await.is(401);
    sign_in(&stage.router, &mut before).await.is(401);
    sign_in(&stage.router, &mut own).await.is(200);
}

/// An administrator with a passkey, whose address nobody has confirmed: an operator has set it.
async fn administrator() -> (Stage<Clerk, Database>, SoftwareAuthenticator) {
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, with_passkeys).await;
    let mut device = device();
    let tokens = stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let access = stage.refresh(&tokens.refresh_token()).await.is(200).access_token();
    add(&stage.router, &access, &mut device).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    stage.auth.accounts().set_verified(&1, false).await.unwrap();
    (stage, device)
}

/// Otherwise whoever reads it would set a password, and add an app of their own.
#[tokio::test]
async fn rc_08_a_mailbox_ends_no_passkey_of_an_administrator() {
    for by_reset in [true, false] {
        let (stage, mut device) = administrator().await;
        if by_reset {
            let handle = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let code = stage.mailbox.last(LetterKind::ResetPassword, ADA).code();
            let body = json!({ "sign_in": handle, "code": code, "new_password": NEW });
            stage.post("/password/reset", body).await.is(204);
        } else {
            let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
            stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(401);
        }
        let password = if by_reset { NEW } else { PASSWORD };
        let waiting = stage.post("/login", json!({ "email": ADA, "password": password })).await.is(401);
        assert_eq!((waiting.code(), waiting.json()["needs"].clone()), ("factor_required".to_owned(), json!("factor")));
        sign_in(&stage.router, &mut device).await.is(200);
    }
}

async fn staged(faults: &Faults, at_once: bool) -> Stage<Reader, Database> {
    let db = Database::with(TABLES[0]).await;
    let builder = if at_once {
        Auth::<Reader>::builder(faults.wrap(SqlBackend::new(db.pool.clone())))
    } else {
        Auth::<Reader>::builder(faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone())))
    };
    Stage::over(db, builder, with_passkeys).await
}

/// A thief who adds a passkey, or signs in with one and adds another, at any moment of the reset.
#[tokio::test]
async fn reset_factors_leaves_no_passkey_that_is_added_meanwhile() {
    for (at_once, by_passkey) in [(true, false), (false, false), (true, true), (false, true)] {
        for n in 0..MOST_CALLS {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            let (access, _) = signed_up(&stage, ADA).await;
            let mut first = device();
            if by_passkey {
                add(&stage.router, &access, &mut first).await.is(201);
            }
            let (router, found) = (stage.router.clone(), std::sync::Arc::<std::sync::Mutex<Vec<_>>>::default());
            let kept = std::sync::Arc::clone(&found);
            let meanwhile = async move {
                let mut access = access;
                if by_passkey {
                    let answer = sign_in(&router, &mut first).await;
                    if answer.status != 200 {
                        return;
                    }
                    access = answer.access_token();
                }
                let mut second = device().synced();
                let added = add(&router, &access, &mut second).await;
                kept.lock().unwrap().push((added.status.as_u16(), access, second));
            };
            faults.nth("*", n).before(meanwhile);
            stage.auth.accounts().reset_factors(&1).await.unwrap();
            if !healed(&faults) {
                assert!(n > 2, "the reset calls nothing");
                break;
            }
            let found = std::mem::take(&mut *found.lock().unwrap());
            for (status, access, mut second) in found {
                if status == 201 {
                    assert_eq!(sign_in(&stage.router, &mut second).await.status, 401, "a passkey stays, at {n}");
                }
                assert_eq!(stage.me(&access).await.status, 401, "a session goes on, at {n}");
            }
            assert!(n < MOST_CALLS - 1, "more calls than expected");
        }
    }
}

/// The store fails right after the passkey was stored, so that it cannot be removed again either.
#[tokio::test]
async fn step_06_a_passkey_that_stays_is_told() {
    for n in 0..MOST_CALLS {
        let faults = Faults::new();
        let stage = staged(&faults, true).await;
        let (access, _) = signed_up(&stage, ADA).await;
        let mut device = device();
        let options = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let body = json!({ "credential": device.create(&options), "name": "Phone" });
        faults.nth("*", n).fail();
        faults.nth("*", n + 1).fail();
        let answer = stage.post_as(&access, "/factors/passkeys", body).await;
        healed(&faults);
        let mut told = false;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
            stage.deliver().await;
            told = stage.mailbox.all().iter().any(|mail| mail.kind == LetterKind::PasskeyAdded);
            if told {
                break;
            }
        }
        let stays = sign_in(&stage.router, &mut device).await.status == 200;
        // A mail that cannot be stored is logged, and its passkey is known to whoever has added it.
        assert!(told || !stays || answer.status == 201, "nobody is told of a passkey, at {n}");
        if answer.status == 201 && told {
            return;
        }
    }
    panic!("more calls than expected");
}

#[tokio::test]
async fn step_06_an_enrolled_passkey_that_stays_is_told() {
    for n in 0..MOST_CALLS {
        let faults = Faults::new();
        let place = Database::with(CLERKS[0]).await;
        let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(place.pool())));
        let stage = Stage::<Clerk, _>::over(place, builder, with_passkeys).await;
        stage.sign_up(ADA).await.is(201);
        stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
        let asked = stage.login(ADA).await.is(401).field("sign_in");
        stage.deliver().await;
        let mailed = json!({ "sign_in": asked, "code": stage.mailbox.last(LetterKind::SignIn, ADA).code() });
        let handle = stage.post("/sign-in/mail/code", mailed).await.is(401).field("sign_in");
        let options = stage.post("/sign-in/enrol/passkey/options", json!({ "sign_in": handle })).await.is(200).json();
        let mut device = device();
        let body = json!({ "sign_in": handle, "credential": device.create(&options), "name": "Phone" });
        faults.nth("*", n).fail();
        faults.nth("*", n + 1).fail();
        let answer = stage.post("/sign-in/enrol/passkey", body).await;
        healed(&faults);
        let mut told = false;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
            stage.deliver().await;
            told = stage.mailbox.all().iter().any(|mail| mail.kind == LetterKind::PasskeyAdded);
            if told {
                break;
            }
        }
        let stays = sign_in(&stage.router, &mut device).await.status == 200;
        assert!(told || !stays || answer.status == 200, "nobody is told of a passkey, at {n}");
        if answer.status == 200 && told {
            return;
        }
    }
    panic!("more calls than expected");
}
