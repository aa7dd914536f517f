//! Random stacks of layers, states, methods and credentials: a guard can never be weakened by one around it, nor by an
//! extractor that ran before it. A stack admits exactly when each of its guards, asked alone about the request as it
//! sees it, admits.

use auth::routing::{Routes, any};
use auth::{Auth, Rejection, check, protected, rule};
use auth_tests::{App, Call, Role, User, UserClaims};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::reference;

/// The state of one guard.
#[derive(Clone)]
struct Site {
    auth: Auth<User>,
    open: bool,
}

impl auth::AuthState for Site {
    type User = User;
}

impl FromRef<Site> for Auth<User> {
    fn from_ref(site: &Site) -> Self {
        site.auth.clone()
    }
}

#[derive(Clone, Copy)]
struct IsOpen(bool);

impl FromRef<Site> for IsOpen {
    fn from_ref(site: &Site) -> Self {
        Self(site.open)
    }
}

#[check]
async fn open(State(open): State<IsOpen>) -> bool {
    open.0
}

#[check]
async fn reads(method: Method) -> bool {
    method == Method::GET
}

#[check]
async fn told(headers: HeaderMap) -> bool {
    headers.contains_key("x-told")
}

#[check]
async fn first(claims: UserClaims) -> bool {
    claims.sub == 1
}

#[check]
async fn first_by_row(user: User) -> bool {
    user.id == 1
}

macro_rules! rules {
    ($($name:ident [$($rule:tt)+])+) => {
        $(
            #[protected($($rule)+)]
            async fn $name() -> &'static str {
                "in"
            }
        )+

        const RULES: &[Guarding] = &[$(
            Guarding {
                text: stringify!($($rule)+),
                layer: |router, site| router.layer(site.auth.require(rule!($($rule)+)).with_state(site.clone())),
                handler: |site| Routes::<Site>::new().route("/x", any($name)).into_router().with_state(site),
            },
        )+];
    };
}

struct Guarding {
    text: &'static str,
    layer: fn(Router, &Site) -> Router,
    handler: fn(Site) -> Router,
}

rules! {
    one [open]
    two [reads]
    three [told]
    four [first]
    five [first_by_row]
    not_open [!open]
    not_reads [!reads]
    not_told [!told]
    not_first [!first]
    editors [Role::Editor]
    no_admins [!Role::Admin]
    both [open && reads]
    either [open || reads]
    neither [!(open || told)]
    role_or [Role::Admin || reads]
    role_or_row [Role::Editor || first_by_row]
    role_and [Role::Editor && open]
    unless [Role::Editor && !reads || first]
    live_role_or [Role::Admin || open, live]
    live_reads [reads, live]
    three_of_them [open && (reads || told) && !first]
    crossed [open && reads || told && first]
    not_crossed [!(open && reads || told && first_by_row)]
    deep [Role::Admin || !(open && !(reads || Role::Editor))]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Garbage,
    /// Member 1, editor 2, admin 3.
    User(usize),
}

/// What a request meets on its way in.
#[derive(Clone, Debug)]
enum Step {
    Guard {
        rule: usize,
        open: bool,
    },
    Method(bool),
    Becomes(Who),
    Told(bool),
    /// A middleware that loads the user and ignores a refusal.
    Loads,
}

#[derive(Clone, Debug)]
struct Stack {
    reads: bool,
    who: Who,
    steps: Vec<Step>,
    handler: (usize, bool),
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![1 => Just(Who::Nobody), 1 => Just(Who::Garbage), 8 => (1_usize..4).prop_map(Who::User)]
}

fn stacks() -> impl Strategy<Value = Stack> {
    let guard = || (0..RULES.len(), proptest::bool::ANY);
    let step = prop_oneof![
        4 => guard().prop_map(|(rule, open)| Step::Guard { rule, open }),
        2 => proptest::bool::ANY.prop_map(Step::Method),
        2 => who().prop_map(Step::Becomes),
        1 => proptest::bool::ANY.prop_map(Step::Told),
        1 => Just(Step::Loads),
    ];
    let steps = proptest::collection::vec(step, 0..7);
    (proptest::bool::ANY, (1_usize..4).prop_map(Who::User), steps, guard())
        .prop_map(|(reads, who, steps, handler)| Stack { reads, who, steps, handler })
}

async fn loads(user: Result<User, Rejection>, request: Request, next: Next) -> Response {
    drop(user);
    next.run(request).await
}

struct World {
    app: App,
    tokens: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let app = App::new().await;
        let mut tokens = Vec::new();
        for (email, role) in [("a@x.org", Role::Member), ("b@x.org", Role::Editor), ("c@x.org", Role::Admin)] {
            let id = app.user(email).await;
            app.auth.accounts().set_role(&id, role).await.unwrap();
            tokens.push(app.tokens(email).await.0);
        }
        Self { app, tokens }
    }

    fn authorization(&self, who: Who) -> Option<HeaderValue> {
        let token = match who {
            Who::Nobody => return None,
            Who::Garbage => "garbage",
            Who::User(number) => &self.tokens[number - 1],
        };
        Some(HeaderValue::from_str(&format!("Bearer {token}")).unwrap())
    }

    fn router(&self, stack: &Stack) -> Router {
        let site = |open| Site { auth: self.app.auth.clone(), open };
        let (rule, open) = stack.handler;
        let mut router = (RULES[rule].handler)(site(open));
        for step in stack.steps.iter().rev() {
            router = match *step {
                Step::Guard { rule, open } => (RULES[rule].layer)(router, &site(open)),
                Step::Method(reads) => changing(router, move |request| *request.method_mut() = method(reads)),
                Step::Becomes(who) => {
                    let authorization = self.authorization(who);
                    changing(router, move |request| {
                        request.headers_mut().remove(AUTHORIZATION);
                        request.headers_mut().extend(authorization.clone().map(|value| (AUTHORIZATION, value)));
                    })
                }
                Step::Told(true) => changing(router, |request| {
                    request.headers_mut().insert("x-told", HeaderValue::from_static("yes"));
                }),
                Step::Told(false) => changing(router, |request| drop(request.headers_mut().remove("x-told"))),
                Step::Loads => router.layer(from_fn_with_state(site(true), loads)),
            };
        }
        router
    }

    async fn status(&self, stack: &Stack) -> u16 {
        let mut call = Call::new(method(stack.reads), "/x");
        if let Some(authorization) = self.authorization(stack.who) {
            call = call.header("authorization", authorization);
        }
        call.send(&self.router(stack)).await.status.as_u16()
    }
}

/// A middleware around `router` that overrides something, as gateways and method overrides do. (As a service, because
/// the method selects a handler only after it.)
fn changing(router: Router, change: impl Fn(&mut Request) + Clone + Send + Sync + 'static) -> Router {
    let changed = from_fn(move |mut request: Request, next: Next| {
        change(&mut request);
        next.run(request)
    });
    Router::new().fallback_service(router).layer(changed)
}

fn method(reads: bool) -> Method {
    if reads { Method::GET } else { Method::DELETE }
}

/// Asks each guard alone; returns the status of the first that refuses.
fn expected(stack: &Stack) -> u16 {
    let (mut reads, mut who, mut told) = (stack.reads, stack.who, false);
    let guard = |rule: usize, open: bool, reads: bool, who: Who, told: bool| {
        let Who::User(number) = who else { return 401 };
        let source = RULES[rule].text.replace(" :: ", "::");
        let holds = reference::holds(source.trim_end_matches(", live"), &|atom| match atom {
            "Role::Editor" => number >= 2,
            "Role::Admin" => number == 3,
            "open" => open,
            "reads" => reads,
            "told" => told,
            "first" | "first_by_row" => number == 1,
            other => panic!("{other}"),
        });
        if holds { 200 } else { 403 }
    };
    for step in &stack.steps {
        match *step {
            Step::Guard { rule, open } => match guard(rule, open, reads, who, told) {
                200 => {}
                refused => return refused,
            },
            Step::Method(now) => reads = now,
            Step::Becomes(now) => who = now,
            Step::Told(now) => told = now,
            Step::Loads => {}
        }
    }
    let (rule, open) = stack.handler;
    guard(rule, open, reads, who, told)
}

#[test]
fn m2_l6_no_guard_is_weakened_by_earlier_guards() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut admitted = 0;
    let counted = std::cell::RefCell::new(&mut admitted);
    let mut runner = TestRunner::new(Config { cases: 2_000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&stacks(), |stack| {
        let status = runtime.block_on(world.status(&stack));
        prop_assert_eq!(status, expected(&stack));
        **counted.borrow_mut() += usize::from(status == 200);
        Ok(())
    });
    result.unwrap_or_else(|failed| panic!("{failed}"));
    assert!(admitted > 200, "{admitted} of 2000 were admitted: the test means nothing");
}

#[tokio::test]
async fn m2_layer_with_a_state_decides_for_that_state_only() {
    let world = World::new().await;
    let place = RULES.iter().position(|rule| rule.text == "open").unwrap();
    let behind = |outer, inner| Stack {
        reads: true,
        who: Who::User(1),
        steps: vec![Step::Guard { rule: place, open: outer }],
        handler: (place, inner),
    };
    assert_eq!(world.status(&behind(true, true)).await, 200);
    assert_eq!(world.status(&behind(true, false)).await, 403);
}

#[tokio::test]
async fn m2_an_answer_about_get_is_none_about_delete() {
    let world = World::new().await;
    let place = RULES.iter().position(|rule| rule.text == "reads").unwrap();
    let overridden = Stack {
        reads: true,
        who: Who::User(1),
        steps: vec![Step::Guard { rule: place, open: true }, Step::Method(false)],
        handler: (place, true),
    };
    assert_eq!(world.status(&overridden).await, 403);
}

#[tokio::test]
async fn l6_a_replaced_credential_is_another_caller() {
    let world = World::new().await;
    let (first, not_first) = (3, 8);
    assert_eq!((RULES[first].text, RULES[not_first].text), ("first", "!first"));
    for (who, status) in [(Who::User(2), 200), (Who::Garbage, 401), (Who::Nobody, 401), (Who::User(1), 403)] {
        let steps = vec![Step::Guard { rule: first, open: true }, Step::Loads, Step::Becomes(who)];
        let stack = Stack { reads: true, who: Who::User(1), steps, handler: (not_first, true) };
        assert_eq!(world.status(&stack).await, status, "{who:?}");
    }
}
