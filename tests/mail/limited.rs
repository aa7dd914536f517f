//! How much mail others can cause, and what nobody can keep an owner from.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::clock::Timestamp;
use auth::event::{Event, EventKind, LimitedBy};
use auth::mail::LetterKind;
use auth::store::{MemoryRecords, Records as _};
use auth::testing::{Faults, Mailbox, ManualClock};
use auth::{Auth, AuthBuilder, ClientInfo, Limits, PasswordHash, Secret};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::stage::{Customer, Reader, Stage, TABLES};
use auth_tests::users::in_memory;
use auth_tests::{Answer, Call, Database, User, UserRegistration};
use serde_json::{Value, json};

use crate::{ADA, EVE, wrong};

async fn limited(setup: impl FnOnce(AuthBuilder<Reader>) -> AuthBuilder<Reader>) -> Stage<Reader, Database> {
    let place = Database::with(TABLES[0]).await;
    Stage::with(place, |builder| setup(builder.limits(Limits::default()).mail_sign_in(true))).await
}

async fn from(stage: &Stage<Reader, Database>, ip: &str, path: &str, body: Value) -> Answer {
    stage.send(Call::post(path).coming_from(ip).json(&body)).await
}

fn count(mailbox: &Mailbox, kind: LetterKind, to: &str) -> usize {
    mailbox.all().iter().filter(|mail| mail.kind == kind && mail.to == to).count()
}

/// Waits for the `n`-th mail of a kind: notices are written by a task of their own.
async fn arrives(stage: &Stage<Reader, Database>, kind: LetterKind, to: &str, n: usize) {
    for _ in 0..10_000 {
        if count(&stage.mailbox, kind, to) >= n {
            return;
        }
        tokio::task::yield_now().await;
        stage.deliver().await;
    }
    panic!("{kind:?} was not mailed to {to}");
}

#[tokio::test]
async fn otk_09_many_networks_cause_fifteen_mails_an_hour() {
    let stage = limited(|builder| builder).await;
    from(&stage, "192.0.2.1", "/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    for network in 0..40 {
        from(&stage, &format!("198.51.{network}.7"), "/password/forgot", json!({ "email": ADA })).await.is(202);
        stage.deliver().await;
        stage.after(61);
    }
    let resets = count(&stage.mailbox, LetterKind::ResetPassword, ADA);
    assert!((15..=25).contains(&resets), "{resets}");
}

#[tokio::test]
async fn otk_09_a_stranger_leaves_the_owner_every_mail() {
    let stage = limited(|builder| builder).await;
    from(&stage, "192.0.2.1", "/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    // One stranger asks for everything, for an hour.
    for _ in 0..60 {
        for path in ["/sign-in/mail", "/password/forgot"] {
            from(&stage, "198.51.100.7", path, json!({ "email": ADA })).await;
        }
        stage.deliver().await;
        stage.after(60);
    }
    let (sign_ins, resets) =
        (count(&stage.mailbox, LetterKind::SignIn, ADA), count(&stage.mailbox, LetterKind::ResetPassword, ADA));
    assert!((5..=10).contains(&sign_ins) && (5..=10).contains(&resets), "{sign_ins} {resets}");
    // The owner, elsewhere, gets one of each at once.
    let asked = from(&stage, "192.0.2.1", "/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    from(&stage, "192.0.2.1", "/password/forgot", json!({ "email": ADA })).await.is(202);
    assert_eq!(stage.deliver().await, 2);
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let answer = json!({ "sign_in": asked, "code": code });
    from(&stage, "192.0.2.1", "/sign-in/mail/code", answer).await.is(200);
}

/// All accounts together, however many networks ask for it.
#[tokio::test]
async fn otk_09_accounts_are_mailed_ten_thousand_times_an_hour() {
    const ACCOUNTS: u32 = 700;
    const KINDS: [&str; 2] = ["User:users.outbox", "User:users.mail_token"];
    let (records, over) = (Arc::new(MemoryRecords::new()), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&over);
    let builder = Auth::<User>::builder((in_memory(), Arc::clone(&records))).secret(Secret::generate().unwrap());
    let builder = builder.clock(ManualClock::default()).revocation_feed(Duration::ZERO).passwords(quick_passwords());
    let builder = builder.base_url("https://app.example").mailer(Mailbox::new()).mail_interval(Duration::ZERO);
    let builder = builder.limits(Limits::default().in_memory()).observer(move |event: &Event| {
        if matches!(event.kind, EventKind::Limited { by: LimitedBy::All, .. }) {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    });
    let auth = builder.build().await.unwrap();
    let mut ids = Vec::new();
    for account in 0..ACCOUNTS {
        let email = format!("user{account}@example.org");
        let form = UserRegistration { email, display_name: "Ada".to_owned() };
        ids.push(auth.accounts().import(form, Some(PasswordHash::from_stored("!"))).await.unwrap().id.to_string());
    }
    let mut mails = 0;
    // Each address gets fifteen of a kind, and each client causes twenty.
    for round in 0..15 {
        for account in 0..ACCOUNTS {
            let ip = Ipv4Addr::from(0x0100_0000 + (round * ACCOUNTS + account) / 20);
            let client = ClientInfo::new(Some(ip.into()), None);
            auth.forgot_password(&format!("user{account}@example.org"), &client).await.unwrap();
        }
        mails += records.changed_since(KINDS[0], Timestamp::default(), None, 10_000).await.unwrap().len();
        for id in &ids {
            for kind in KINDS {
                records.delete_owned(kind, id, None).await.unwrap();
            }
        }
    }
    assert_eq!((mails, over.load(Ordering::SeqCst)), (10_000, 500));
}

/// Stores in memory that fail as planned: what goes on after a request is done as soon as others have had their turn.
async fn failing(faults: &Faults, mailbox: &Mailbox) -> Auth<User> {
    let builder = Auth::<User>::builder(faults.over(in_memory(), MemoryRecords::new()));
    let builder = builder.secret(Secret::generate().unwrap()).passwords(quick_passwords());
    let builder = builder.clock(ManualClock::default()).revocation_feed(Duration::ZERO).mail_sign_in(true);
    let builder = builder.base_url("https://app.example").mailer(mailbox.clone()).mail_interval(Duration::ZERO);
    let auth = builder.build().await.unwrap();
    let ada = UserRegistration { email: ADA.to_owned(), display_name: "Ada".to_owned() };
    auth.accounts().create(ada, PASSWORD).await.unwrap();
    auth
}

/// An address gets a mail a minute.
#[tokio::test]
async fn otk_09_what_the_store_refused_can_be_asked_again() {
    let client = ClientInfo::new(Some([192, 0, 2, 1].into()), None);
    for by_mail in [false, true] {
        let ask = async |auth: &Auth<User>| {
            if by_mail {
                auth.sign_in_by_mail(ADA, &client).await.map(drop)
            } else {
                auth.forgot_password(ADA, &client).await.map(drop)
            }
        };
        let (faults, mailbox) = (Faults::new(), Mailbox::new());
        let auth = failing(&faults, &mailbox).await;
        drop(faults.take_calls());
        ask(&auth).await.unwrap();
        let calls = faults.take_calls();
        assert_eq!(calls.last(), Some(&"records.insert"), "the mail is stored last");
        let mut refused = 0;
        for n in 0..calls.len() - 1 {
            let auth = failing(&faults, &mailbox).await;
            faults.nth("*", n).fail();
            let asked = ask(&auth).await;
            assert!(faults.is_done());
            faults.clear();
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            if asked.is_err() {
                refused += 1;
                ask(&auth).await.unwrap();
            }
            assert_eq!(auth.send_mail().await.unwrap(), 1, "{n}: {calls:?}");
            ask(&auth).await.unwrap();
            assert_eq!(auth.send_mail().await.unwrap(), 0, "{n}: one a minute");
        }
        assert!(refused > 2, "{refused}");
    }
}

#[tokio::test]
async fn otk_09_asking_again_counts_as_asking() {
    let stage = limited(|builder| builder).await;
    from(&stage, "192.0.2.1", "/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    for _ in 0..10 {
        let asked = from(&stage, "192.0.2.1", "/sign-in/mail", json!({ "email": ADA })).await.is(202);
        let again = json!({ "sign_in": asked.field("sign_in") });
        from(&stage, "192.0.2.1", "/sign-in/mail/again", again).await;
        stage.deliver().await;
        stage.after(61);
    }
    assert_eq!(count(&stage.mailbox, LetterKind::SignIn, ADA), 5, "{:?}", stage.events());
}

#[tokio::test]
async fn sign_10_used_up_codes_tell_no_account() {
    let place = Database::with(TABLES[0]).await;
    let setup = |builder: AuthBuilder<Customer>| builder.limits(Limits::default());
    let stage = Stage::<Customer, _>::with(place, setup).await;
    let form = auth_tests::stage::CustomerRegistration { nick: "ada".into(), contact: ADA.into(), shoe_size: None };
    stage.auth.accounts().create(form, PASSWORD).await.unwrap();
    let mut told = Vec::new();
    for contact in [ADA, "nobody@example.org"] {
        // Whoever signs up with an address uses up the codes of it; then a forgotten password is asked for.
        for round in 0..6 {
            let handle =
                stage.sign_up(&format!("x{round}{}", contact.len()), contact, PASSWORD).await.is(202).field("sign_in");
            for _ in 0..5 {
                stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": "00000000" })).await;
                stage.after(150);
            }
        }
        let forgot = stage.post("/password/forgot", json!({ "contact": contact })).await.is(202).field("sign_in");
        let body = json!({ "sign_in": forgot, "code": "00000000", "new_password": "a new and longer one" });
        let answer = stage.post("/password/reset", body).await;
        told.push((answer.status, answer.json()));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_sign_in_from_another_network_is_told() {
    let stage = limited(|builder| builder).await;
    from(&stage, "192.0.2.1", "/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    let login = async |ip: &str| {
        from(&stage, ip, "/login", json!({ "email": ADA, "password": PASSWORD })).await.is(200);
    };
    login("192.0.2.1").await;
    login("198.51.100.7").await;
    arrives(&stage, LetterKind::NewSignIn, ADA, 1).await;
    let notice = stage.mailbox.last(LetterKind::NewSignIn, ADA);
    assert!(notice.text.contains("198.51.100.7") && !notice.text.contains("https://"), "{}", notice.text);
    login("198.51.100.7").await;
    login("192.0.2.1").await;
    // The next one tells that there was none in between: they are written in turn.
    login("203.0.113.9").await;
    arrives(&stage, LetterKind::NewSignIn, ADA, 2).await;
    let notice = stage.mailbox.last(LetterKind::NewSignIn, ADA);
    assert!(notice.text.contains("203.0.113.9"), "{}", notice.text);
    assert_eq!(count(&stage.mailbox, LetterKind::NewSignIn, ADA), 2);
}

#[tokio::test]
async fn a_refresh_token_used_twice_is_told() {
    let stage = limited(|builder| builder).await;
    let tokens = stage.sign_up(EVE).await.is(201);
    stage.refresh(&tokens.refresh_token()).await.is(200);
    stage.after(60);
    stage.refresh(&tokens.refresh_token()).await.is(401);
    arrives(&stage, LetterKind::RefreshReused, EVE, 1).await;
}

#[tokio::test]
async fn the_lock_of_strangers_is_told_to_the_owner() {
    let stage = limited(|builder| builder).await;
    stage.sign_up(EVE).await.is(201);
    for number in 0..100 {
        let ip = format!("198.51.100.{number}");
        from(&stage, &ip, "/login", json!({ "email": EVE, "password": wrong("12345678") })).await;
        stage.after(15);
    }
    arrives(&stage, LetterKind::PasswordLocked, EVE, 1).await;
    let locked = |event: &EventKind| matches!(event, EventKind::PasswordLocked { .. });
    let events = stage.events();
    assert_eq!(events.iter().filter(|event| locked(event)).count(), 1);
    assert!(!events.iter().any(|event| matches!(event, EventKind::Limited { by: LimitedBy::All, .. })));
}
