//! Mail, and what somebody can do with it: forgotten passwords.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "these are tests"
)]

mod address_change;
mod address_set;
mod addresses;
mod alike;
mod at_rest;
mod clocks;
mod development;
mod doors;
mod equal_queries;
mod handle_cookies;
mod hung_up;
mod interrupted;
mod kit;
mod languages;
mod limited;
mod machine;
mod matrix;
mod outbox;
mod pre_hijacking;
mod races;
mod reauthenticate;
mod reset;
mod rotation;
mod settings;
mod sign_in;
mod sign_up;
mod smtp_failures;
mod smtp_injection;
mod smtp_killed;
mod smtp_server;
mod state;
mod statements;
mod tokens;
mod unconfirmed;
mod verification;

use std::time::Duration;

use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::{Mailbox, TestMail};
use auth::{AuthBuilder, Limits};
use auth_tests::users::SCHEMA;
use auth_tests::{Answer, App, Call, Database, Place, User};
use serde_json::json;

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const EVE: &str = "eve@example.org";
pub(crate) const NEW: &str = "staple battery horse correct";
pub(crate) const BASE: &str = "https://app.example/account";

/// An application that mails into a mailbox when a test says so.
pub(crate) struct Post<P: Place = Database> {
    pub(crate) app: App<P>,
    pub(crate) mailbox: Mailbox,
}

impl Post {
    pub(crate) async fn new() -> Self {
        Self::on(Database::with(SCHEMA).await).await
    }

    pub(crate) async fn with_limits() -> Self {
        Self::with(|builder| builder.limits(Limits::default())).await
    }

    pub(crate) async fn with(setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        Self::on_with(Database::with(SCHEMA).await, setup).await
    }
}

impl<P: Place> Post<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    pub(crate) async fn on(place: P) -> Self {
        Self::on_with(place, |builder| builder).await
    }

    pub(crate) async fn on_with(place: P, setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        let mailbox = Mailbox::new();
        let mailer = mailbox.clone();
        Self { app: App::in_place(place, move |builder| setup(with_mail(builder, mailer))).await, mailbox }
    }
}

/// Mail is sent only when a test says so.
pub(crate) fn with_mail(builder: AuthBuilder<User>, mailer: impl auth::mail::Mailer) -> AuthBuilder<User> {
    builder.base_url(BASE).mailer(mailer).mail_interval(Duration::ZERO)
}

impl<P: Place> Post<P> {
    pub(crate) async fn forgot(&self, email: &str) -> Answer {
        self.app.send(Call::post("/auth/password/forgot").json(&json!({ "email": email }))).await
    }

    /// Asks, sends what is due, and returns the handle and the last mail.
    pub(crate) async fn asked(&self, email: &str) -> (String, TestMail) {
        let sign_in = self.forgot(email).await.is(202).field("sign_in");
        self.app.auth.send_mail().await.unwrap();
        (sign_in, self.mailbox.last(LetterKind::ResetPassword, email))
    }

    pub(crate) async fn by_link(&self, token: &str, new: &str) -> Answer {
        let body = json!({ "token": token, "new_password": new });
        self.app.send(Call::post("/auth/password/reset").json(&body)).await
    }

    pub(crate) async fn by_code(&self, sign_in: &str, code: &str, new: &str) -> Answer {
        self.app.send(Self::code_call(sign_in, code, new)).await
    }

    pub(crate) fn code_call(sign_in: &str, code: &str, new: &str) -> Call {
        let body = json!({ "sign_in": sign_in, "code": code, "new_password": new });
        Call::post("/auth/password/reset").json(&body)
    }

    /// Whether the link works, without using it: a password that is too short uses nothing up.
    pub(crate) async fn link_works(&self, token: &str) -> bool {
        let answer = self.by_link(token, "short").await;
        assert!(answer.status == 422, "the password is refused before the link is looked at: {}", answer.text());
        // Refused because of the account: only who has the link comes so far.
        let answer = self.by_link(token, ADA).await;
        match answer.status.as_u16() {
            422 => true,
            400 => {
                assert_eq!(answer.code(), "invalid_link");
                false
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
}

/// A code that is not this one.
pub(crate) fn wrong(code: &str) -> String {
    let first = if code.starts_with('9') { '0' } else { '9' };
    format!("{first}{}", &code[1..])
}
