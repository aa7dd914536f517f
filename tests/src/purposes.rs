//! One of each thing that is mailed, or kept because of a mail: how it comes about, and how it is used. A purpose that
//! the library gets does not compile here before it is decided what becomes of it.

use auth::mail::LetterKind;
use auth::{AddressChangePolicy, AuthBuilder};
use serde_json::{Value, json};

use self::listed::MailPurpose;
use crate::client::{Answer, Call};
use crate::database::Database;
use crate::kinds::{Confirms, Kind};
use crate::stage::Stage;

#[path = "../../auth/src/mail/token/purpose.rs"]
#[allow(dead_code, reason = "it belongs to the library, which uses all of it")]
mod listed;

const ADA: &str = "ada@example.org";
const MOVED: &str = "ada@elsewhere.example";
/// In no other test: what is planted must not be found by them.
const PASSWORD: &str = "seven purple trains to nowhere";
const NEW_PASSWORD: &str = "nowhere to trains purple seven";

/// What a mailed token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(MailPurpose);

/// What is shown of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Link,
    /// The link that the address gets which the account has.
    FormerLink,
    /// In the browser that asked, or in the session.
    Code,
    /// Nothing: it keeps an address from others.
    None,
}

impl Purpose {
    /// Every purpose of what is mailed, each once.
    pub fn all() -> Vec<Self> {
        let next = |purpose: &MailPurpose| match purpose {
            MailPurpose::ResetPassword => Some(MailPurpose::SignIn),
            MailPurpose::SignIn => Some(MailPurpose::SecondStep),
            MailPurpose::SecondStep => Some(MailPurpose::Reauthenticate),
            MailPurpose::Reauthenticate => Some(MailPurpose::SignUp),
            MailPurpose::SignUp => Some(MailPurpose::VerifyAddress),
            MailPurpose::VerifyAddress => Some(MailPurpose::ChangeAddress),
            MailPurpose::ChangeAddress => Some(MailPurpose::UndoAddressChange),
            MailPurpose::UndoAddressChange => Some(MailPurpose::ReservedAddress),
            // What waits for a factor is never mailed: `tests/factors`.
            MailPurpose::ReservedAddress | MailPurpose::Factor | MailPurpose::Enrolment => None,
        };
        std::iter::successors(Some(MailPurpose::ResetPassword), next).map(Self).collect()
    }

    /// How it can be used.
    pub const fn ways(self) -> &'static [Way] {
        match self.0 {
            MailPurpose::ResetPassword
            | MailPurpose::SignIn
            | MailPurpose::SecondStep
            | MailPurpose::Reauthenticate
            | MailPurpose::SignUp
            | MailPurpose::VerifyAddress => &[Way::Link, Way::Code],
            MailPurpose::ChangeAddress => &[Way::Link, Way::FormerLink],
            MailPurpose::UndoAddressChange => &[Way::Link],
            MailPurpose::ReservedAddress | MailPurpose::Factor | MailPurpose::Enrolment => &[Way::None],
        }
    }

    /// When the user type has its addresses confirmed that has tokens for this.
    pub const fn confirms(self) -> Confirms {
        match self.0 {
            MailPurpose::SecondStep | MailPurpose::SignUp => Confirms::First,
            MailPurpose::ResetPassword
            | MailPurpose::SignIn
            | MailPurpose::Factor
            | MailPurpose::Enrolment
            | MailPurpose::Reauthenticate
            | MailPurpose::VerifyAddress
            | MailPurpose::ChangeAddress
            | MailPurpose::UndoAddressChange
            | MailPurpose::ReservedAddress => Confirms::Later,
        }
    }

    /// Whether it is good although the secret under which it came about is listed no more. Whatever is mailed is as
    /// secret as that secret, so none of it is, not even what undoes a change: it outlives new passwords and addresses,
    /// and ends with the secret. That an address is kept for its owner is no secret, and has to last.
    pub const fn outlives_the_secret(self) -> bool {
        match self.0 {
            MailPurpose::ResetPassword
            | MailPurpose::SignIn
            | MailPurpose::SecondStep
            | MailPurpose::Factor
            | MailPurpose::Enrolment
            | MailPurpose::Reauthenticate
            | MailPurpose::SignUp
            | MailPurpose::VerifyAddress
            | MailPurpose::ChangeAddress
            | MailPurpose::UndoAddressChange => false,
            MailPurpose::ReservedAddress => true,
        }
    }

    /// The name under which it is stored.
    pub const fn name(self) -> &'static str {
        self.0.name()
    }

    /// What the application is set to, so that there are tokens for this.
    pub fn setup<U: Kind>(self, builder: AuthBuilder<U>) -> AuthBuilder<U> {
        let policy = match self.0 {
            MailPurpose::UndoAddressChange | MailPurpose::ReservedAddress => AddressChangePolicy::NewAndUndo,
            MailPurpose::ChangeAddress
            | MailPurpose::ResetPassword
            | MailPurpose::SignIn
            | MailPurpose::SecondStep
            | MailPurpose::Factor
            | MailPurpose::Enrolment
            | MailPurpose::Reauthenticate
            | MailPurpose::SignUp
            | MailPurpose::VerifyAddress => AddressChangePolicy::Both,
        };
        builder.mail_sign_in(true).address_changes(policy)
    }
}

/// Something that was mailed, and the request that uses it.
pub struct Ticket {
    path: &'static str,
    body: Value,
    /// The session in which it is used.
    session: Option<String>,
    /// What is answered if it is good.
    pub success: u16,
    /// What nobody may find who reads tables and logs.
    pub secrets: Vec<String>,
    /// The tables before each mail was sent, and after it.
    pub dumps: Vec<String>,
}

/// Who has an account, or is about to.
struct Issuing<'a, U: Kind> {
    stage: &'a Stage<U, Database>,
    secrets: Vec<String>,
    dumps: Vec<String>,
    handle: String,
}

/// Has one of it mailed.
pub async fn issued<U: Kind>(stage: &Stage<U, Database>, purpose: Purpose, way: Way) -> Ticket {
    let mut issuing = Issuing { stage, secrets: vec![PASSWORD.to_owned()], dumps: Vec::new(), handle: String::new() };
    let address = json!({ U::ADDRESS: ADA });
    let login = json!({ U::ADDRESS: ADA, "password": PASSWORD });
    let (mut session, mut body) = (None, Value::Null);
    let (path, success) = match purpose.0 {
        MailPurpose::ResetPassword => {
            issuing.account(true).await;
            issuing.asks("/password/forgot", address).await;
            body = issuing.shows(LetterKind::ResetPassword, ADA, way, "token");
            body["new_password"] = json!(NEW_PASSWORD);
            issuing.secrets.push(NEW_PASSWORD.to_owned());
            // It takes one kind of evidence.
            if way == Way::Link
                && let Some(fields) = body.as_object_mut()
            {
                fields.remove("sign_in");
            }
            ("/password/reset", 204)
        }
        MailPurpose::SignIn => {
            issuing.account(true).await;
            issuing.asks("/sign-in/mail", address).await;
            (issuing.mailed_step(LetterKind::SignIn, way, &mut body), 200)
        }
        MailPurpose::Factor | MailPurpose::Enrolment => panic!("it is never mailed"),
        MailPurpose::SecondStep => {
            issuing.account(false).await;
            issuing.asks("/login", login).await;
            (issuing.mailed_step(LetterKind::SignIn, way, &mut body), 200)
        }
        MailPurpose::Reauthenticate => {
            issuing.account(true).await;
            let tokens = issuing.signs_in(&login).await;
            issuing.asks_as(&tokens, "/reauthenticate/mail", json!({})).await;
            (issuing.mailed_step(LetterKind::SignIn, way, &mut body), 200)
        }
        MailPurpose::SignUp => {
            issuing.asks("/register", U::body("ada", ADA, PASSWORD)).await;
            (issuing.mailed_step(LetterKind::ConfirmSignUp, way, &mut body), 200)
        }
        MailPurpose::VerifyAddress => {
            issuing.account(false).await;
            let tokens = issuing.signs_in(&login).await;
            issuing.asks_as(&tokens, "/email/verify/send", json!({})).await;
            body = issuing.shows(LetterKind::VerifyAddress, ADA, way, "token");
            if let Some(fields) = body.as_object_mut() {
                fields.remove("sign_in");
            }
            session = Some(tokens.refresh_token());
            ("/email/verify", 204)
        }
        MailPurpose::ChangeAddress => {
            issuing.account(true).await;
            let tokens = issuing.signs_in(&login).await;
            issuing.asks_as(&tokens, "/email/change", json!({ "new_email": MOVED })).await;
            let (letter, to) = match way {
                Way::FormerLink => (LetterKind::ConfirmAddressChange, ADA),
                Way::Link | Way::Code | Way::None => (LetterKind::ConfirmNewAddress, MOVED),
            };
            body = issuing.shows(letter, to, Way::Link, "token");
            ("/email/change/confirm", 200)
        }
        MailPurpose::UndoAddressChange | MailPurpose::ReservedAddress => {
            issuing.account(true).await;
            let tokens = issuing.signs_in(&login).await;
            issuing.asks_as(&tokens, "/email/change", json!({ "new_email": MOVED })).await;
            let confirm = issuing.shows(LetterKind::ConfirmNewAddress, MOVED, Way::Link, "token");
            issuing.stage.post("/email/change/confirm", confirm).await.is(204);
            issuing.sends().await;
            let undo = issuing.stage.mailbox.last(LetterKind::AddressChanged, ADA).token();
            issuing.secrets.push(undo.clone());
            if way == Way::None {
                // Somebody else wants the address.
                body = U::body("eve", ADA, PASSWORD);
                ("/register", 409)
            } else {
                body = json!({ "token": undo });
                ("/email/change/undo", 204)
            }
        }
    };
    let Issuing { secrets, dumps, .. } = issuing;
    Ticket { path, body, session, success, secrets, dumps }
}

impl<U: Kind> Issuing<'_, U> {
    async fn account(&self, verified: bool) {
        let accounts = self.stage.auth.accounts();
        let id = *accounts.create(U::form("ada", ADA), PASSWORD).await.unwrap().id();
        accounts.set_verified(&id, verified).await.unwrap();
    }

    async fn signs_in(&mut self, login: &Value) -> Answer {
        let tokens = self.stage.post("/login", login.clone()).await.is(200);
        self.secrets.extend([tokens.access_token(), tokens.refresh_token()]);
        tokens
    }

    async fn asks(&mut self, path: &str, body: Value) {
        let answer = self.stage.post(path, body).await;
        self.keeps(&answer).await;
    }

    async fn asks_as(&mut self, tokens: &Answer, path: &str, body: Value) {
        let answer = self.stage.post_as(&tokens.access_token(), path, body).await.is(202);
        self.keeps(&answer).await;
    }

    /// Notes the handle, and sends what is due.
    async fn keeps(&mut self, answer: &Answer) {
        if let Some(handle) = answer.json()["sign_in"].as_str() {
            handle.clone_into(&mut self.handle);
            self.secrets.push(handle.to_owned());
        }
        self.sends().await;
    }

    async fn sends(&mut self) {
        self.dumps.push(self.stage.place.dump().await);
        assert!(self.stage.deliver().await > 0, "nothing was mailed");
        self.dumps.push(self.stage.place.dump().await);
    }

    /// What a request shows of a mail, beside the handle.
    fn shows(&mut self, letter: LetterKind, to: &str, way: Way, link: &str) -> Value {
        let mail = self.stage.mailbox.last(letter, to);
        self.secrets.push(mail.token());
        if way != Way::Code {
            return json!({ "sign_in": self.handle, link: mail.token() });
        }
        let code = mail.code();
        self.secrets.extend([code.clone(), format!("{} {}", &code[..4], &code[4..])]);
        json!({ "sign_in": self.handle, "code": code })
    }

    fn mailed_step(&mut self, letter: LetterKind, way: Way, body: &mut Value) -> &'static str {
        *body = self.shows(letter, ADA, way, "token");
        if way == Way::Code { "/sign-in/mail/code" } else { "/sign-in/mail/link" }
    }
}

impl Ticket {
    /// Uses it.
    pub async fn used<U: Kind>(&mut self, stage: &Stage<U, Database>) -> Answer {
        let call = Call::post(self.path).json(&self.body);
        let call = match &self.session {
            Some(refresh) => {
                let tokens = stage.refresh(refresh).await.is(200);
                self.secrets.extend([tokens.access_token(), tokens.refresh_token()]);
                self.session = Some(tokens.refresh_token());
                call.bearer(&tokens.access_token())
            }
            None => call,
        };
        let answer = stage.send(call).await;
        if let Ok(body) = serde_json::from_slice::<Value>(&answer.body) {
            let tokens = ["access_token", "refresh_token"].into_iter().filter_map(|name| body[name].as_str());
            self.secrets.extend(tokens.map(str::to_owned));
        }
        answer
    }

    /// Whether a text holds one of the secrets, in a spelling in which it could.
    pub fn found_in(&self, text: &str) -> Option<String> {
        self.spellings().into_iter().find(|secret| holds(text, secret))
    }

    /// The secrets, in the spellings in which they could be kept.
    pub fn spellings(&self) -> Vec<String> {
        let ends = self.secrets.iter().filter(|secret| secret.len() == 64).map(|secret| secret[22..].to_owned());
        let signatures =
            self.secrets.iter().filter_map(|secret| secret.rsplit_once('.').map(|(_, end)| end.to_owned()));
        let texts: Vec<String> = self.secrets.iter().cloned().chain(ends).chain(signatures).collect();
        let hex = texts.iter().map(|text| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}")));
        texts.iter().cloned().chain(hex).collect()
    }
}

/// Whether it is in the text. The digits of a code can be part of a longer number by chance, so they stand alone.
pub fn holds(text: &str, secret: &str) -> bool {
    let is_code = secret.len() == 8 && secret.bytes().all(|byte| byte.is_ascii_digit());
    let stands = |at: usize| {
        let around = [text[..at].chars().next_back(), text[at + secret.len()..].chars().next()];
        !is_code || around.into_iter().flatten().all(|c| !c.is_ascii_alphanumeric())
    };
    text.match_indices(secret).any(|(at, _)| stands(at))
}
