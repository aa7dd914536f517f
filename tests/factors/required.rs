//! Who must have a second factor (`#[auth(mfa(…))]`): asked for at every door, added inside the sign-in.

use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{Clerk, Duty, Task};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Place, on_databases, payload};
use serde_json::json;

use super::{ADA, NEW, amr, with_factors};

on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    sign_12_a_factor_is_added_inside_the_sign_in
    sign_12_with_mail_the_mailbox_comes_before
    sign_12_the_handle_opens_nothing_else
    sign_12_another_sign_in_confirms_no_app
    sign_02_every_door_asks_whoever_must_have_one
    sign_02_a_raised_role_refreshes_no_weak_session
    sign_02_a_guard_asks_rows_changed_by_sql
    sign_02_a_reauthentication_adds_the_factor
    sign_02_the_last_factor_stays
    sign_05_what_changed_meanwhile_ends_the_enrolment
}

async fn stage<P: Place>(place: P) -> Stage<Clerk, P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::with(place, with_factors).await
}

async fn without_mail<P: Place>(place: P) -> Stage<Clerk, P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::without_mail(place, |builder| builder.totp("Shop")).await
}

/// An account that must have a second factor, and has none.
async fn admin<P: Place>(stage: &Stage<Clerk, P>) {
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
}

/// Asserts that a step is missing, and returns the handle.
fn needs(answer: &Answer, what: &str) -> String {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "factor_required"), "{}", answer.text());
    assert_eq!(answer.field("needs"), what);
    assert!(answer.header("www-authenticate").unwrap().contains("error=\"insufficient_user_authentication\""));
    answer.field("sign_in")
}

async fn enrol<P: Place>(stage: &Stage<Clerk, P>, handle: &str) -> String {
    stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200).field("secret")
}

async fn confirm<P: Place>(stage: &Stage<Clerk, P>, handle: &str, code: &str) -> Answer {
    stage.post("/sign-in/enrol/totp/confirm", json!({ "sign_in": handle, "code": code })).await
}

fn shown<P: Place>(stage: &Stage<Clerk, P>, secret: &str) -> String {
    use auth::clock::Clock as _;
    auth::testing::totp_code(secret, stage.clock.now())
}

/// Signs in to the account of [`admin`], with mail, and adds an app.
async fn enrolled<P: Place>(stage: &Stage<Clerk, P>) -> (Answer, String) {
    let handle = mailbox_shown(stage, &needs(&stage.login(ADA).await, "mailbox")).await;
    let secret = enrol(stage, &handle).await;
    let tokens = confirm(stage, &handle, &shown(stage, &secret)).await.is(200);
    stage.after(61);
    (tokens, secret)
}

/// Shows the mailbox, and returns the handle of the enrolment.
async fn mailbox_shown<P: Place>(stage: &Stage<Clerk, P>, handle: &str) -> String {
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    needs(&stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await, "enrolment")
}

async fn sign_12_a_factor_is_added_inside_the_sign_in<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = without_mail(place).await;
    admin(&stage).await;
    let answer = stage.login(ADA).await;
    assert_eq!(answer.json()["methods"], json!([{ "method": "totp_enrolment" }]));
    let handle = needs(&answer, "enrolment");
    let secret = enrol(&stage, &handle).await;
    // A page that is loaded again shows the same picture.
    assert_eq!(enrol(&stage, &handle).await, secret);
    let wrong = confirm(&stage, &handle, "000000").await.is(401);
    assert_eq!((wrong.code().as_str(), &wrong.json()["tries_left"]), ("invalid_code", &json!(4)));
    let tokens = confirm(&stage, &handle, &shown(&stage, &secret)).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
    let codes = tokens.json()["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    stage.me(&tokens.access_token()).await.is(200);
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
    // Used up, and so is the code.
    let again = confirm(&stage, &handle, &shown(&stage, &secret)).await.is(401);
    assert_eq!(again.code(), "sign_in_expired");
    let handle = needs(&stage.login(ADA).await, "factor");
    stage.post("/sign-in/totp", json!({ "sign_in": handle, "code": shown(&stage, &secret) })).await.is(401);
    stage.post("/sign-in/recovery-code", json!({ "sign_in": handle, "code": codes[0] })).await.is(200);
}

async fn sign_12_with_mail_the_mailbox_comes_before<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    admin(&stage).await;
    // Also before the address was ever confirmed.
    stage.auth.accounts().set_verified(&1, false).await.unwrap();
    let handle = needs(&stage.login(ADA).await, "mailbox");
    stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(401);
    let handle = mailbox_shown(&stage, &handle).await;
    let secret = enrol(&stage, &handle).await;
    let tokens = confirm(&stage, &handle, &shown(&stage, &secret)).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa", "email"]);
    stage.deliver().await;
    let _ = stage.mailbox.last(LetterKind::FactorAdded, ADA);
    // From now on the app is enough.
    stage.after(30);
    let handle = needs(&stage.login(ADA).await, "factor");
    let step = json!({ "sign_in": handle, "code": shown(&stage, &secret) });
    let tokens = stage.post("/sign-in/totp", step).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
}

async fn sign_12_the_handle_opens_nothing_else<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    admin(&stage).await;
    let handle = mailbox_shown(&stage, &needs(&stage.login(ADA).await, "mailbox")).await;
    let mailed = stage.mailbox.last(LetterKind::SignIn, ADA);
    for (path, body) in [
        ("/sign-in/totp", json!({ "sign_in": handle, "code": "000000" })),
        ("/sign-in/recovery-code", json!({ "sign_in": handle, "code": "0000-0000-0000-0000" })),
        ("/sign-in/mail/code", json!({ "sign_in": handle, "code": mailed.code() })),
        ("/sign-in/mail/link", json!({ "sign_in": handle, "token": mailed.token() })),
        ("/sign-in/mail/again", json!({ "sign_in": handle })),
        ("/refresh", json!({ "refresh_token": handle })),
        ("/password/reset", json!({ "sign_in": handle, "code": mailed.code(), "new_password": NEW })),
    ] {
        let refused = stage.post(path, body).await;
        assert!([400, 401].contains(&refused.status.as_u16()), "{path}: {}", refused.text());
    }
    for path in ["/me", "/factors"] {
        stage.send(Call::get(path).bearer(&handle)).await.is(401);
    }
    stage.post_as(&handle, "/factors/totp", json!({})).await.is(401);
    // Nor does the handle of another step open this.
    let other = needs(&stage.login(ADA).await, "mailbox");
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    for wrong in [&other, &asked, "", "AAAA"] {
        let refused = stage.post("/sign-in/enrol/totp", json!({ "sign_in": wrong })).await.is(401);
        assert_eq!(refused.code(), "sign_in_expired");
        confirm(&stage, wrong, "000000").await.is(401);
    }
    // It still works where it belongs, and five wrong codes end it.
    enrol(&stage, &handle).await;
    for left in (0..5).rev() {
        assert_eq!(confirm(&stage, &handle, "000000").await.is(401).json()["tries_left"], json!(left));
    }
    assert_eq!(confirm(&stage, &handle, "000000").await.is(401).code(), "sign_in_expired");
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1, "that of the sign-up");
}

async fn sign_12_another_sign_in_confirms_no_app<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = without_mail(place).await;
    admin(&stage).await;
    let theirs = needs(&stage.login(ADA).await, "enrolment");
    let planted = enrol(&stage, &theirs).await;
    let mine = needs(&stage.login(ADA).await, "enrolment");
    let secret = enrol(&stage, &mine).await;
    assert_ne!(planted, secret);
    for (handle, secret) in [(&mine, &planted), (&theirs, &planted), (&theirs, &secret)] {
        assert_eq!(confirm(&stage, handle, &shown(&stage, secret)).await.is(401).code(), "invalid_code");
    }
    confirm(&stage, &mine, &shown(&stage, &secret)).await.is(200);
    // The other one has nothing to add any more.
    let refused = stage.post("/sign-in/enrol/totp", json!({ "sign_in": theirs })).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "sign_in_expired"));
}

async fn sign_02_every_door_asks_whoever_must_have_one<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    admin(&stage).await;
    // By mail: a mailbox and an app are not two factors, so nothing is added.
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    let refused = stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": mail.code() })).await.is(401);
    assert_eq!((refused.code().as_str(), refused.field("acr_values").as_str()), ("step_up_required", "mfa"));
    stage.after(61);
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    let link = json!({ "sign_in": asked, "token": mail.token() });
    assert_eq!(stage.post("/sign-in/mail/link", link).await.is(401).code(), "step_up_required");
    // A reset signs nobody in, and the new password is asked for more.
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let reset = json!({ "token": stage.mailbox.last(LetterKind::ResetPassword, ADA).token(), "new_password": NEW });
    stage.post("/password/reset", reset).await.is(204);
    needs(&stage.post("/login", json!({ "email": ADA, "password": NEW })).await, "mailbox");
    stage.auth.accounts().set_password(&1, PASSWORD).await.unwrap();
    stage.after(61);
    // With the app.
    let (_, secret) = enrolled(&stage).await;
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    let refused = stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": mail.code() })).await.is(401);
    assert_eq!(refused.code(), "step_up_required", "no code is asked for in vain");
    let handle = needs(&stage.login(ADA).await, "factor");
    by_totp_of(&stage, &handle, &shown(&stage, &secret)).await.is(200);
    // Whoever need not have one signs in as before.
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
    assert_eq!(amr(&stage.login(ADA).await.is(200).access_token()), ["pwd"]);
    // A permission of their own asks, too.
    stage.auth.accounts().set_permissions(&1, [Task::Pay].into_iter().collect()).await.unwrap();
    stage.after(61);
    needs(&stage.login(ADA).await, "mailbox");
}

async fn by_totp_of<P: Place>(stage: &Stage<Clerk, P>, handle: &str, code: &str) -> Answer {
    stage.post("/sign-in/totp", json!({ "sign_in": handle, "code": code })).await
}

async fn sign_02_a_raised_role_refreshes_no_weak_session<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    let tokens = stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    stage.me(&tokens.access_token()).await.is(401);
    for _ in 0..3 {
        // It would be theft if it had been spent.
        stage.after(20);
        let refused = stage.refresh(&tokens.refresh_token()).await.is(401);
        assert_eq!((refused.code().as_str(), refused.field("acr_values").as_str()), ("step_up_required", "mfa"));
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("insufficient_user_authentication") && challenge.contains("acr_values=\"mfa\""));
    }
    // The token was not spent: with the former role, it goes on.
    stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    stage.auth.accounts().set_permissions(&1, [Task::Pay].into_iter().collect()).await.unwrap();
    assert_eq!(stage.refresh(&tokens.refresh_token()).await.is(401).code(), "step_up_required");
    // And with a factor the sign-in works.
    enrolled(&stage).await;
}

async fn sign_02_a_guard_asks_rows_changed_by_sql<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    let tokens = stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    stage.place.sql("UPDATE clerks SET duty = 'admin'").await.unwrap();
    let refused = stage.me(&tokens.access_token()).await.is(401);
    assert_eq!((refused.code().as_str(), refused.field("acr_values").as_str()), ("step_up_required", "mfa"));
    assert_eq!(stage.refresh(&tokens.refresh_token()).await.is(401).code(), "step_up_required");
    // What they need for it, and to leave, is open.
    let shown = stage.send(Call::get("/factors").bearer(&tokens.access_token())).await.is(200).json();
    assert_eq!(shown["totp"], json!(false));
    needs(&stage.post_as(&tokens.access_token(), "/reauthenticate", json!({ "password": PASSWORD })).await, "mailbox");
    stage.post_as(&tokens.access_token(), "/logout-all", json!({})).await.is(204);
}

async fn sign_02_a_reauthentication_adds_the_factor<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    let tokens = stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let other = stage.login(ADA).await.is(200);
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    stage.place.sql("UPDATE clerks SET duty = 'admin'").await.unwrap();
    let reauthenticate = json!({ "password": PASSWORD });
    let handle = needs(&stage.post_as(&tokens.access_token(), "/reauthenticate", reauthenticate).await, "mailbox");
    let handle = mailbox_shown(&stage, &handle).await;
    let secret = enrol(&stage, &handle).await;
    let fresh = confirm(&stage, &handle, &shown(&stage, &secret)).await.is(200);
    assert!(fresh.json().get("refresh_token").is_none(), "no session began");
    assert_eq!(fresh.json()["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(payload(&fresh.access_token())["sid"], payload(&tokens.access_token())["sid"]);
    stage.me(&fresh.access_token()).await.is(200);
    // This session goes on, and the other one has ended.
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    assert!(amr(&tokens.access_token()).contains(&"mfa".to_owned()));
    assert_eq!(stage.refresh(&other.refresh_token()).await.is(401).code(), "invalid_refresh_token");
}

async fn sign_02_the_last_factor_stays<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage(place).await;
    admin(&stage).await;
    let (tokens, _) = enrolled(&stage).await;
    let remove = async |access: &str| stage.send(Call::delete("/factors/totp").bearer(access)).await;
    assert_eq!(remove(&tokens.access_token()).await.is(409).code(), "last_factor");
    stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    remove(&tokens.access_token()).await.is(204);
}

async fn sign_05_what_changed_meanwhile_ends_the_enrolment<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = without_mail(place).await;
    admin(&stage).await;
    for change in ["set_password", "end_sessions", "disable"] {
        let handle = needs(&stage.login(ADA).await, "enrolment");
        let secret = enrol(&stage, &handle).await;
        let accounts = stage.auth.accounts();
        match change {
            "set_password" => accounts.set_password(&1, PASSWORD).await.unwrap(),
            "end_sessions" => accounts.end_sessions(&1).await.unwrap(),
            _ => accounts.disable(&1).await.unwrap(),
        }
        let refused = confirm(&stage, &handle, &shown(&stage, &secret)).await;
        assert!([401, 403].contains(&refused.status.as_u16()), "{change}: {}", refused.text());
        accounts.enable(&1).await.unwrap();
        // No factor was added.
        needs(&stage.login(ADA).await, "enrolment");
    }
}
