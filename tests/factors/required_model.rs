//! Whatever users, administrators, other programs and the clock do, in any order: no access token is issued to somebody who
//! must have a second factor that does not say so, no guard lets a row through that meets the rule, and whoever knows
//! the password, reads the mail and has the phone gets in.

use auth::clock::Clock as _;
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty, Task};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, OnServer, Place, payload};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use sqlx::{MySql, Postgres};

use super::with_factors;

const ADDRESSES: [&str; 2] = ["ada@example.org", "eve@example.org"];
const DUTIES: [Duty; 3] = [Duty::Guest, Duty::Member, Duty::Admin];

/// Users and sessions by number.
#[derive(Clone, Copy, Debug)]
enum Action {
    /// With the password, and so many of the steps that are asked for.
    Login(usize, usize),
    /// By mail, in the same way.
    SignInByMail(usize, usize),
    Reauthenticate(usize, usize),
    ReauthenticateByMail(usize, usize),
    Refresh(usize),
    EnrolInSession(usize),
    RemoveFactor(usize),
    SetRole(usize, usize),
    SetPermissions(usize, bool),
    /// Another program writes the row.
    Sql(usize, usize),
    ResetFactors(usize),
    EndSessions(usize),
    SetVerified(usize, bool),
    Reset(usize),
    Wait(u64),
}

/// A session, as its browser knows it.
struct Held {
    user: usize,
    access: String,
    refresh: String,
}

struct Model<P: Place> {
    stage: Stage<Clerk, P>,
    sessions: Vec<Held>,
    /// The secrets of the apps, as far as they were confirmed.
    apps: [Option<String>; 2],
    with_mail: bool,
    issued: usize,
}

impl<P: Place> Model<P>
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    async fn new(place: P, with_mail: bool) -> Self {
        let stage = if with_mail {
            Stage::with(place, with_factors).await
        } else {
            Stage::without_mail(place, |builder| builder.totp("Shop")).await
        };
        let mut model = Self { stage, sessions: Vec::new(), apps: [None, None], with_mail, issued: 0 };
        for (user, address) in ADDRESSES.into_iter().enumerate() {
            let answer = model.stage.sign_up(address).await.is(201);
            model.stage.auth.accounts().set_verified(&Self::id(user), true).await.unwrap();
            model.got(user, None, &answer).await;
        }
        model
    }

    fn id(user: usize) -> i64 {
        i64::try_from(user).unwrap() + 1
    }

    /// Whether the row meets the rule, as it is now: read and judged without the library.
    async fn needs_mfa(&self, user: usize) -> bool {
        let row = self.stage.auth.accounts().find(&Self::id(user)).await.unwrap().unwrap();
        row.duty == Duty::Admin || row.tasks.iter().any(|task| *task == Task::Pay)
    }

    /// Asserts the invariant of every access token in an answer, and keeps a session that began.
    async fn got(&mut self, user: usize, session: Option<usize>, answer: &Answer) {
        let Some(access) = answer.json().get("access_token").and_then(Value::as_str).map(str::to_owned) else { return };
        self.issued += 1;
        let methods = super::amr(&access);
        let has_mfa = methods.contains(&"mfa".to_owned());
        assert_eq!(payload(&access)["sub"], json!(Self::id(user).to_string()));
        assert!(has_mfa || !self.needs_mfa(user).await, "a token without `mfa` for who must have it: {methods:?}");
        assert!(!has_mfa || methods.contains(&"pwd".to_owned()), "a mailbox is no factor: {methods:?}");
        match (session, answer.json().get("refresh_token").and_then(Value::as_str)) {
            (Some(session), refresh) => {
                self.sessions[session].access = access;
                if let Some(refresh) = refresh {
                    refresh.clone_into(&mut self.sessions[session].refresh);
                }
            }
            (None, Some(refresh)) => self.sessions.push(Held { user, access, refresh: refresh.to_owned() }),
            (None, None) => panic!("a token of no session"),
        }
    }

    /// The code that was just mailed; none if there was too much mail within the hour.
    async fn mailed(&self, user: usize) -> Option<String> {
        let mails = || {
            let mails = self.stage.mailbox.all().into_iter();
            mails.filter(|mail| mail.kind == LetterKind::SignIn && mail.to == ADDRESSES[user]).count()
        };
        let before = mails();
        self.stage.deliver().await;
        (mails() > before).then(|| self.stage.mailbox.last(LetterKind::SignIn, ADDRESSES[user]).code())
    }

    fn shown(&self, secret: &str) -> String {
        auth::testing::totp_code(secret, self.stage.clock.now())
    }

    /// Takes as many of the steps that are asked for. Returns the last answer.
    async fn follow(&mut self, user: usize, session: Option<usize>, mut answer: Answer, steps: usize) -> Answer {
        for _ in 0..steps {
            if !["factor_required", ""].contains(&code_of(&answer).as_str()) || answer.json().get("sign_in").is_none() {
                break;
            }
            let handle = answer.field("sign_in");
            answer = match answer.field("needs").as_str() {
                "mailbox" => {
                    let Some(code) = self.mailed(user).await else { return answer };
                    self.stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await
                }
                "factor" => {
                    self.stage.after(30);
                    let secret = self.apps[user].clone().expect("a factor that nobody has added");
                    let step = json!({ "sign_in": handle, "code": self.shown(&secret) });
                    self.stage.post("/sign-in/totp", step).await
                }
                "enrolment" => {
                    let begun = self.stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(200);
                    let step = json!({ "sign_in": handle, "code": self.shown(&begun.field("secret")) });
                    let enrolled = self.stage.post("/sign-in/enrol/totp/confirm", step).await;
                    if enrolled.status == 200 {
                        self.apps[user] = Some(begun.field("secret"));
                        self.stage.after(30);
                    }
                    enrolled
                }
                other => panic!("it needs {other}"),
            };
            self.got(user, session, &answer).await;
        }
        answer
    }

    async fn act(&mut self, action: Action) {
        let accounts = self.stage.auth.accounts();
        let session = |number: usize| number % self.sessions.len().max(1);
        match action {
            Action::Login(user, steps) => {
                self.stage.after(61);
                let answer = self.stage.login(ADDRESSES[user]).await;
                self.got(user, None, &answer).await;
                self.follow(user, None, answer, steps).await;
            }
            Action::SignInByMail(user, steps) if self.with_mail => {
                self.stage.after(61);
                let asked = self.stage.post("/sign-in/mail", json!({ "email": ADDRESSES[user] })).await.is(202);
                // Without the confirmation it would take the password away, which is another promise.
                self.stage.auth.accounts().set_verified(&Self::id(user), true).await.unwrap();
                self.follow(user, None, asked, steps).await;
            }
            Action::Reauthenticate(number, steps) if !self.sessions.is_empty() => {
                self.stage.after(61);
                let number = session(number);
                let Held { user, access, .. } = &self.sessions[number];
                let (user, body) = (*user, json!({ "password": PASSWORD }));
                let answer = self.stage.post_as(&access.clone(), "/reauthenticate", body).await;
                self.got(user, Some(number), &answer).await;
                self.follow(user, Some(number), answer, steps).await;
            }
            Action::ReauthenticateByMail(number, steps) if self.with_mail && !self.sessions.is_empty() => {
                self.stage.after(61);
                let number = session(number);
                let Held { user, access, .. } = &self.sessions[number];
                let user = *user;
                let answer = self.stage.post_as(&access.clone(), "/reauthenticate/mail", json!({})).await;
                self.follow(user, Some(number), answer, steps).await;
            }
            Action::Refresh(number) if !self.sessions.is_empty() => {
                let number = session(number);
                let Held { user, refresh, .. } = &self.sessions[number];
                let user = *user;
                let answer = self.stage.refresh(&refresh.clone()).await;
                if answer.status != 200 {
                    assert!(["step_up_required", "invalid_refresh_token"].contains(&answer.code().as_str()));
                }
                self.got(user, Some(number), &answer).await;
            }
            Action::EnrolInSession(number) if !self.sessions.is_empty() => {
                let Held { user, access, .. } = &self.sessions[session(number)];
                let (user, access) = (*user, access.clone());
                let begun = self.stage.post_as(&access, "/factors/totp", json!({})).await;
                if begun.status == 200 {
                    let secret = begun.field("secret");
                    let confirm = json!({ "code": self.shown(&secret) });
                    self.stage.post_as(&access, "/factors/totp/confirm", confirm).await.is(200);
                    self.apps[user] = Some(secret);
                }
            }
            Action::RemoveFactor(number) if !self.sessions.is_empty() => {
                let Held { user, access, .. } = &self.sessions[session(number)];
                let answer = self.stage.send(Call::delete("/factors/totp").bearer(access)).await;
                if answer.status == 204 {
                    assert!(!self.needs_mfa(*user).await || self.apps[*user].is_none());
                    self.apps[*user] = None;
                }
            }
            Action::SetRole(user, duty) => accounts.set_role(&Self::id(user), DUTIES[duty]).await.unwrap(),
            Action::SetPermissions(user, pay) => {
                let tasks = if pay { vec![Task::Pay] } else { vec![Task::Read] };
                accounts.set_permissions(&Self::id(user), tasks.into_iter().collect()).await.unwrap();
            }
            Action::Sql(user, duty) => {
                let duty = ["guest", "member", "admin"][duty];
                let sql = format!("UPDATE clerks SET duty = '{duty}' WHERE id = {}", Self::id(user));
                self.stage.place.sql(&sql).await.unwrap();
            }
            Action::ResetFactors(user) => {
                accounts.reset_factors(&Self::id(user)).await.unwrap();
                self.apps[user] = None;
            }
            Action::EndSessions(user) => accounts.end_sessions(&Self::id(user)).await.unwrap(),
            Action::SetVerified(user, verified) => {
                accounts.set_verified(&Self::id(user), verified).await.unwrap();
            }
            Action::Reset(user) if self.with_mail => {
                self.stage.after(61);
                self.stage.post("/password/forgot", json!({ "email": ADDRESSES[user] })).await.is(202);
                self.stage.deliver().await;
                let mut mails = self.stage.mailbox.all().into_iter();
                let mail = mails.rfind(|mail| mail.kind == LetterKind::ResetPassword && mail.to == ADDRESSES[user]);
                let Some(token) = mail.map(|mail| mail.token()) else { return };
                // The same again, so that the others need not know.
                let reset = json!({ "token": token, "new_password": PASSWORD });
                let answer = self.stage.post("/password/reset", reset).await;
                assert!(answer.body.is_empty() || answer.json().get("access_token").is_none());
            }
            Action::Wait(seconds) => self.stage.after(seconds),
            _ => {}
        }
    }

    /// No guard lets a session through whose row meets the rule, if it has read it.
    async fn check(&self) {
        for Held { user, access, .. } in &self.sessions {
            let answer = self.stage.me(access).await;
            let is_weak = !super::amr(access).contains(&"mfa".to_owned());
            if answer.status == 200 {
                assert!(!is_weak || !self.needs_mfa(*user).await, "a guard let through who must have a factor");
            } else {
                assert!(["invalid_token", "step_up_required"].contains(&answer.code().as_str()), "{}", answer.text());
            }
        }
    }

    /// Nobody is locked out.
    async fn finish(mut self) -> usize {
        for (user, address) in ADDRESSES.into_iter().enumerate() {
            // So much mail as can be needed.
            self.stage.after(3601);
            let answer = self.stage.login(address).await;
            self.got(user, None, &answer).await;
            let answer = self.follow(user, None, answer, 3).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            self.stage.me(&answer.access_token()).await.is(200);
            self.stage.refresh(&answer.refresh_token()).await.is(200);
        }
        self.issued
    }
}

fn code_of(answer: &Answer) -> String {
    answer.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let (user, session, steps, duty) = (0..2_usize, 0..6_usize, 0..4_usize, 0..3_usize);
    let action = prop_oneof![
        3 => (user.clone(), steps.clone()).prop_map(|(user, steps)| Action::Login(user, steps)),
        1 => (user.clone(), steps.clone()).prop_map(|(user, steps)| Action::SignInByMail(user, steps)),
        2 => (session.clone(), steps.clone()).prop_map(|(session, steps)| Action::Reauthenticate(session, steps)),
        1 => (session.clone(), steps).prop_map(|(session, steps)| Action::ReauthenticateByMail(session, steps)),
        4 => session.clone().prop_map(Action::Refresh),
        2 => session.clone().prop_map(Action::EnrolInSession),
        1 => session.prop_map(Action::RemoveFactor),
        4 => (user.clone(), duty.clone()).prop_map(|(user, duty)| Action::SetRole(user, duty)),
        2 => (user.clone(), any::<bool>()).prop_map(|(user, pay)| Action::SetPermissions(user, pay)),
        2 => (user.clone(), duty).prop_map(|(user, duty)| Action::Sql(user, duty)),
        1 => user.clone().prop_map(Action::ResetFactors),
        1 => user.clone().prop_map(Action::EndSessions),
        1 => (user.clone(), any::<bool>()).prop_map(|(user, verified)| Action::SetVerified(user, verified)),
        1 => user.prop_map(Action::Reset),
        1 => prop_oneof![Just(10_u64), Just(1000), Just(4000)].prop_map(Action::Wait),
    ];
    proptest::collection::vec(action, 1..24)
}

fn obeys<P: Place>(cases: u32, with_mail: bool, place: impl AsyncFn() -> Option<P>)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let issued = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&actions(), |actions| {
        runtime.block_on(async {
            let Some(place) = place().await else { return };
            let mut model = Model::new(place, with_mail).await;
            for action in actions {
                model.act(action).await;
                model.check().await;
            }
            issued.set(issued.get() + model.finish().await);
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn sign_02_no_history_issues_a_weak_token() {
    obeys(64, true, async || Some(Database::with(CLERKS[0]).await));
}

#[test]
fn sign_02_no_history_without_mail_does_so() {
    obeys(48, false, async || Some(Database::with(CLERKS[0]).await));
}

#[test]
fn sign_02_no_history_on_postgresql_does_so() {
    obeys(12, true, async || OnServer::<Postgres>::with(CLERKS[1]).await);
}

#[test]
fn sign_02_no_history_on_mysql_does_so() {
    obeys(12, true, async || OnServer::<MySql>::with(CLERKS[2]).await);
}
