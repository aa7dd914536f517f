//! The application that has to behave like the model, and what breaks off in it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use auth::store::{Change, MemoryRecords, MemoryUsers};
use auth::testing::{Faults, Mailbox, ManualClock};
use auth::{AddressChangePolicy, Auth, Limits, NewUser, Secret};
use auth_tests::app::{SECRET, quick_passwords};
use auth_tests::stage::Reader;
use auth_tests::time::still;
use auth_tests::{Answer, Call};
use axum::Router;
use serde_json::{Value, json};
use tokio::task::yield_now;

use super::model::{ADDRESSES, Action, Expected, Model, Shown};

/// How an action breaks off at a call of the store.
#[derive(Clone, Copy, Debug)]
pub(super) enum Break {
    /// The store fails before it acts.
    Fails,
    /// The store acts, and its answer is lost.
    LosesAnswer,
    /// The client is gone before the store acts.
    HangsUpBefore,
    /// The client is gone after it.
    HangsUpAfter,
}

/// What is in the table of an account: address, whether it is active and confirmed, and the hash.
pub(super) type Row = (String, bool, bool, String);

pub(super) struct World {
    pub(super) auth: Auth<Reader>,
    router: Router,
    clock: ManualClock,
    pub(super) mailbox: Mailbox,
    faults: Faults,
    /// How many mails were read.
    pub(super) read: usize,
    pub(super) model: Model,
    /// How often each action has done what it is for.
    pub(super) done: BTreeMap<String, usize>,
    /// The rows after the last step, one for each account.
    pub(super) rows: Vec<Option<Row>>,
}

fn users() -> MemoryUsers<Reader> {
    let create = |new: NewUser<Reader>, number: u64| Reader {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        is_active: true,
        verified_at: None,
    };
    MemoryUsers::new(create, |user: &mut Reader, change| match change {
        Change::PasswordHash(hash) => user.password_hash = hash,
        Change::Active(active, _) => user.is_active = active,
        Change::Login(_, email) => user.email = email,
        Change::Verified(verified, at) => user.verified_at = verified.then(|| at.as_secs().cast_signed()),
        other => panic!("{:?}", other.kind()),
    })
}

impl World {
    pub(super) async fn new(policy: AddressChangePolicy) -> Self {
        let (clock, mailbox, faults) = (ManualClock::default(), Mailbox::new(), Faults::new());
        let builder = Auth::<Reader>::builder(faults.over(users(), MemoryRecords::new()))
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            .limits(Limits::insecure_none())
            .revocation_feed(Duration::ZERO)
            .sessions_per_user(1_000)
            .access_ttl(Duration::from_mins(15))
            .base_url("https://app.example")
            .mailer(mailbox.clone())
            .mail_interval(Duration::ZERO)
            .mail_sign_in(true)
            .address_changes(policy);
        let auth = builder.build().await.unwrap();
        let router = auth.routes::<Auth<Reader>>().into_router().with_state(auth.clone());
        Self {
            auth,
            router,
            clock,
            mailbox,
            faults,
            read: 0,
            model: Model { both: policy == AddressChangePolicy::Both, ..Model::default() },
            done: BTreeMap::new(),
            rows: Vec::new(),
        }
    }

    pub(super) async fn send(&self, call: Call) -> Answer {
        still(call.send(&self.router)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Call::post(path).json(&body)).await
    }

    pub(super) async fn login(&self, address: usize, password: &str) -> Answer {
        self.post("/login", json!({ "email": ADDRESSES[address], "password": password })).await
    }

    /// Sends what an action means. `None`: there is nothing that it could be about.
    async fn perform(&self, action: Action, model: &Model) -> Option<u16> {
        let (done, accounts) =
            (|result: Result<(), auth::AuthError>| result.map_or(503, |()| 204), self.auth.accounts());
        let id = |account: usize| model.accounts[account].id;
        Some(match action {
            Action::SetPassword(account) => done(accounts.set_password(&id(account), &model.next_password()).await),
            Action::Disable(account) => done(accounts.disable(&id(account)).await),
            Action::Enable(account) => done(accounts.enable(&id(account)).await),
            Action::Delete(account) => done(accounts.delete(&id(account)).await),
            Action::Wait(seconds) => {
                self.clock.advance(Duration::from_secs(seconds));
                204
            }
            _ => return None,
        })
    }

    fn call(action: Action, model: &Model) -> Call {
        let post = |path: &str, body: Value| Call::post(path).json(&body);
        let bearer = |session: usize, path: &str, body: Value| post(path, body).bearer(&model.sessions[session].access);
        let handle = |paper: usize| model.papers[paper].handle.clone().unwrap_or_else(|| "A".repeat(64));
        let shown = |paper: usize, shown: Shown| match shown {
            Shown::Link => ("token", model.papers[paper].link.clone()),
            Shown::Code => ("code", model.papers[paper].code.clone().unwrap()),
        };
        let new = model.next_password();
        match action {
            Action::SignUp(address) => post("/register", json!({ "email": ADDRESSES[address], "password": new })),
            Action::Login(address) => {
                let password = model.at(address).and_then(|account| model.accounts[account].password.clone());
                let password = password.unwrap_or_else(|| "there is none to be right".to_owned());
                post("/login", json!({ "email": ADDRESSES[address], "password": password }))
            }
            Action::SignInByMail(address) => post("/sign-in/mail", json!({ "email": ADDRESSES[address] })),
            Action::Forget(address) => post("/password/forgot", json!({ "email": ADDRESSES[address] })),
            Action::Answer(paper, kind) => {
                let (field, text) = shown(paper, kind);
                let path = if matches!(kind, Shown::Link) { "/sign-in/mail/link" } else { "/sign-in/mail/code" };
                post(path, json!({ "sign_in": handle(paper), field: text }))
            }
            Action::Reset(paper, Shown::Link) => {
                post("/password/reset", json!({ "token": model.papers[paper].link, "new_password": new }))
            }
            Action::Reset(paper, Shown::Code) => {
                let (_, code) = shown(paper, Shown::Code);
                post("/password/reset", json!({ "sign_in": handle(paper), "code": code, "new_password": new }))
            }
            Action::SendVerification(session) => bearer(session, "/email/verify/send", json!({})),
            Action::Verify(session, paper) => {
                bearer(session, "/email/verify", json!({ "token": model.papers[paper].link }))
            }
            Action::Move(session, address) => {
                bearer(session, "/email/change", json!({ "new_email": ADDRESSES[address] }))
            }
            Action::ConfirmMove(paper) => {
                post("/email/change/confirm", json!({ "token": model.papers[paper].link, "sign_in": handle(paper) }))
            }
            Action::AgreeToMove(paper) => post("/email/change/confirm", json!({ "token": model.papers[paper].link })),
            Action::Undo(paper) => post("/email/change/undo", json!({ "token": model.papers[paper].link })),
            Action::ChangePassword(session) => {
                let password = model.accounts[model.sessions[session].account].password.clone();
                let current = password.unwrap_or_else(|| "there is none to be right".to_owned());
                bearer(session, "/password/change", json!({ "current_password": current, "new_password": new }))
            }
            Action::Logout(session) => bearer(session, "/logout", json!({})),
            Action::Refresh(session) => post("/refresh", json!({ "refresh_token": model.sessions[session].refresh })),
            Action::SetPassword(_) | Action::Disable(_) | Action::Enable(_) | Action::Delete(_) | Action::Wait(_) => {
                panic!("no request")
            }
        }
    }

    /// Does an action; the answer has a status even where there was no request.
    async fn answer(&self, action: Action, model: &Model) -> (u16, Option<Answer>) {
        if let Some(status) = still(self.perform(action, model)).await {
            return (status, None);
        }
        let answer = self.send(Self::call(action, model)).await;
        (answer.status.as_u16(), Some(answer))
    }

    /// Does it, and breaks it off at a call of the store. `None`: nobody got an answer.
    async fn broken_off(&self, action: Action, model: &Model, at: usize, how: Break) -> Option<(u16, Option<Answer>)> {
        let plan = self.faults.nth("*", at);
        match how {
            Break::Fails => plan.fail(),
            Break::LosesAnswer => plan.lose_response(),
            Break::HangsUpBefore => plan.hang(),
            Break::HangsUpAfter => plan.after(std::future::pending()),
        }
        let waits = matches!(how, Break::HangsUpBefore | Break::HangsUpAfter);
        let answered = {
            let mut work = pin!(self.answer(action, model));
            tokio::select! {
                biased;
                answer = &mut work => Some(answer),
                () = async {
                    while !(waits && self.faults.is_done()) {
                        yield_now().await;
                    }
                } => None,
            }
        };
        self.faults.clear();
        // What was left to do is done meanwhile.
        tokio::time::sleep(Duration::from_mins(5)).await;
        answered
    }

    /// Takes one step in the world and in the model, and compares them.
    pub(super) async fn step(&mut self, action: Action, broken: Option<(usize, Break)>) {
        // No two things happen at one instant: of mails that were asked for at the same, each could be the older one.
        self.clock.advance(Duration::from_secs(1));
        self.model.now += 1;
        let before = self.model.clone();
        let expected = self.model.does(action);
        let answered = match broken {
            Some((at, how)) => self.broken_off(action, &before, at, how).await,
            None => Some(self.answer(action, &before).await),
        };
        let (doubtful, status) = (before.is_doubtful(action), answered.as_ref().map(|(status, _)| *status));
        let got_in = status.is_some_and(|status| status < 300);
        let may_get_in = expected.status < 300 || before.is_harmless(action);
        assert!(may_get_in || !got_in, "{action:?} got through: {before:#?}");
        assert!(!got_in || !before.is_reclaimed(action), "{action:?} is of somebody before the owner: {before:#?}");
        let done = status == Some(expected.status);
        let text = || answered.as_ref().and_then(|(_, answer)| answer.as_ref().map(Answer::text));
        let excused = broken.is_some() || doubtful;
        assert!(done || excused, "{action:?} is {status:?}, not {expected:?}: {:?}\n{before:#?}", text());
        if got_in {
            let name = format!("{action:?}").split('(').next().map(str::to_owned);
            *self.done.entry(name.unwrap_or_default()).or_default() += 1;
        }
        self.look(action, &before, done).await;
        if done && let Some((_, Some(answer))) = &answered {
            self.takes(action, &expected, answer);
        }
        let is_certain = broken.is_none() && done;
        self.read_mails(action, expected.mails, is_certain, answered.and_then(|(_, answer)| answer)).await;
        if excused && (broken.is_some() || !done) {
            self.model.doubts(action, &before);
        }
    }

    fn takes(&mut self, action: Action, expected: &Expected, answer: &Answer) {
        if expected.status >= 300 {
            return;
        }
        if let Some(account) = expected.begins {
            self.model.begins(account, answer.access_token(), answer.refresh_token());
        }
        if let Action::Refresh(session) = action {
            self.model.refreshes(session, answer.access_token(), answer.refresh_token());
        }
    }
}
