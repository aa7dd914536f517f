//! Whatever the user, an administrator and the clock do, in any order: a small model predicts who may enter.

use std::time::Duration;

use auth::AuthBuilder;
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
/// How long rows are cached, in the cases that cache them.
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

/// The model of a session.
#[derive(Clone, Debug)]
struct Session {
    /// Refresh tokens, oldest first; the last is the current one.
    refresh: Vec<String>,
    access: String,
    issued_at: u64,
    /// Whether the access token is outdated.
    stale: bool,
    created_at: u64,
    used_at: u64,
    turned_at: u64,
    alive: bool,
}

struct Model<P: Place> {
    /// Processes on the same store. Actions alternate between them, and each must see the effects of the last.
    apps: Vec<App<P>>,
    turn: usize,
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
    fn ends_at(&self) -> u64 {
        (self.used_at + IDLE).min(self.created_at + ABSOLUTE)
    }

    fn expired(&self, now: u64) -> bool {
        now >= self.ends_at()
    }

    /// No access token outlives its session.
    fn enters(&self, now: u64) -> bool {
        self.alive && !self.stale && now < (self.issued_at + ACCESS).min(self.ends_at()) + LEEWAY
    }
}

impl<P: Place + Clone> Model<P>
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    async fn new(place: P, cache: Duration, processes: usize) -> Self {
        let setup = |builder: AuthBuilder<User>| {
            let builder = builder.user_cache(cache);
            let builder = builder.refresh_grace(Duration::from_secs(GRACE)).access_ttl(Duration::from_secs(ACCESS));
            builder.session_idle_timeout(Duration::from_secs(IDLE)).session_max_lifetime(Duration::from_secs(ABSOLUTE))
        };
        let app = App::in_place(place, setup).await;
        let body = json!({ "email": EMAIL, "password": password(0), "display_name": "Ada" });
        let answer = app.send(Call::post("/auth/register").json(&body)).await.is(201);
        let mut apps = vec![app];
        while apps.len() < processes {
            apps.push(apps[0].beside(setup).await);
        }
        let mut model = Self { apps, turn: 0, now: 0, active: true, passwords: 0, roles: 0, sessions: Vec::new() };
        model.begin(answer.access_token(), answer.refresh_token());
        model
    }

    /// The process for the current action.
    fn app(&self) -> &App<P> {
        &self.apps[self.turn % self.apps.len()]
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
                let answer = self.app().login(EMAIL, &password(self.passwords)).await;
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
                // An access token is good enough for a log-out, even if it has expired or was revoked.
                self.apps[self.turn % self.apps.len()].logout(&session.access).await.is(204);
                session.alive = false;
            }
            Action::LogoutAll(number) => {
                let session = &self.sessions[number % count];
                let enters = session.enters(self.now);
                let call = Call::post("/auth/logout-all").bearer(&session.access);
                self.app().send(call).await.is(if enters { 204 } else { 401 });
                if enters {
                    self.end_all(None);
                }
            }
            Action::ChangePassword(number) => {
                let number = number % count;
                let session = &self.sessions[number];
                let enters = session.enters(self.now);
                let (old, new) = (password(self.passwords), password(self.passwords + 1));
                let answer = self.app().change_password(&session.access, &old, &new).await;
                answer.is(if enters { 204 } else { 401 });
                if enters {
                    self.passwords += 1;
                    self.end_all(Some(number));
                }
            }
            Action::Disable => {
                self.app().auth.accounts().disable(&1).await.unwrap();
                self.active = false;
                self.end_all(None);
            }
            Action::Enable => {
                self.app().auth.accounts().enable(&1).await.unwrap();
                self.active = true;
            }
            Action::SetRole => {
                self.roles += 1;
                self.app().auth.accounts().set_role(&1, [Role::Member, Role::Admin][self.roles % 2]).await.unwrap();
                self.sessions.iter_mut().for_each(|session| session.stale = true);
            }
            Action::Wait(seconds) => {
                self.now += seconds;
                self.app().after(seconds);
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
        let answer = self.apps[self.turn % self.apps.len()].refresh(&session.refresh[place]).await;
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

    /// Does what the feed does in the background.
    async fn tell_all(&mut self) {
        self.turn += 1;
        for app in &self.apps {
            app.auth.sync_revocations().await.unwrap();
        }
    }

    async fn check(&self) {
        for app in &self.apps {
            self.check_one(app).await;
        }
    }

    async fn check_one(&self, app: &App<P>) {
        for session in &self.sessions {
            let entered = app.get("/me", &session.access).await.status == 200;
            assert_eq!(entered, session.enters(self.now), "{session:?} at {}", self.now);
        }
        if let Some(inside) = self.sessions.iter().find(|session| session.enters(self.now)) {
            let listed = app.get("/auth/sessions", &inside.access).await.is(200).json().as_array().unwrap().len();
            let alive = self.sessions.iter().filter(|session| session.alive && !session.expired(self.now)).count();
            assert_eq!(listed, alive);
        }
        let role = [Role::Member, Role::Admin][self.roles % 2];
        let admin = if role == Role::Admin { 200 } else { 403 };
        for session in self.sessions.iter().filter(|session| session.enters(self.now)) {
            app.get("/stats", &session.access).await.is(admin);
            app.get("/admin/row", &session.access).await.is(admin);
        }
    }

    /// At the end, exactly the sessions that the model considers alive can refresh.
    async fn finish(self) {
        for session in &self.sessions {
            let status = self.app().refresh(session.refresh.last().unwrap()).await.status;
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

fn obeys<P: Place + Clone>(cases: u32, cache: Duration, processes: usize, place: impl AsyncFn() -> Option<P>)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&actions(), |actions| {
        runtime.block_on(async {
            let Some(place) = place().await else { return };
            let mut model = Model::new(place, cache, processes).await;
            for action in actions {
                model.act(action).await;
                model.tell_all().await;
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
fn random_histories_agree_with_the_session_model() {
    obeys(96, Duration::ZERO, 1, async || Some(Database::with(SCHEMA).await));
}

#[test]
fn random_histories_agree_with_the_model_and_cached_rows() {
    obeys(48, KEPT, 1, async || Some(Database::with(SCHEMA).await));
}

#[test]
fn the_model_holds_in_two_processes() {
    obeys(48, KEPT, 2, async || Some(Database::with(SCHEMA).await));
}

#[test]
fn the_model_holds_on_postgresql() {
    obeys(16, KEPT, 2, async || OnServer::<Postgres>::with(SCHEMA_POSTGRES).await);
}

#[test]
fn the_model_holds_on_mysql() {
    obeys(16, KEPT, 2, async || OnServer::<MySql>::with(SCHEMA_MYSQL).await);
}
