//! Panics in application code that the library calls: they never grant access, and the next request is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::clock::{Clock, SystemClock, Timestamp};
use auth::event::Event;
use auth::policy::{Facts, Requirement};
use auth::routing::{Routes, get};
use auth::{AuthError, ClientInfo, Hooks, protected, public, rule};
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, Role, User, UserRegistration};
use serde_json::json;

enum Moody {
    Always,
}

impl Requirement<User> for Moody {
    fn holds(&self, _: &Facts<'_, User>) -> bool {
        panic!("a requirement panicked")
    }
}

static ENTERED: AtomicBool = AtomicBool::new(false);

#[protected(Moody::Always)]
async fn behind() -> &'static str {
    ENTERED.store(true, Ordering::SeqCst);
    "in"
}

#[protected(!Moody::Always)]
async fn behind_not() -> &'static str {
    ENTERED.store(true, Ordering::SeqCst);
    "in"
}

#[protected(!Moody::Always, live)]
async fn behind_live() -> &'static str {
    ENTERED.store(true, Ordering::SeqCst);
    "in"
}

/// The requirement is asked only for what a refused caller could do.
#[protected(Role::Admin && Moody::Always)]
async fn behind_admin() -> &'static str {
    ENTERED.store(true, Ordering::SeqCst);
    "in"
}

/// Panics only once the row is known.
enum Late {
    Row,
}

impl Requirement<User> for Late {
    fn holds(&self, facts: &Facts<'_, User>) -> bool {
        assert!(facts.row().is_none(), "a requirement panicked at the row");
        true
    }
}

#[protected(Late::Row)]
async fn behind_row(user: User) -> String {
    ENTERED.store(true, Ordering::SeqCst);
    user.email
}

#[public]
async fn open() -> &'static str {
    ENTERED.store(true, Ordering::SeqCst);
    "in"
}

#[tokio::test]
async fn http_19_a_requirement_that_panics_lets_nobody_in() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let layer = Routes::new().route("/layer", get(open)).require(app.auth.require(rule!(!Moody::Always)));
    let routes =
        Routes::new().route("/behind", get(behind)).route("/not", get(behind_not)).route("/live", get(behind_live));
    let routes = routes.route("/row", get(behind_row)).route("/admin", get(behind_admin)).merge(layer);
    let router = routes.into_router().with_state(app.auth.clone());
    for path in ["/behind", "/not", "/live", "/row", "/layer", "/admin"] {
        let answer = Call::get(path).bearer(&token).send(&router).await.is(500);
        assert_eq!(answer.code(), "internal", "{path}");
    }
    assert!(!ENTERED.load(Ordering::SeqCst));
    app.get("/me", &token).await.is(200);
}

#[derive(Clone, Copy, PartialEq)]
enum Where {
    BeforeRegister,
    AfterRegister,
    BeforeLogin,
    AfterLogin,
}

struct Bad {
    place: Where,
    panics: bool,
}

impl Bad {
    fn at(&self, place: Where) -> Result<(), AuthError> {
        if place != self.place {
            return Ok(());
        }
        assert!(!self.panics, "a hook panicked");
        Err(AuthError::Denied { code: "not_today", message: "come back tomorrow".to_owned() })
    }
}

impl Hooks<User> for Bad {
    async fn before_register(&self, _: &mut UserRegistration, _: &ClientInfo) -> Result<(), AuthError> {
        self.at(Where::BeforeRegister)
    }
    async fn after_register(&self, _: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.at(Where::AfterRegister)
    }
    async fn before_login(&self, _: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.at(Where::BeforeLogin)
    }
    async fn after_login(&self, _: &User, _: &ClientInfo) -> Result<(), AuthError> {
        self.at(Where::AfterLogin)
    }
}

#[tokio::test]
async fn http_19_a_hook_that_fails_or_panics_gives_no_tokens() {
    for place in [Where::BeforeRegister, Where::AfterRegister, Where::BeforeLogin, Where::AfterLogin] {
        for panics in [true, false] {
            let good = App::new().await;
            good.register("ada@example.org").await.is(201);
            let app = good.restarted(|builder| builder.hooks(Bad { place, panics })).await;
            let register = matches!(place, Where::BeforeRegister | Where::AfterRegister);
            let body = if register {
                json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob" })
            } else {
                json!({ "email": "ada@example.org", "password": PASSWORD })
            };
            let answer =
                app.send(Call::post(if register { "/auth/register" } else { "/auth/login" }).json(&body)).await;
            let said = (answer.status.as_u16(), answer.code());
            let expected = match (panics, place) {
                (false, _) => (403, "not_today"),
                (true, Where::AfterRegister) => (503, "account_created"),
                (true, _) => (500, "internal"),
            };
            assert_eq!((said.0, &*said.1), expected);
            assert_eq!(app.auth.sessions(&1).await.unwrap().len(), 1, "the refused login left no session");
            assert!(app.auth.sessions(&2).await.unwrap().is_empty());
            good.login("ada@example.org", PASSWORD).await.is(200);
        }
    }
}

/// Strikes while it is told to.
#[derive(Clone, Debug, Default)]
struct Striking(Arc<AtomicBool>);

impl Clock for Striking {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock panicked");
        SystemClock.now()
    }
}

#[tokio::test]
async fn http_19_panic_in_a_builtin_route_is_a_500() {
    let clock = Striking::default();
    let app = App::with(|builder| builder.clock(clock.clone())).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for strikes in [true, false] {
        clock.0.store(strikes, Ordering::SeqCst);
        for (path, status) in [("/auth/login", 200), ("/auth/register", 201)] {
            let body = json!({ "email": "ada@example.org", "password": PASSWORD });
            let new = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob" });
            let answer = app.send(Call::post(path).json(if status == 200 { &body } else { &new })).await;
            let answer = answer.is(if strikes { 500 } else { status });
            assert!(!strikes || answer.code() == "internal", "{path}");
        }
        app.get("/auth/me", &token).await.is(if strikes { 500 } else { 200 });
    }
}

#[tokio::test]
async fn log_05_an_observer_that_panics_changes_no_decision() {
    let app = App::with(|builder| builder.observer(|_: &Event| panic!("the audit sink is down"))).await;
    let tokens = app.register("ada@example.org").await.is(201);
    app.login("ada@example.org", "not the password").await.is(401);
    app.get("/stats", &tokens.access_token()).await.is(403);
    app.get("/me", "garbage").await.is(401);
    let next = app.refresh(&tokens.refresh_token()).await.is(200);
    app.send(Call::post("/auth/logout").bearer(&next.access_token())).await.is(204);
    app.get("/me", &next.access_token()).await.is(401);
}

#[tokio::test]
async fn log_04_every_refusal_raises_one_event() {
    use auth::event::{EventKind, Refusal};
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    app.events();
    let refused = |user: Option<&str>, reason| vec![EventKind::Refused { user: user.map(str::to_owned), reason }];
    for path in ["/me", "/claims", "/stats", "/admin/live", "/auth/me", "/auth/sessions"] {
        app.send(Call::get(path)).await.is(401);
        assert_eq!(app.events(), refused(None, Refusal::NotSignedIn), "{path}");
        app.get(path, "garbage").await.is(401);
        assert_eq!(app.events(), refused(None, Refusal::InvalidToken), "{path}");
    }
    for path in ["/stats", "/admin/row", "/admin/live"] {
        app.get(path, &token).await.is(403);
        assert_eq!(app.events(), refused(Some("1"), Refusal::Rule), "{path}");
    }
}
