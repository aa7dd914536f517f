//! Whatever a user, an administrator and the clock do in whatever order: who may enter is what this small model says.

use std::time::Duration;

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::users::{SCHEMA, SCHEMA_MYSQL, SCHEMA_POSTGRES};
use auth_tests::{App, Call, Database, OnServer, Place, Role, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use sqlx::{MySql, Postgres};

const EMAIL: &str = "ada@example.org";
const GRACE: u64 = 10;
const ACCESS: u64 = 900;
const LEEWAY: u64 = 5;
const IDLE: u64 = 3600;
const ABSOLUTE: u64 = 7200;
/// How long rows are kept, where they are.
const KEPT: Duration = Duration::from_secs(5);
const MOST_SESSIONS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Which {
    Current,
    Parent,
    Older,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Login,
    Refresh(usize, Which),
    Logout(usize),
    LogoutAll(usize),
    ChangePassword(usize),
    Disable,
    Enable,
    SetRole,
    Wait(u64),
}

/// What the model knows of a session.
#[derive(Clone, Debug)]
struct Session {
    /// Refresh tokens, oldest first; the last is the current one.
    refresh: Vec<String>,
    access: String,
    issued_at: u64,
    /// The access token says something that is no longer true.
    stale: bool,
    created_at: u64,
    used_at: u64,
    turned_at: u64,
    alive: bool,
}

struct Model<P: Place> {
    app: App<P>,
    now: u64,
    active: bool,
    passwords: usize,
    roles: usize,
    sessions: Vec<Session>,
}

fn password(number: usize) -> String {
    format!("good password number {number}")
}

impl Session {
    fn expired(&self, now: u64) -> bool {
        now >= (self.used_at + IDLE).min(self.created_at + ABSOLUTE)
    }

    fn enters(&self, now: u64) -> bool {
        self.alive && !self.stale && now < self.issued_at + ACCESS + LEEWAY
    }
}

impl<P: Place> Model<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    async fn new(place: P, cache: Duration) -> Self {
        let app = App::in_place(place, |builder| {
            let builder = builder.user_cache(cache);
            let builder = builder.refresh_grace(Duration::from_secs(GRACE)).access_ttl(Duration::from_secs(ACCESS));
            builder.refresh_ttl(Duration::from_secs(IDLE)).session_limit(Duration::from_secs(ABSOLUTE))
        })
        .await;
        let body = json!({ "email": EMAIL, "password": password(0), "display_name": "Ada" });
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(201);
        let mut model = Self { app, now: 0, active: true, passwords: 0, roles: 0, sessions: Vec::new() };
        model.begin(answer.access_token(), answer.refresh_token());
        model
    }

    fn begin(&mut self, access: String, refresh: String) {
        let now = self.now;
        self.sessions.push(Session {
            refresh: vec![refresh],
            access,
            issued_at: now,
            stale: false,
            created_at: now,
            used_at: now,
            turned_at: now,
            alive: true,
        });
    }

    fn end_all(&mut self, except: Option<usize>) {
        for (number, session) in self.sessions.iter_mut().enumerate() {
            session.alive &= except == Some(number);
        }
    }

    async fn act(&mut self, action: Action) {
        let count = self.sessions.len();
        match action {
            Action::Login if count < MOST_SESSIONS => {
                let answer = self.app.login(EMAIL, &password(self.passwords)).await;
                if self.active {
                    let answer = answer.is(200);
                    self.begin(answer.access_token(), answer.refresh_token());
                } else {
                    answer.is(403);
                }
            }
            Action::Login => {}
            Action::Refresh(number, which) => self.refresh(number % count, which).await,
            Action::Logout(number) => {
                let session = &mut self.sessions[number % count];
                // Expired or revoked, an access token is always good enough to leave with.
                self.app.logout(&session.access).await.is(204);
                session.alive = false;
            }
            Action::LogoutAll(number) => {
                let session = &self.sessions[number % count];
                let enters = session.enters(self.now);
                let call = Call::post("/auth/logout-all").bearer(&session.access);
                self.app.send(call).await.is(if enters { 204 } else { 401 });
                if enters {
                    self.end_all(None);
                }
            }
            Action::ChangePassword(number) => {
                let number = number % count;
                let session = &self.sessions[number];
                let enters = session.enters(self.now);
                let (old, new) = (password(self.passwords), password(self.passwords + 1));
                let answer = self.app.change_password(&session.access, &old, &new).await;
                answer.is(if enters { 204 } else { 401 });
                if enters {
                    self.passwords += 1;
                    self.end_all(Some(number));
                }
            }
            Action::Disable => {
                self.app.auth.users().disable(&1).await.unwrap();
                self.active = false;
                self.end_all(None);
            }
            Action::Enable => {
                self.app.auth.users().enable(&1).await.unwrap();
                self.active = true;
            }
            Action::SetRole => {
                self.roles += 1;
                self.app.auth.users().set_role(&1, [Role::Member, Role::Admin][self.roles % 2]).await.unwrap();
                self.sessions.iter_mut().for_each(|session| session.stale = true);
            }
            Action::Wait(seconds) => {
                self.now += seconds;
                self.app.after(seconds);
            }
        }
    }

    async fn refresh(&mut self, number: usize, which: Which) {
        let now = self.now;
        let session = &mut self.sessions[number];
        let last = session.refresh.len() - 1;
        let back = match which {
            Which::Current => 0,
            Which::Parent => 1,
            Which::Older => 2,
        };
        let Some(place) = last.checked_sub(back) else { return };
        let answer = self.app.refresh(&session.refresh[place]).await;
        if !session.alive || session.expired(now) {
            answer.is(401);
            return;
        }
        let in_grace = now - session.turned_at < GRACE;
        if back > 1 || (back == 1 && !in_grace) {
            answer.is(401);
            session.alive = false;
            return;
        }
        let answer = answer.is(200);
        if back == 1 || (in_grace && last > 0) {
            assert_eq!(answer.refresh_token(), session.refresh[last], "the same child again");
        } else {
            assert!(!session.refresh.contains(&answer.refresh_token()));
            session.refresh.push(answer.refresh_token());
            (session.used_at, session.turned_at) = (now, now);
        }
        (session.access, session.issued_at, session.stale) = (answer.access_token(), now, false);
    }

    async fn check(&self) {
        for session in &self.sessions {
            let entered = self.app.get("/me", &session.access).await.status == 200;
            assert_eq!(entered, session.enters(self.now), "{session:?} at {}", self.now);
        }
        if let Some(inside) = self.sessions.iter().find(|session| session.enters(self.now)) {
            let listed = self.app.get("/auth/sessions", &inside.access).await.is(200).json().as_array().unwrap().len();
            let alive = self.sessions.iter().filter(|session| session.alive && !session.expired(self.now)).count();
            assert_eq!(listed, alive);
        }
        let role = [Role::Member, Role::Admin][self.roles % 2];
        let admin = if role == Role::Admin { 200 } else { 403 };
        for session in self.sessions.iter().filter(|session| session.enters(self.now)) {
            self.app.get("/stats", &session.access).await.is(admin);
            self.app.get("/admin/row", &session.access).await.is(admin);
        }
    }

    /// In the end every session that should be refreshes, and no other does.
    async fn finish(self) {
        for session in &self.sessions {
            let status = self.app.refresh(session.refresh.last().unwrap()).await.status;
            assert_eq!(status == 200, session.alive && !session.expired(self.now), "{session:?} at {}", self.now);
        }
    }
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let number = 0..MOST_SESSIONS;
    let which = prop_oneof![4 => Just(Which::Current), 2 => Just(Which::Parent), 1 => Just(Which::Older)];
    let action = prop_oneof![
        4 => Just(Action::Login),
        9 => (number.clone(), which).prop_map(|(number, which)| Action::Refresh(number, which)),
        2 => number.clone().prop_map(Action::Logout),
        1 => number.clone().prop_map(Action::LogoutAll),
        2 => number.prop_map(Action::ChangePassword),
        1 => Just(Action::Disable),
        2 => Just(Action::Enable),
        2 => Just(Action::SetRole),
        6 => prop_oneof![Just(1_u64), Just(GRACE - 1), Just(GRACE), Just(ACCESS), Just(ACCESS + LEEWAY), Just(IDLE - 1)]
            .prop_map(Action::Wait),
    ];
    proptest::collection::vec(action, 1..24)
}

fn obeys<P: Place>(cases: u32, cache: Duration, place: impl AsyncFn() -> Option<P>)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&actions(), |actions| {
        runtime.block_on(async {
            let Some(place) = place().await else { return };
            let mut model = Model::new(place, cache).await;
            for action in actions {
                model.act(action).await;
                model.check().await;
            }
            model.finish().await;
        });
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn whatever_happens_only_those_may_enter_whom_the_model_lets_in() {
    obeys(96, Duration::ZERO, async || Some(Database::with(SCHEMA).await));
}

#[test]
fn the_model_holds_while_rows_are_kept() {
    obeys(48, KEPT, async || Some(Database::with(SCHEMA).await));
}

#[test]
fn the_model_holds_on_postgresql() {
    obeys(16, KEPT, async || OnServer::<Postgres>::with(SCHEMA_POSTGRES).await);
}

#[test]
fn the_model_holds_on_mysql() {
    obeys(16, KEPT, async || OnServer::<MySql>::with(SCHEMA_MYSQL).await);
}
