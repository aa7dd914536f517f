//! Another address for an account.

use auth::AddressChangePolicy;
use auth::event::EventKind;
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::TestMail;
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Database, Place, on_databases};
use serde_json::json;

use crate::{ADA, EVE, NEW};

const OTHER: &str = "ada@new.example";

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    reg_09_both_addresses_confirm_a_change
    reg_10_a_later_request_replaces_the_earlier
    the_former_address_takes_a_change_back
    a_taken_address_is_refused_when_all_is_confirmed
}

/// Signs up, confirms the address, and returns access and refresh token.
async fn confirmed<P: Place>(stage: &Stage<Reader, P>, email: &str) -> (String, String)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let tokens = stage.sign_up(email).await.is(201);
    stage.deliver().await;
    let body = json!({ "token": stage.mailbox.last_to(email).token() });
    stage.post_as(&tokens.access_token(), "/email/verify", body).await.is(204);
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    (tokens.access_token(), tokens.refresh_token())
}

/// Asks for another address, sends what that mails, and returns the handle.
async fn asked<P: Place>(stage: &Stage<Reader, P>, token: &str, new: &str) -> String {
    let answer = stage.post_as(token, "/email/change", json!({ "new_email": new })).await.is(202);
    assert_eq!(answer.json()["expires_in"], json!(7200));
    stage.deliver().await;
    answer.field("sign_in")
}

/// Confirms in the browser that asked.
async fn confirm<P: Place>(stage: &Stage<Reader, P>, handle: &str, mail: &TestMail) -> Answer {
    stage.post("/email/change/confirm", json!({ "token": mail.token(), "sign_in": handle })).await
}

async fn reg_09_both_addresses_confirm_a_change<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    for (email, new_first) in [(ADA, true), (EVE, false)] {
        let other = format!("new.{email}");
        let (access, refresh) = confirmed(&stage, email).await;
        stage.post("/password/forgot", json!({ "email": email })).await.is(202);
        stage.deliver().await;
        let reset = stage.mailbox.last_to(email).token();
        let handle = asked(&stage, &access, &format!(" {} ", other.to_uppercase())).await;
        let (old, new) = (stage.mailbox.last_to(email), stage.mailbox.last_to(&other));
        assert_eq!((old.kind, new.kind), (LetterKind::ConfirmAddressChange, LetterKind::ConfirmNewAddress));
        assert!(old.text.contains(&other) && !new.text.contains(email), "{}", new.text);
        let (first, second, waits) = if new_first { (&new, &old, "old") } else { (&old, &new, "new") };
        // Whoever only follows the link confirms nothing for somebody else's account.
        for sign_in in [json!(null), json!(reset), json!("x")] {
            let body = json!({ "token": new.token(), "sign_in": sign_in });
            assert_eq!(stage.post("/email/change/confirm", body).await.is(401).code(), "other_browser");
        }
        for _ in 0..2 {
            assert_eq!(confirm(&stage, &handle, first).await.is(200).json(), json!({ "waiting_for": waits }));
        }
        // Nothing has changed so far.
        stage.login(email, PASSWORD).await.is(200);
        stage.login(&other, PASSWORD).await.is(401);
        assert!(confirm(&stage, &handle, second).await.is(204).body.is_empty());
        assert_eq!(confirm(&stage, &handle, second).await.is(400).code(), "invalid_link");
        // The session goes on; its tokens are out of date, and so is what was mailed to the former address.
        stage.me(&access).await.is(401);
        let fresh = stage.refresh(&refresh).await.is(200).access_token();
        assert_eq!(stage.me(&fresh).await.is(200).json()["email"], json!(other));
        stage.login(email, PASSWORD).await.is(401);
        stage.login(&other, PASSWORD).await.is(200);
        let late = stage.post("/password/reset", json!({ "token": reset, "new_password": NEW })).await;
        assert_eq!(late.is(400).code(), "invalid_link");
        // It is confirmed, so another change can follow.
        asked(&stage, &fresh, "third@example.org").await;
    }
}

async fn reg_10_a_later_request_replaces_the_earlier<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let (access, _) = confirmed(&stage, ADA).await;
    let x = asked(&stage, &access, "x@example.org").await;
    let old = stage.mailbox.last_to(ADA);
    confirm(&stage, &x, &old).await.is(200);
    let y = asked(&stage, &access, "y@example.org").await;
    // What was confirmed for the one address counts nothing for the other.
    assert_eq!(confirm(&stage, &x, &stage.mailbox.last_to("x@example.org")).await.is(400).code(), "invalid_link");
    assert_eq!(confirm(&stage, &x, &old).await.is(400).code(), "invalid_link");
    assert_eq!(
        confirm(&stage, &y, &stage.mailbox.last_to("y@example.org")).await.is(200).json()["waiting_for"],
        json!("old")
    );
    confirm(&stage, &y, &stage.mailbox.last_to(ADA)).await.is(204);
    stage.login("y@example.org", PASSWORD).await.is(200);
}

async fn the_former_address_takes_a_change_back<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let policy = AddressChangePolicy::NewAndUndo;
    let stage = Stage::<Reader, P>::with(place, |builder| builder.address_changes(policy)).await;
    // Somebody has the session, moves the account twice, and sets a password.
    let (access, refresh) = confirmed(&stage, ADA).await;
    let handle = asked(&stage, &access, "b@example.org").await;
    assert_eq!(stage.mailbox.last_to(ADA).kind, LetterKind::VerifyAddress, "nothing has changed yet");
    confirm(&stage, &handle, &stage.mailbox.last_to("b@example.org")).await.is(204);
    stage.deliver().await;
    let undo = stage.mailbox.last_to(ADA);
    assert!(undo.link().starts_with("https://app.example/undo-address-change#t="), "{}", undo.link());
    let tokens = stage.refresh(&refresh).await.is(200);
    let handle = asked(&stage, &tokens.access_token(), "c@example.org").await;
    confirm(&stage, &handle, &stage.mailbox.last_to("c@example.org")).await.is(204);
    stage.deliver().await;
    let theirs = stage.mailbox.last(LetterKind::AddressChanged, "b@example.org");
    stage.auth.accounts().set_password(&1, NEW).await.unwrap();
    let session = stage.login("c@example.org", NEW).await.is(200);
    // Nobody else gets the address meanwhile.
    stage.sign_up(ADA).await.is(409);
    stage.sign_up("b@example.org").await.is(409);
    stage.after(71 * 60 * 60);
    stage.events();
    let back = async |mail: &TestMail| stage.post("/email/change/undo", json!({ "token": mail.token() })).await;
    back(&undo).await.is(204);
    assert!(stage.events().contains(&EventKind::AddressChangeUndone { user: "1".to_owned() }));
    let row = stage.auth.accounts().find(&1).await.unwrap().unwrap();
    assert_eq!((&*row.email, row.verified_at.is_some()), (ADA, true));
    // The session has ended, and so has the password, which may be the thief's.
    stage.me(&session.access_token()).await.is(401);
    stage.refresh(&session.refresh_token()).await.is(401);
    for password in [PASSWORD, NEW] {
        stage.login(ADA, password).await.is(401);
    }
    for used in [&theirs, &undo] {
        assert_eq!(back(used).await.is(400).code(), "invalid_link");
    }
    // Nobody can take this one back any more.
    stage.sign_up("b@example.org").await.is(201);
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let reset = stage.mailbox.last(LetterKind::ResetPassword, ADA);
    stage.post("/password/reset", json!({ "token": reset.token(), "new_password": PASSWORD })).await.is(204);
    stage.login(ADA, PASSWORD).await.is(200);
}

/// Moves an account with undo, and returns the link to undo it.
async fn moved<P: Place>(stage: &Stage<Reader, P>, new: &str) -> TestMail
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let (access, _) = confirmed(stage, ADA).await;
    let handle = asked(stage, &access, new).await;
    confirm(stage, &handle, &stage.mailbox.last_to(new)).await.is(204);
    stage.deliver().await;
    stage.mailbox.last(LetterKind::AddressChanged, ADA)
}

#[tokio::test]
async fn an_address_the_operator_set_is_not_undone() {
    const EMAIL: auth::LoginField<Reader> = auth::LoginField::named("email");
    let place = Database::with(TABLES[0]).await;
    let stage =
        Stage::<Reader, _>::with(place, |builder| builder.address_changes(AddressChangePolicy::NewAndUndo)).await;
    let undo = moved(&stage, OTHER).await;
    stage.auth.accounts().set_login(&1, EMAIL, "repaired@example.org").await.unwrap();
    let refused = stage.post("/email/change/undo", json!({ "token": undo.token() })).await.is(400);
    assert_eq!(refused.code(), "invalid_link");
}

#[tokio::test]
async fn db_14_a_reused_id_inherits_no_mailed_token() {
    let tables: &'static str = Box::leak(TABLES[0].replace(" AUTOINCREMENT", "").into_boxed_str());
    let policy = AddressChangePolicy::NewAndUndo;
    for deleted_by_us in [true, false] {
        let place = Database::with(tables).await;
        let setup = |builder: auth::AuthBuilder<Reader>| builder.address_changes(policy).mail_sign_in(true);
        let stage = Stage::<Reader, _>::with(place, setup).await;
        let undo = moved(&stage, OTHER).await;
        let handle = stage.post("/sign-in/mail", json!({ "email": OTHER })).await.is(202).field("sign_in");
        stage.post("/password/forgot", json!({ "email": OTHER })).await.is(202);
        stage.deliver().await;
        let code = stage.mailbox.last(LetterKind::SignIn, OTHER).code();
        let reset = stage.mailbox.last(LetterKind::ResetPassword, OTHER).token();
        if deleted_by_us {
            stage.auth.accounts().delete(&1).await.unwrap();
        } else {
            stage.place.sql("DELETE FROM readers").await.unwrap();
        }
        stage.sign_up(OTHER).await.is(201);
        assert_eq!(stage.auth.accounts().find(&1).await.unwrap().unwrap().email, OTHER, "the id is used again");
        stage.post("/email/change/undo", json!({ "token": undo.token() })).await.is(400);
        stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(401);
        stage.post("/password/reset", json!({ "token": reset, "new_password": NEW })).await.is(400);
        stage.login(OTHER, PASSWORD).await.is(200);
    }
}

async fn a_taken_address_is_refused_when_all_is_confirmed<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let (access, _) = confirmed(&stage, ADA).await;
    // The same answer whether somebody has it or not.
    stage.sign_up(OTHER).await.is(201);
    stage.deliver().await;
    let handle = asked(&stage, &access, OTHER).await;
    confirm(&stage, &handle, &stage.mailbox.last_to(ADA)).await.is(200);
    let taken = confirm(&stage, &handle, &stage.mailbox.last_to(OTHER)).await.is(409);
    assert_eq!(taken.code(), "taken");
    stage.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn reg_09_a_change_takes_a_recent_login() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    let (_, refresh) = confirmed(&stage, ADA).await;
    stage.after(301);
    let access = stage.refresh(&refresh).await.is(200).access_token();
    let refused = stage.post_as(&access, "/email/change", json!({ "new_email": OTHER })).await.is(401);
    assert_eq!(refused.code(), "step_up_required");
    stage.post("/email/change", json!({ "new_email": OTHER })).await.is(401);
}

#[tokio::test]
async fn an_address_that_was_never_confirmed_is_not_changed() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    let access = stage.sign_up(ADA).await.is(201).access_token();
    let refused = stage.post_as(&access, "/email/change", json!({ "new_email": OTHER })).await.is(403);
    assert_eq!(refused.code(), "address_not_verified");
}

#[tokio::test]
async fn mail_05_a_new_address_is_one_mailbox() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    let (access, _) = confirmed(&stage, ADA).await;
    stage.deliver().await;
    let long = format!("{}@example.org", "a".repeat(255));
    for bad in ["", "x", "a@b,c@d", "\"a@b\"@c.org", "Eve <eve@example.org>", "eve@example.org\nBcc: x@y.z", &long, ADA]
    {
        let refused = stage.post_as(&access, "/email/change", json!({ "new_email": bad })).await.is(422);
        assert_eq!(refused.broken()[0].0, "new_email", "{bad:?}");
    }
    assert_eq!(stage.deliver().await, 0);
    asked(&stage, &access, "Ada@Bücher.example").await;
    assert!(stage.mailbox.has_mail_to("ada@xn--bcher-kva.example"));
}

#[tokio::test]
async fn a_change_asked_for_before_a_reset_is_void() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    let (access, _) = confirmed(&stage, ADA).await;
    let handle = asked(&stage, &access, OTHER).await;
    let new = stage.mailbox.last_to(OTHER);
    let old = stage.mailbox.last_to(ADA);
    confirm(&stage, &handle, &old).await.is(200);
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let reset = stage.mailbox.last(LetterKind::ResetPassword, ADA);
    stage.post("/password/reset", json!({ "token": reset.token(), "new_password": NEW })).await.is(204);
    for void in [&old, &new] {
        assert_eq!(confirm(&stage, &handle, void).await.is(400).code(), "invalid_link");
    }
    stage.login(ADA, NEW).await.is(200);
}

#[tokio::test]
async fn a_change_is_taken_back_for_72_hours() {
    let policy = AddressChangePolicy::NewAndUndo;
    let place = Database::with(TABLES[0]).await;
    let stage = Stage::<Reader, _>::with(place, |builder| builder.address_changes(policy)).await;
    let (access, _) = confirmed(&stage, ADA).await;
    let handle = asked(&stage, &access, OTHER).await;
    confirm(&stage, &handle, &stage.mailbox.last_to(OTHER)).await.is(204);
    stage.deliver().await;
    let undo = json!({ "token": stage.mailbox.last(LetterKind::AddressChanged, ADA).token() });
    stage.after(72 * 60 * 60 - 1);
    stage.sign_up(ADA).await.is(409);
    stage.after(1);
    assert_eq!(stage.post("/email/change/undo", undo).await.is(400).code(), "invalid_link");
    stage.sign_up(ADA).await.is(201);
}

#[tokio::test]
async fn an_account_that_is_gone_reserves_no_address() {
    let policy = AddressChangePolicy::NewAndUndo;
    for deleted_by_us in [true, false] {
        let place = Database::with(TABLES[0]).await;
        let stage = Stage::<Reader, _>::with(place, |builder| builder.address_changes(policy)).await;
        moved(&stage, OTHER).await;
        stage.sign_up(ADA).await.is(409);
        if deleted_by_us {
            stage.auth.accounts().delete(&1).await.unwrap();
        } else {
            stage.place.sql("DELETE FROM readers").await.unwrap();
        }
        stage.sign_up(ADA).await.is(201);
    }
}

#[tokio::test]
async fn an_id_that_is_given_again_reserves_no_address() {
    let policy = AddressChangePolicy::NewAndUndo;
    let ids_come_again = TABLES[0].replace(" AUTOINCREMENT", "").leak();
    let place = Database::with(ids_come_again).await;
    let stage = Stage::<Reader, _>::with(place, |builder| builder.address_changes(policy)).await;
    moved(&stage, OTHER).await;
    stage.place.sql("DELETE FROM readers").await.unwrap();
    stage.sign_up("eve@example.org").await.is(201);
    let id: i64 = sqlx::query_scalar("SELECT id FROM readers").fetch_one(&stage.place.pool).await.unwrap();
    assert_eq!(id, 1, "Eve has the id of an account that may not take its address back");
    stage.sign_up(ADA).await.is(201);
}

#[tokio::test]
async fn a_refused_change_leaves_nothing_to_undo() {
    let policy = AddressChangePolicy::NewAndUndo;
    let place = Database::with(TABLES[0]).await;
    let stage = Stage::<Reader, _>::with(place, |builder| builder.address_changes(policy)).await;
    let (access, _) = confirmed(&stage, ADA).await;
    let handle = asked(&stage, &access, OTHER).await;
    let link = stage.mailbox.last(LetterKind::ConfirmNewAddress, OTHER);
    stage.sign_up(OTHER).await.is(201);
    assert_eq!(confirm(&stage, &handle, &link).await.is(409).code(), "taken");
    // The account moves elsewhere, in another way, before the mail is sent.
    let field = auth::LoginField::<Reader>::named("email");
    stage.auth.accounts().set_login(&1, field, "third@example.org").await.unwrap();
    stage.deliver().await;
    assert!(stage.mailbox.all().iter().all(|mail| mail.kind != LetterKind::AddressChanged));
}
