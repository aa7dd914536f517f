//! How each door is asked, and answered.

use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use auth::clock::Clock as _;
use auth::mail::LetterKind;
use auth::testing::{SoftwareAuthenticator, totp_code};
use auth_tests::app::PASSWORD;
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::rule::{Case, Door, Evidence, State};
use crate::{NEW, wrong};
use auth_tests::kinds::{Confirms, Kind};

const OF_EVE: &str = "the password of somebody else";
pub(super) const FAILURES: u32 = 3;

/// The failures after which an account is locked for strangers.
pub(super) const fn failures_before_lock() -> u32 {
    FAILURES
}

/// An address that nobody else has.
pub(super) fn network() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0x0A00_0001);
    Ipv4Addr::from_bits(NEXT.fetch_add(1, Ordering::Relaxed)).to_string()
}

/// Somebody with an account, or about to have one.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) password: &'static str,
    pub(super) id: Option<i64>,
    /// The secret of their app, and a recovery code.
    pub(super) factor: Option<(String, String)>,
    /// What has their passkey.
    pub(super) device: Mutex<SoftwareAuthenticator>,
    /// Where they sign in from.
    pub(super) home: String,
}

impl Person {
    pub(super) fn ada(number: usize) -> Self {
        Self::new(format!("ada{number}"), PASSWORD)
    }

    pub(super) fn eve(number: usize) -> Self {
        Self::new(format!("eve{number}"), OF_EVE)
    }

    fn new(name: String, password: &'static str) -> Self {
        let (address, device) =
            (format!("{name}@example.org"), Mutex::new(SoftwareAuthenticator::at("https://app.example")));
        Self { address, name, password, id: None, factor: None, device, home: network() }
    }
}

/// What somebody can have in hand. What they did not get is made up.
pub(super) struct Papers {
    handle: String,
    link: String,
    code: String,
    access: String,
    refresh: String,
    /// What an authenticator has answered.
    credential: Value,
}

impl Default for Papers {
    fn default() -> Self {
        let text = || "A".repeat(64);
        Self {
            handle: text(),
            link: text(),
            code: "12345678".to_owned(),
            access: text(),
            refresh: text(),
            credential: json!({}),
        }
    }
}

impl Papers {
    fn of_session(answer: &Answer) -> Self {
        Self { access: answer.access_token(), refresh: answer.refresh_token(), ..Self::default() }
    }
}

pub(super) struct Scene<'a, U: Kind> {
    pub(super) stage: &'a Stage<U, Database>,
    pub(super) case: Case,
}

impl<U: Kind> Scene<'_, U> {
    pub(super) async fn post(&self, from: &str, path: &str, body: Value) -> Answer {
        self.stage.send(Call::post(path).coming_from(from).json(&body)).await
    }

    pub(super) async fn post_as(&self, token: &str, path: &str, body: Value) -> Answer {
        self.stage.send(Call::post(path).coming_from(&network()).bearer(token).json(&body)).await
    }

    pub(super) async fn login(&self, person: &Person, from: &str, password: &str) -> Answer {
        self.post(from, "/login", json!({ U::ADDRESS: person.address, "password": password })).await
    }

    /// Does what comes before an answer at the door, as far as the account lets it happen.
    pub(super) async fn ask(&self, person: &Person) -> Papers {
        let mut papers = Papers::default();
        let address = json!({ U::ADDRESS: person.address });
        let home = &person.home;
        match self.case.door {
            Door::Login | Door::SignUp => {}
            // Elsewhere, whoever signs up has an account at once.
            Door::SignUpByCode | Door::SignUpByLink if U::CONFIRMS != Confirms::First => {}
            Door::Totp | Door::RecoveryCode | Door::PasskeyStep if person.factor.is_none() => {}
            Door::Passkey | Door::ReauthenticateByPasskey if U::CONFIRMS == Confirms::Never => {}
            Door::Passkey => {
                let asked = self.post(home, "/sign-in/passkey/options", json!({})).await.is(200).json();
                papers.credential = person.device.lock().unwrap().get(&asked);
            }
            Door::PasskeyStep => {
                let asked = self.login(person, home, person.password).await;
                if asked.status == 401 && asked.code() == "factor_required" {
                    papers.handle = asked.field("sign_in");
                    let body = json!({ "sign_in": papers.handle });
                    let asked = self.post(home, "/sign-in/passkey/step/options", body).await.is(200).json();
                    papers.credential = person.device.lock().unwrap().get(&asked);
                }
            }
            Door::ReauthenticateByPasskey => {
                papers = self.session(person).await;
                let asked = self.post_as(&papers.access, "/reauthenticate/passkey/options", json!({})).await;
                if asked.status == 200 {
                    papers.credential = person.device.lock().unwrap().get(&asked.json());
                }
            }
            Door::EnrolledTotp | Door::EnrolledPasskey => self.enrolment(person, &mut papers).await,
            Door::Totp | Door::RecoveryCode => {
                let asked = self.login(person, home, person.password).await;
                if asked.status == 401 && asked.code() == "factor_required" {
                    papers.handle = asked.field("sign_in");
                }
                let (secret, recovery_code) = person.factor.as_ref().unwrap();
                let is_totp = self.case.door == Door::Totp;
                papers.code = if is_totp { totp_code(secret, self.stage.clock.now()) } else { recovery_code.clone() };
            }
            Door::MailedCode | Door::MailedLink => {
                let asked = self.post(home, "/sign-in/mail", address).await;
                self.read(&mut papers, &asked, LetterKind::SignIn, &person.address).await;
            }
            Door::SecondStepByCode | Door::SecondStepByLink => {
                let asked = self.login(person, home, person.password).await;
                self.read(&mut papers, &asked, LetterKind::SignIn, &person.address).await;
            }
            Door::SignUpByCode | Door::SignUpByLink => {
                let asked = self.post(home, "/register", U::body(&person.name, &person.address, person.password)).await;
                self.read(&mut papers, &asked, LetterKind::ConfirmSignUp, &person.address).await;
            }
            Door::ResetByLink | Door::ResetByCode => {
                let asked = self.post(home, "/password/forgot", address).await.is(202);
                self.read(&mut papers, &asked, LetterKind::ResetPassword, &person.address).await;
            }
            Door::ChangePassword | Door::Reauthenticate | Door::Refresh => papers = self.session(person).await,
            Door::ReauthenticateByCode | Door::ReauthenticateByLink => {
                papers = self.session(person).await;
                let asked = self.post_as(&papers.access, "/reauthenticate/mail", json!({})).await;
                self.read(&mut papers, &asked, LetterKind::SignIn, &person.address).await;
            }
            Door::VerifyByLink | Door::VerifyByCode => {
                papers = self.session(person).await;
                let asked = self.post_as(&papers.access, "/email/verify/send", json!({})).await;
                self.read(&mut papers, &asked, LetterKind::VerifyAddress, &person.address).await;
            }
            Door::ConfirmAddress | Door::UndoAddressChange => {
                papers = self.session(person).await;
                let new = new_address(person);
                let asked = self.post_as(&papers.access, "/email/change", json!({ "new_email": new })).await;
                self.read(&mut papers, &asked, LetterKind::ConfirmNewAddress, &new).await;
                if self.case.door == Door::UndoAddressChange {
                    let body = json!({ "token": papers.link, "sign_in": papers.handle });
                    let moved = self.post(home, "/email/change/confirm", body).await;
                    papers = Papers::default();
                    self.read(&mut papers, &moved, LetterKind::AddressChanged, &person.address).await;
                }
            }
        }
        papers
    }

    /// Begins to add a factor inside a sign-in, if one has to be added: the mailbox comes before.
    async fn enrolment(&self, person: &Person, papers: &mut Papers) {
        let home = &person.home;
        let asked = self.login(person, home, person.password).await;
        if self.case.state != State::MustHaveFactor || asked.status != 401 || asked.field("needs") != "mailbox" {
            return;
        }
        self.read(papers, &asked, LetterKind::SignIn, &person.address).await;
        let body = json!({ "sign_in": papers.handle, "code": papers.code });
        papers.handle = self.post(home, "/sign-in/mail/code", body).await.is(401).field("sign_in");
        let body = json!({ "sign_in": papers.handle });
        if self.case.door == Door::EnrolledTotp {
            let secret = self.post(home, "/sign-in/enrol/totp", body).await.is(200).field("secret");
            papers.code = totp_code(&secret, self.stage.clock.now());
        } else {
            let asked = self.post(home, "/sign-in/enrol/passkey/options", body).await.is(200).json();
            papers.credential = person.device.lock().unwrap().create(&asked);
        }
    }

    /// Signs in from where the person always does.
    async fn session(&self, person: &Person) -> Papers {
        let by_password = self.login(person, &person.home, person.password).await;
        if by_password.status == 200 {
            return Papers::of_session(&by_password);
        }
        let mut papers = Papers::default();
        // In other states, a sign-in by mail would change what the account is.
        if self.case.by_mail && self.case.state == State::NoPassword && !self.case.door.is_to_confirm() {
            let asked = self.post(&person.home, "/sign-in/mail", json!({ U::ADDRESS: person.address })).await;
            self.read(&mut papers, &asked, LetterKind::SignIn, &person.address).await;
            let body = json!({ "sign_in": papers.handle, "code": papers.code });
            papers = Papers::of_session(&self.post(&person.home, "/sign-in/mail/code", body).await.is(200));
        }
        papers
    }

    /// Notes the handle in an answer, and what a mail to the address says, if there is one.
    async fn read(&self, papers: &mut Papers, asked: &Answer, kind: LetterKind, address: &str) {
        if let Ok(body) = serde_json::from_slice::<Value>(&asked.body)
            && let Some(handle) = body["sign_in"].as_str()
        {
            handle.clone_into(&mut papers.handle);
        }
        self.stage.deliver().await;
        let mails = self.stage.mailbox.all();
        if let Some(mail) = mails.iter().rfind(|mail| mail.kind == kind && mail.to == address) {
            papers.link = mail.token();
            if !matches!(kind, LetterKind::ConfirmNewAddress | LetterKind::AddressChanged) {
                papers.code = mail.code();
            }
        }
    }

    /// Answers at the door, in a network where the person is a stranger.
    pub(super) async fn answer(&self, person: &Person, own: &Papers, other: &(Person, Papers)) -> Answer {
        let (eve, others) = other;
        let evidence = self.case.evidence;
        let pick = |right: &str, wrong: String, foreign: &str| match evidence {
            Evidence::Right => right.to_owned(),
            Evidence::Wrong => wrong,
            Evidence::Foreign => foreign.to_owned(),
        };
        let password = pick(person.password, "not it, by any means".to_owned(), eve.password);
        let other_code =
            if self.case.door == Door::RecoveryCode { "0000-0000-0000-0000".into() } else { wrong(&own.code) };
        let code = pick(&own.code, other_code, &others.code);
        let link = pick(&own.link, changed(&own.link), &others.link);
        // Of what names an account all by itself: the name of this one with what proves the other.
        let mixed_link = pick(&own.link, changed(&own.link), &mixed(&own.link, &others.link));
        let credential = match evidence {
            Evidence::Right => own.credential.clone(),
            Evidence::Wrong => unsigned(&own.credential),
            // Of what names an account all by itself: as above.
            Evidence::Foreign if self.case.door == Door::Passkey => {
                let mut mixed = own.credential.clone();
                mixed["response"] = others.credential["response"].clone();
                mixed
            }
            Evidence::Foreign => others.credential.clone(),
        };
        let from = network();
        let post = async |path: &str, body: Value| self.post(&from, path, body).await;
        let by_code = json!({ "sign_in": own.handle, "code": code });
        let by_link = json!({ "sign_in": own.handle, "token": link });
        match self.case.door {
            Door::Login => self.login(person, &from, &password).await,
            Door::SignUp => {
                let address = if evidence == Evidence::Foreign { &eve.address } else { &person.address };
                let password = if evidence == Evidence::Wrong { "short" } else { person.password };
                post("/register", U::body(&person.name, address, password)).await
            }
            Door::MailedCode | Door::SecondStepByCode | Door::SignUpByCode | Door::ReauthenticateByCode => {
                post("/sign-in/mail/code", by_code).await
            }
            Door::Totp => post("/sign-in/totp", by_code).await,
            Door::EnrolledTotp => post("/sign-in/enrol/totp/confirm", by_code).await,
            Door::Passkey => post("/sign-in/passkey", json!({ "credential": credential })).await,
            Door::PasskeyStep => {
                post("/sign-in/passkey/step", json!({ "sign_in": own.handle, "credential": credential })).await
            }
            Door::EnrolledPasskey => {
                let body = json!({ "sign_in": own.handle, "credential": credential, "name": "Phone" });
                post("/sign-in/enrol/passkey", body).await
            }
            Door::ReauthenticateByPasskey => {
                let access = self.current(own).await;
                self.post_as(&access, "/reauthenticate/passkey", json!({ "credential": credential })).await
            }
            Door::RecoveryCode => post("/sign-in/recovery-code", by_code).await,
            Door::MailedLink | Door::SecondStepByLink | Door::SignUpByLink | Door::ReauthenticateByLink => {
                post("/sign-in/mail/link", by_link).await
            }
            Door::ResetByLink => post("/password/reset", json!({ "token": mixed_link, "new_password": NEW })).await,
            Door::ResetByCode => {
                post("/password/reset", json!({ "sign_in": own.handle, "code": code, "new_password": NEW })).await
            }
            Door::ChangePassword => {
                let access = self.current(own).await;
                let body = json!({ "current_password": password, "new_password": NEW });
                self.post_as(&access, "/password/change", body).await
            }
            Door::Reauthenticate => {
                // The session of the other with the right password: it is not theirs.
                let (session, password) =
                    if evidence == Evidence::Foreign { (others, person.password) } else { (own, &*password) };
                let access = self.current(session).await;
                self.post_as(&access, "/reauthenticate", json!({ "password": password })).await
            }
            Door::Refresh => {
                let token = pick(&own.refresh, changed(&own.refresh), &mixed(&own.refresh, &others.refresh));
                post("/refresh", json!({ "refresh_token": token })).await
            }
            Door::VerifyByLink => {
                self.post_as(&self.current(own).await, "/email/verify", json!({ "token": link })).await
            }
            Door::VerifyByCode => {
                self.post_as(&self.current(own).await, "/email/verify", json!({ "code": code })).await
            }
            Door::ConfirmAddress => {
                let token = if evidence == Evidence::Wrong { &link } else { &own.link };
                let handle = pick(&own.handle, own.handle.clone(), &others.handle);
                post("/email/change/confirm", json!({ "token": token, "sign_in": handle })).await
            }
            Door::UndoAddressChange => post("/email/change/undo", json!({ "token": mixed_link })).await,
        }
    }

    /// The access token of a session as it is now, if it goes on.
    async fn current(&self, papers: &Papers) -> String {
        let answer = self.post(&network(), "/refresh", json!({ "refresh_token": papers.refresh })).await;
        if answer.status == 200 { answer.access_token() } else { papers.access.clone() }
    }
}

/// An answer of an authenticator with another challenge.
fn unsigned(credential: &Value) -> Value {
    let mut credential = credential.clone();
    if let Some(text) = credential["response"]["clientDataJSON"].as_str() {
        let data = URL_SAFE_NO_PAD.decode(text).unwrap();
        let mut data: Value = serde_json::from_slice(&data).unwrap();
        data["challenge"] = changed(data["challenge"].as_str().unwrap()).into();
        credential["response"]["clientDataJSON"] = URL_SAFE_NO_PAD.encode(data.to_string()).into();
    }
    credential
}

/// Where an account moves to.
pub(super) fn new_address(person: &Person) -> String {
    format!("new.{}", person.address)
}

/// The same text with another sign in what proves something.
fn changed(text: &str) -> String {
    let other = if text.as_bytes()[40] == b'A' { 'B' } else { 'A' };
    format!("{}{other}{}", &text[..40], &text[41..])
}

/// The id of one text with what proves the other.
fn mixed(text: &str, other: &str) -> String {
    format!("{}{}", &text[..22], &other[22..])
}
