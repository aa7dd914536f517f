//! Whichever door somebody comes in by, the same follows: the hook is asked, the event says how, and of too many sessions
//! the oldest ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use auth::event::{EventKind, LoginFailure};
use auth::mail::LetterKind;
use auth::{AuthBuilder, AuthError, AuthUser, ClientInfo, Hooks};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, Reader, Stage, TABLES};
use auth_tests::{Answer, Database};
use serde_json::{Value, json};

use crate::{ADA, Enrolled, NEW, amr, by_recovery_code, by_totp, code, enrolled, half, signed_up, with_factors};

/// Counts who comes in, and is closed for a while.
#[derive(Clone, Default)]
struct Gate {
    closed: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Gate {
    fn close(&self, closed: bool) {
        self.closed.store(closed, Ordering::SeqCst);
    }

    /// How often it was asked since the last call.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }

    fn enter(&self) -> Result<(), AuthError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let denied = AuthError::Denied { code: "closed", message: "we are closed".to_owned() };
        if self.closed.load(Ordering::SeqCst) { Err(denied) } else { Ok(()) }
    }
}

impl<U: AuthUser> Hooks<U> for Gate {
    /// The first session of an account asks this one, and the others the next one.
    async fn after_register(&self, _: &U, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter()
    }

    async fn before_login(&self, _: &U, _: &ClientInfo) -> Result<(), AuthError> {
        self.enter()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Password,
    MailedCode,
    MailedLink,
    Totp,
    RecoveryCode,
}

/// The doors, and how somebody has signed in who came by them.
const DOORS: [(Door, &[&str]); 5] = [
    (Door::Password, &["pwd"]),
    (Door::MailedCode, &["email"]),
    (Door::MailedLink, &["email"]),
    (Door::Totp, &["pwd", "otp", "mfa"]),
    (Door::RecoveryCode, &["pwd", "mfa", "recovery"]),
];

fn with_gate<U: AuthUser>(gate: &Gate) -> impl FnOnce(AuthBuilder<U>) -> AuthBuilder<U> {
    let gate = gate.clone();
    move |builder| with_factors(builder).hooks(gate).sessions_per_user(1)
}

/// Takes every step of a sign-in, and returns the answer to the last.
async fn comes_in(stage: &Stage<Reader, Database>, door: Door, app: Option<&Enrolled>, n: usize) -> Answer {
    // Each code of an app works once.
    stage.after(30);
    match door {
        Door::Password => stage.login(ADA, PASSWORD).await,
        Door::MailedCode | Door::MailedLink => {
            let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
            if door == Door::MailedCode {
                stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": mail.code() })).await
            } else {
                stage.post("/sign-in/mail/link", json!({ "sign_in": handle, "token": mail.token() })).await
            }
        }
        Door::Totp => by_totp(stage, &half(stage, ADA).await, &code(stage, &app.unwrap().secret)).await,
        Door::RecoveryCode => by_recovery_code(stage, &half(stage, ADA).await, &app.unwrap().recovery_codes[n]).await,
    }
}

/// How the events since the last call say that somebody has signed in.
fn succeeded(events: &[EventKind]) -> Vec<Value> {
    let how = events.iter().filter_map(|event| match event {
        EventKind::LoginSucceeded { user, amr, .. } if user == "1" => Some(serde_json::to_value(amr).unwrap()),
        _ => None,
    });
    how.collect()
}

#[tokio::test]
async fn sign_13_every_door_has_hook_event_and_session_limit() {
    for (door, methods) in DOORS {
        let gate = Gate::default();
        let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, with_gate(&gate)).await;
        let (app, before) = if matches!(door, Door::Totp | Door::RecoveryCode) {
            let app = enrolled(&stage, ADA).await;
            let refresh = app.refresh.clone();
            (Some(app), refresh)
        } else {
            (None, signed_up(&stage, ADA).await.1)
        };
        gate.asked();
        stage.events();

        gate.close(true);
        let refused = comes_in(&stage, door, app.as_ref(), 0).await.is(403);
        assert_eq!((refused.code().as_str(), gate.asked()), ("closed", 1), "{door:?}");
        let events = stage.events();
        let denied = EventKind::LoginFailed { user: Some("1".to_owned()), reason: LoginFailure::Denied };
        assert!(events.contains(&denied) && succeeded(&events).is_empty(), "{door:?}: {events:?}");
        // Nobody has come in, so nobody has to leave.
        let before = stage.refresh(&before).await.is(200).refresh_token();

        gate.close(false);
        let tokens = comes_in(&stage, door, app.as_ref(), 1).await.is(200);
        assert_eq!(
            (amr(&tokens.access_token()), gate.asked()),
            (methods.iter().map(|name| (*name).to_owned()).collect(), 1)
        );
        assert_eq!(succeeded(&stage.events()), [json!(methods)], "{door:?}");
        assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1, "{door:?}");
        stage.refresh(&before).await.is(401);
        stage.refresh(&tokens.refresh_token()).await.is(200);
    }
}

#[tokio::test]
async fn sign_13_a_confirmed_sign_up_is_a_door_like_others() {
    let gate = Gate::default();
    let stage = Stage::<Customer, _>::with(Database::with(TABLES[0]).await, with_gate(&gate)).await;
    let confirmed = async |nick: &str, contact: &str| {
        let handle = stage.sign_up(nick, contact, PASSWORD).await.is(202).field("sign_in");
        stage.deliver().await;
        let code = stage.mailbox.last(LetterKind::ConfirmSignUp, contact).code();
        stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await
    };
    let tokens = confirmed("ada", ADA).await.is(200);
    assert_eq!((amr(&tokens.access_token()), gate.asked()), (vec!["pwd".to_owned(), "email".to_owned()], 1));
    assert_eq!(succeeded(&stage.events()), [json!(["pwd", "email"])]);
    // Of two sessions of the same moment, a login need not be the later one.
    stage.after(1);
    stage.login(ADA, PASSWORD).await.is(200);
    assert_eq!((stage.auth.sessions(&1).await.unwrap().len(), gate.asked()), (1, 1));
    stage.refresh(&tokens.refresh_token()).await.is(401);

    gate.close(true);
    assert_eq!(confirmed("eve", crate::EVE).await.is(403).code(), "closed");
    assert_eq!((stage.auth.sessions(&2).await.unwrap().len(), gate.asked()), (0, 1));
}

#[tokio::test]
async fn sign_13_a_reset_is_no_door() {
    let gate = Gate::default();
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, with_gate(&gate)).await;
    let (_, before) = signed_up(&stage, ADA).await;
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let reset = stage.mailbox.last(LetterKind::ResetPassword, ADA);
    gate.asked();
    stage.events();
    let body = json!({ "token": reset.token(), "new_password": NEW });
    assert!(stage.post("/password/reset", body).await.is(204).body.is_empty());
    assert_eq!((gate.asked(), succeeded(&stage.events())), (0, vec![]));
    assert!(stage.auth.sessions(&1).await.unwrap().is_empty());
    stage.refresh(&before).await.is(401);
}
