//! Somebody signs up with an address that is not theirs: before its owner does, after, and in between. Once the owner is
//! in, nothing that anybody else has begun leads anywhere.

use auth::mail::LetterKind;
use auth_tests::stage::{Customer, Stage, TABLES};
use auth_tests::{Answer, Database, payload};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::{ADA, EVE};

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Somebody else signs up with the owner's address.
    StrangerSignsUp,
    /// With their own, whose mail they read.
    StrangerSignsUpAsThemselves,
    StrangerLogsIn,
    StrangerForgets,
    StrangerGuesses(usize),
    OwnerSignsUp,
    /// The owner opens one of the links, or types one of the codes, in the browser in which they asked.
    OwnerAnswers(usize, usize, bool),
    Wait(u64),
}

struct History {
    stage: Stage<Customer, Database>,
    /// What each of them has begun, and the passwords that they chose.
    handles: [Vec<String>; 2],
    passwords: [Vec<String>; 2],
    /// How many handles the stranger had when the owner got in, and the account.
    finished: Option<(usize, String)>,
}

const STRANGER: usize = 0;
const OWNER: usize = 1;

impl History {
    async fn new() -> Self {
        let stage = Stage::with(Database::with(TABLES[0]).await, |builder| builder.mail_sign_in(true)).await;
        Self { stage, handles: Default::default(), passwords: Default::default(), finished: None }
    }

    fn keep(&mut self, who: usize, answer: &Answer) {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        self.handles[who].extend(body["sign_in"].as_str().map(str::to_owned));
    }

    async fn sign_up(&mut self, who: usize, contact: &str) {
        let number = self.passwords[who].len();
        let (nick, password) = (format!("nick-{who}-{number}"), format!("the password {number} of nobody but {who}"));
        let answer = self.stage.sign_up(&nick, contact, &password).await.is(202);
        self.passwords[who].push(password);
        self.keep(who, &answer);
        self.stage.deliver().await;
    }

    async fn answer(&self, handle: &str, shown: (&str, &str)) -> Answer {
        let path = if shown.0 == "token" { "/sign-in/mail/link" } else { "/sign-in/mail/code" };
        self.stage.post(path, json!({ "sign_in": handle, shown.0: shown.1 })).await
    }

    /// The links and codes that were mailed to the owner, the newest first.
    fn mailed(&self) -> Vec<(String, String)> {
        let mails = self.stage.mailbox.all();
        let with_code = |mail: &&auth::testing::TestMail| {
            mail.to == ADA && !matches!(mail.kind, LetterKind::SignUpOfOwner | LetterKind::PasswordChanged)
        };
        mails.iter().rev().filter(with_code).map(|mail| (mail.token(), mail.code())).collect()
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::StrangerSignsUp => self.sign_up(STRANGER, ADA).await,
            Act::StrangerSignsUpAsThemselves => self.sign_up(STRANGER, EVE).await,
            Act::OwnerSignsUp => self.sign_up(OWNER, ADA).await,
            Act::StrangerLogsIn => {
                let password = self.passwords[STRANGER].last().map_or("a guess, and nothing more", String::as_str);
                let answer = self.stage.login(ADA, password).await.is(401);
                assert_eq!(answer.code(), "invalid_credentials");
            }
            Act::StrangerForgets => {
                let answer = self.stage.post("/password/forgot", json!({ "contact": ADA })).await;
                self.keep(STRANGER, &answer);
                self.stage.deliver().await;
            }
            Act::StrangerGuesses(number) => {
                let Some(handle) = nth(&self.handles[STRANGER], number) else { return };
                // A link of a mail that they can read.
                let mails = self.stage.mailbox.all();
                let own = mails.iter().rfind(|mail| mail.to == EVE && mail.kind == LetterKind::ConfirmSignUp);
                let own = own.map_or_else(|| "A".repeat(64), |mail| mail.token());
                for shown in [("code", "12345678"), ("token", &*own)] {
                    self.is_not_the_owner(&self.answer(handle, shown).await);
                }
            }
            Act::OwnerAnswers(handle, mail, by_link) => {
                let mailed = self.mailed();
                let (Some(handle), Some((link, code))) = (nth(&self.handles[OWNER], handle), nth(&mailed, mail)) else {
                    return;
                };
                let shown = if by_link { ("token", &**link) } else { ("code", &**code) };
                let answer = self.answer(handle, shown).await;
                if answer.status == 200 {
                    let account = payload(&answer.access_token())["sub"].as_str().unwrap().to_owned();
                    assert!(self.finished.is_none(), "twice");
                    self.finished = Some((self.handles[STRANGER].len(), account));
                }
            }
            Act::Wait(seconds) => self.stage.after(seconds),
        }
        self.look().await;
    }

    fn is_not_the_owner(&self, answer: &Answer) {
        if answer.status == 200 {
            let account = payload(&answer.access_token())["sub"].as_str().unwrap().to_owned();
            let row = self.finished.as_ref().map(|(_, owner)| owner);
            assert_ne!(row, Some(&account));
            assert_eq!(payload(&answer.access_token())["email_verified"], json!(true));
        }
    }

    /// There is an account with the address exactly if its owner got in.
    async fn look(&self) {
        let row = self.stage.auth.accounts().find_by_login("contact", ADA).await.unwrap();
        assert_eq!(row.map(|row| row.id.to_string()).as_ref(), self.finished.as_ref().map(|(_, account)| account));
    }

    /// Whatever the stranger has, together with every mail that the owner got: nothing of it opens the account.
    async fn finish(self) -> bool {
        let Some((before, account)) = &self.finished else { return false };
        let id: i64 = account.parse().unwrap();
        let sessions = self.stage.auth.sessions(&id).await.unwrap().len();
        assert_eq!(sessions, 1, "of the owner");
        for password in &self.passwords[STRANGER] {
            assert_eq!(self.stage.login(ADA, password).await.is(401).code(), "invalid_credentials");
        }
        for handle in &self.handles[STRANGER][..*before] {
            for (link, code) in self.mailed() {
                for shown in [("token", &*link), ("code", &*code)] {
                    let status = self.answer(handle, shown).await.status.as_u16();
                    assert!([400, 401].contains(&status), "{status}");
                }
                let reset = json!({ "sign_in": handle, "code": code, "new_password": "a password of the stranger" });
                self.stage.post("/password/reset", reset).await.is(401);
            }
        }
        assert_eq!(self.stage.auth.sessions(&id).await.unwrap().len(), sessions);
        let mut right = 0;
        for password in &self.passwords[OWNER] {
            right += usize::from(self.stage.login(ADA, password).await.status == 200);
        }
        assert_eq!(right, 1, "the password of the sign-up that was confirmed");
        true
    }
}

fn nth<T>(all: &[T], number: usize) -> Option<&T> {
    all.iter().rev().nth(number)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let few = || prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    let act = prop_oneof![
        3 => Just(Act::StrangerSignsUp),
        1 => Just(Act::StrangerSignsUpAsThemselves),
        1 => Just(Act::StrangerLogsIn),
        1 => Just(Act::StrangerForgets),
        2 => few().prop_map(Act::StrangerGuesses),
        2 => Just(Act::OwnerSignsUp),
        6 => (few(), few(), any::<bool>()).prop_map(|(handle, mail, by_link)| Act::OwnerAnswers(handle, mail, by_link)),
        1 => prop_oneof![Just(1_u64), Just(601), Just(1_801)].prop_map(Act::Wait),
    ];
    proptest::collection::vec(act, 4..16)
}

#[test]
fn mail_09_nothing_of_a_stranger_outlives_the_owners_sign_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let finished = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(async {
            let mut history = History::new().await;
            for act in acts {
                history.act(act).await;
            }
            finished.set(finished.get() + u32::from(history.finish().await));
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(finished.get() >= 5, "the owner got in only {} times", finished.get());
}
