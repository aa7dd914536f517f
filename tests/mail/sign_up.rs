//! Sign-ups whose address has to be confirmed before there is an account.

use std::collections::BTreeMap;

use auth::event::{EventKind, RegistrationRefusal};
use auth::mail::LetterKind;
use auth::store::sql::{SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::testing::Faults;
use auth::{Auth, ClientInfo};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Stage, TABLES};
use auth_tests::{Call, Database, Place, on_databases, payload, together};
use serde_json::json;

use crate::{ADA, EVE, NEW, wrong};

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    reg_02_no_account_exists_before_its_address_is_confirmed
    reg_08_the_password_of_whoever_reads_the_mail_counts
    reg_11_of_64_right_links_one_makes_the_account
    sign_01_a_right_password_alone_waits_for_the_mailbox
    sign_05_changes_between_the_steps_end_the_sign_in
}

/// Signs up, and returns the handle.
async fn begun<P: Place>(stage: &Stage<Customer, P>, nick: &str, contact: &str, password: &str) -> String {
    let answer = stage.sign_up(nick, contact, password).await.is(202);
    assert_eq!((&answer.json()["needs"], &answer.json()["expires_in"]), (&json!("mailbox"), &json!(1800)));
    answer.field("sign_in")
}

async fn reg_02_no_account_exists_before_its_address_is_confirmed<P: Place>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Customer, P>::new(place).await;
    let handle = begun(&stage, "ada", " Ada@EXAMPLE.org", PASSWORD).await;
    assert!(stage.auth.accounts().find(&1).await.unwrap().is_none());
    stage.login(ADA, PASSWORD).await.is(401);
    assert_eq!(stage.deliver().await, 1);
    let mail = stage.mailbox.last_to(ADA);
    assert_eq!(mail.kind, LetterKind::ConfirmSignUp);
    let refused = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": wrong(&mail.code()) })).await;
    assert_eq!(refused.is(401).json()["tries_left"], json!(4));
    // Not in another browser, whatever it has begun itself.
    let other = begun(&stage, "eve", EVE, PASSWORD).await;
    assert_eq!(
        stage.post("/sign-in/mail/code", json!({ "sign_in": other, "code": mail.code() })).await.is(401).code(),
        "invalid_code"
    );
    let link = json!({ "sign_in": other, "token": mail.token() });
    assert_eq!(stage.post("/sign-in/mail/link", link).await.is(401).code(), "other_browser");
    stage.events();
    let signed_in = stage.post("/sign-in/mail/link", json!({ "sign_in": handle, "token": mail.token() })).await.is(200);
    let claims = payload(&signed_in.access_token());
    assert_eq!((&claims["amr"], &claims["email_verified"]), (&json!(["pwd", "email"]), &json!(true)));
    let row = stage.auth.accounts().find(&1).await.unwrap().unwrap();
    assert_eq!((&*row.nick, &*row.contact, row.shoe_size, row.is_confirmed), ("ada", ADA, Some(44), true));
    let names: Vec<_> = stage.events().iter().map(EventKind::name).collect();
    assert_eq!(names, ["registered", "address_verified", "login_succeeded"]);
    stage.login(ADA, PASSWORD).await.is(200);
    // Once.
    let again = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": mail.code() })).await;
    assert_eq!(again.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn reg_02_known_and_unknown_addresses_look_alike() {
    let (db, faults) = (Database::with(TABLES[0]).await, Faults::new());
    let stores = faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone()));
    let stage = Stage::<Customer, _>::over(db.clone(), Auth::<Customer>::builder(stores), |builder| builder).await;
    let form = |nick: &str, contact: &str| CustomerRegistration {
        nick: nick.to_owned(),
        contact: contact.to_owned(),
        shoe_size: None,
    };
    stage.auth.accounts().create(form("ada", ADA), PASSWORD).await.unwrap();
    let mut seen = Vec::new();
    // Texts of one length, so that those of what is written can be compared.
    for (nick, contact) in [("one", ADA), ("two", "eda@example.org"), ("tri", "ADA@example.ORG")] {
        db.run("DELETE FROM auth_records").await;
        drop(faults.take_calls());
        let asked = stage.auth.register(form(nick, contact), PASSWORD, &ClientInfo::default()).await.unwrap();
        let calls = faults.take_calls();
        let written = "SELECT group_concat(kind || length(record_key) || ' ' || length(owner) || ' ' || length(value) || ' ' || \
                       (expires_at - changed_at), ', ') FROM (SELECT * FROM auth_records ORDER BY kind)";
        let auth::SignIn::Pending(pending) = &asked else { panic!("{asked:?}") };
        seen.push((format!("{asked:?}"), pending.sign_in.len(), calls, db.text(written).await));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    // Only the owner learns of it.
    db.run("DELETE FROM auth_records").await;
    stage.sign_up("one", ADA, NEW).await.is(202);
    assert_eq!(stage.deliver().await, 1);
    let notice = stage.mailbox.last_to(ADA);
    assert_eq!(notice.kind, LetterKind::SignUpOfOwner);
    assert!(!notice.text.contains("t=") && !notice.text.contains("https://"), "{}", notice.text);
    // Another login is no secret: it has to be chosen anew.
    let taken = stage.sign_up("ada", "new@example.org", NEW).await.is(409);
    assert_eq!(taken.code(), "taken");
}

async fn reg_08_the_password_of_whoever_reads_the_mail_counts<P: Place>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Customer, P>::new(place).await;
    // A stranger before, after and beside the owner.
    let before = begun(&stage, "eve1", ADA, NEW).await;
    assert_eq!(stage.deliver().await, 1);
    let owner = begun(&stage, "ada", ADA, PASSWORD).await;
    assert_eq!(stage.deliver().await, 1);
    let after = begun(&stage, "eve2", ADA, NEW).await;
    assert_eq!(stage.deliver().await, 1);
    let codes: Vec<String> = stage.mailbox.all().iter().map(auth::testing::TestMail::code).collect();
    stage.post("/sign-in/mail/code", json!({ "sign_in": owner, "code": codes[1] })).await.is(200);
    stage.login(ADA, PASSWORD).await.is(200);
    stage.login(ADA, NEW).await.is(401);
    for (handle, code) in [(before, &codes[0]), (after, &codes[2])] {
        let late = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(401);
        assert_eq!(late.code(), "sign_in_expired");
    }
}

async fn reg_11_of_64_right_links_one_makes_the_account<P: Place>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Customer, P>::new(place).await;
    let handle = begun(&stage, "ada", ADA, PASSWORD).await;
    stage.deliver().await;
    let mail = stage.mailbox.last_to(ADA);
    let call = |_| Call::post("/sign-in/mail/link").json(&json!({ "sign_in": handle, "token": mail.token() }));
    let answers = together(&stage.router, (0..64).map(call)).await;
    let mut counts = BTreeMap::<u16, usize>::new();
    for answer in &answers {
        *counts.entry(answer.status.as_u16()).or_default() += 1;
    }
    assert_eq!(counts.get(&200), Some(&1), "{counts:?}");
    assert!(counts.keys().all(|status| [200, 401, 409].contains(status)), "{counts:?}");
    assert!(
        stage.auth.accounts().find(&2).await.unwrap().is_none()
            || stage.auth.accounts().find(&1).await.unwrap().is_none()
    );
}

async fn sign_01_a_right_password_alone_waits_for_the_mailbox<P: Place>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Customer, P>::new(place).await;
    let form = CustomerRegistration { nick: "ada".to_owned(), contact: ADA.to_owned(), shoe_size: None };
    let ada = stage.auth.accounts().create(form, PASSWORD).await.unwrap();
    assert!(!ada.is_confirmed);
    // A wrong password says no more than it always does.
    let wrong_password = stage.login(ADA, NEW).await.is(401);
    assert_eq!(wrong_password.code(), "invalid_credentials");
    assert!(wrong_password.json()["methods"].is_null());
    let pending = stage.login(ADA, PASSWORD).await.is(401);
    let body = pending.json();
    assert_eq!(
        (pending.code(), &body["needs"], &body["expires_in"]),
        ("factor_required".to_owned(), &json!("mailbox"), &json!(600))
    );
    assert_eq!(body["methods"], json!([{ "method": "mailed_code" }, { "method": "mailed_link" }]));
    assert_eq!(
        pending.header("www-authenticate").unwrap().split("error=").nth(1),
        Some("\"insufficient_user_authentication\"")
    );
    assert!(stage.auth.sessions(&ada.id).await.unwrap().is_empty());
    assert_eq!(stage.deliver().await, 1);
    let code = stage.mailbox.last_to(ADA).code();
    let signed_in = stage.post("/sign-in/mail/code", json!({ "sign_in": body["sign_in"], "code": code })).await.is(200);
    assert_eq!(payload(&signed_in.access_token())["amr"], json!(["pwd", "email"]));
    stage.me(&signed_in.access_token()).await.is(200);
    // From now on the password is enough.
    stage.login(ADA, PASSWORD).await.is(200);
    // No session goes on once the address is not confirmed any more.
    let session = stage.login(ADA, PASSWORD).await.is(200);
    stage.auth.accounts().set_verified(&ada.id, false).await.unwrap();
    stage.refresh(&session.refresh_token()).await.is(401);
    stage.place.sql("UPDATE customers SET is_confirmed = TRUE").await.unwrap();
    let session = stage.refresh(&session.refresh_token()).await.is(200).access_token();
    stage.me(&session).await.is(200);
    stage.place.sql("UPDATE customers SET is_confirmed = FALSE").await.unwrap();
    stage.me(&session).await.is(401);
}

async fn sign_05_changes_between_the_steps_end_the_sign_in<P: Place>(place: P)
where
    Customer: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    const CONTACT: auth::LoginField<Customer> = auth::LoginField::named("contact");
    let stage = Stage::<Customer, P>::new(place).await;
    for (number, way) in
        ["disable", "delete", "password", "logout", "address", "cancel", "expire"].into_iter().enumerate()
    {
        let contact = format!("ada{number}@example.org");
        let form = CustomerRegistration { nick: way.to_owned(), contact: contact.clone(), shoe_size: None };
        let id = stage.auth.accounts().create(form, PASSWORD).await.unwrap().id;
        let handle = stage.login(&contact, PASSWORD).await.is(401).field("sign_in");
        stage.deliver().await;
        let code = stage.mailbox.last_to(&contact).code();
        let accounts = stage.auth.accounts();
        match way {
            "disable" => accounts.disable(&id).await.unwrap(),
            "delete" => accounts.delete(&id).await.unwrap(),
            "password" => accounts.set_password(&id, NEW).await.unwrap(),
            "logout" => accounts.end_sessions(&id).await.unwrap(),
            "address" => accounts.set_login(&id, CONTACT, &format!("new{number}@example.org")).await.unwrap(),
            "cancel" => drop(stage.post("/sign-in/cancel", json!({ "sign_in": handle })).await.is(204)),
            _ => stage.after(600),
        }
        let late = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await;
        let expected = if way == "disable" { 403 } else { 401 };
        assert_eq!(late.status.as_u16(), expected, "{way}: {}", late.text());
        assert!(stage.auth.sessions(&id).await.unwrap().is_empty(), "{way}");
    }
}

#[tokio::test]
async fn log_04_sign_up_refused_at_confirmation_is_reported() {
    let stage = Stage::<Customer, _>::new(Database::with(TABLES[0]).await).await;
    // Two wait with one nick.
    let first = begun(&stage, "ada", ADA, PASSWORD).await;
    let second = begun(&stage, "ada", EVE, PASSWORD).await;
    stage.deliver().await;
    let (to_ada, to_eve) = (stage.mailbox.last_to(ADA), stage.mailbox.last_to(EVE));
    stage.post("/sign-in/mail/code", json!({ "sign_in": first, "code": to_ada.code() })).await.is(200);
    stage.events();
    let refused = stage.post("/sign-in/mail/code", json!({ "sign_in": second, "code": to_eve.code() })).await.is(409);
    assert_eq!(refused.code(), "taken");
    let event = EventKind::RegistrationRefused { reason: RegistrationRefusal::Taken };
    assert_eq!(stage.events(), [event]);
}
