//! Random stacks of guards of two handles, around requests whose credential, method and origin change on the way in.
//!
//! A guard must answer as it does alone about the request that it sees: a bearer token or a cookie, of this handle or the
//! other, fresh or not, from a page of the application or another one. So the reference is each guard by itself.

use std::time::Duration;

use auth::routing::{Routes, any};
use auth::{Auth, CookieSettings, Fresh, Has, Secret, protected, rule};
use auth_tests::{App, Browser, Call, Role, User};
use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::{Next, from_fn};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

macro_rules! guards {
    ($($name:ident [$($rule:tt)+])+) => {
        $(
            #[protected($($rule)+)]
            async fn $name() -> &'static str {
                "in"
            }
        )+

        const GUARDS: &[Guard] = &[$(
            Guard {
                layer: |router, auth| router.layer(auth.require(rule!($($rule)+))),
                handler: |auth| Routes::<Auth<User>>::new().route("/x", any($name)).into_router().with_state(auth),
            },
        )+];
    };
}

struct Guard {
    layer: fn(Router, &Auth<User>) -> Router,
    handler: fn(Auth<User>) -> Router,
}

guards! {
    members [Role::Member]
    editors [Role::Editor]
    no_admins [!Role::Admin]
    fresh [Fresh::minutes(5)]
    fresh_or_admin [Fresh::minutes(5) || Role::Admin]
    fresh_editors_of_now [Role::Editor && Fresh::minutes(5), live]
    hidden_editors [Role::Editor, hidden]
    second_factor_or_editor [Has::Mfa || Role::Editor]
    hidden_fresh [Fresh::minutes(5) && !Role::Admin, hidden, live]
}

const HANDLES: usize = 2;
/// Member, editor, admin.
const USERS: usize = 3;
/// Of each handle, for each user, signed in ten minutes ago and now.
const SIGNED_IN: usize = HANDLES * USERS * 2;

/// What a request presents.
#[derive(Clone, Copy, Debug)]
enum Credential {
    Nothing,
    Garbage,
    Bearer(usize),
    Cookie(usize),
    Both(usize, usize),
}

/// The request, as a guard sees it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    reads: bool,
    credential: Credential,
    /// The page that it comes from, as a browser says it.
    site: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Placed {
    guard: usize,
    handle: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Guard(Placed),
    Becomes(Seen),
}

#[derive(Clone, Debug)]
struct Stack {
    seen: Seen,
    steps: Vec<Step>,
    handler: Placed,
}

fn credential() -> impl Strategy<Value = Credential> {
    prop_oneof![
        1 => Just(Credential::Nothing),
        1 => Just(Credential::Garbage),
        6 => (0..SIGNED_IN).prop_map(Credential::Bearer),
        6 => (0..SIGNED_IN).prop_map(Credential::Cookie),
        2 => (0..SIGNED_IN, 0..SIGNED_IN).prop_map(|(bearer, cookie)| Credential::Both(bearer, cookie)),
    ]
}

fn seen() -> impl Strategy<Value = Seen> {
    let site = prop_oneof![
        4 => Just(Some("same-origin")),
        1 => Just(Some("cross-site")),
        1 => Just(Some("same-site")),
        1 => Just(Some("none")),
        1 => Just(None),
    ];
    (proptest::bool::weighted(0.7), credential(), site).prop_map(|(reads, credential, site)| Seen {
        reads,
        credential,
        site,
    })
}

fn stacks() -> impl Strategy<Value = Stack> {
    let placed = || (0..GUARDS.len(), 0..HANDLES).prop_map(|(guard, handle)| Placed { guard, handle });
    let step = prop_oneof![1 => placed().prop_map(Step::Guard), 1 => seen().prop_map(Step::Becomes)];
    (seen(), proptest::collection::vec(step, 0..5), placed()).prop_map(|(seen, steps, handler)| Stack {
        seen,
        steps,
        handler,
    })
}

struct World {
    apps: [App; HANDLES],
    tokens: Vec<String>,
    cookies: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let with_cookies = |secret: &'static str| {
            App::with(move |builder| builder.secret(Secret::new(secret).unwrap()).cookies(CookieSettings::new()))
        };
        let apps = [
            with_cookies("q7Zr1mTnB4xYk0WfLd8sJc3VhGu6PaEi").await,
            with_cookies("E2vKp9SgXw5Qb1NtRj7ZmC4yHf8LuDo3").await,
        ];
        let (mut tokens, mut cookies) = (vec![String::new(); SIGNED_IN], vec![String::new(); SIGNED_IN]);
        for (handle, app) in apps.iter().enumerate() {
            for age in 0..2 {
                for (user, role) in [Role::Member, Role::Editor, Role::Admin].into_iter().enumerate() {
                    let email = format!("{user}@x.org");
                    if age == 0 {
                        let id = app.user(&email).await;
                        app.auth.accounts().set_role(&id, role).await.unwrap();
                    }
                    let place = (handle * 2 + age) * USERS + user;
                    tokens[place] = app.tokens(&email).await.0;
                    let browser = Browser::signed_in(&app.router, &email).await;
                    cookies[place] = access_cookie(&browser.cookies());
                }
                app.clock.advance(Duration::from_secs(if age == 0 { 360 } else { 1 }));
            }
        }
        Self { apps, tokens, cookies }
    }

    fn headers(&self, seen: Seen) -> HeaderMap {
        let bearer = |token: &str| (AUTHORIZATION, format!("Bearer {token}"));
        let cookie = |place: usize| (COOKIE, self.cookies[place].clone());
        let pairs = match seen.credential {
            Credential::Nothing => Vec::new(),
            Credential::Garbage => vec![bearer("garbage")],
            Credential::Bearer(place) => vec![bearer(&self.tokens[place])],
            Credential::Cookie(place) => vec![cookie(place)],
            Credential::Both(place, other) => vec![bearer(&self.tokens[place]), cookie(other)],
        };
        let site = seen.site.map(|site| (HeaderName::from_static("sec-fetch-site"), site.to_owned()));
        let value = |text: String| HeaderValue::from_str(&text).unwrap();
        pairs.into_iter().chain(site).map(|(name, text)| (name, value(text))).collect()
    }

    /// A router whose requests become what is to be seen behind it.
    fn becoming(&self, router: Router, seen: Seen) -> Router {
        let headers = self.headers(seen);
        let changed = from_fn(move |mut request: Request, next: Next| {
            *request.method_mut() = method(seen.reads);
            *request.headers_mut() = headers.clone();
            next.run(request)
        });
        Router::new().fallback_service(router).layer(changed)
    }

    fn layer(&self, router: Router, Placed { guard, handle }: Placed) -> Router {
        (GUARDS[guard].layer)(router, &self.apps[handle].auth)
    }

    fn handler(&self, Placed { guard, handle }: Placed) -> Router {
        (GUARDS[guard].handler)(self.apps[handle].auth.clone())
    }

    fn whole(&self, stack: &Stack) -> Router {
        stack.steps.iter().rev().fold(self.handler(stack.handler), |router, step| match *step {
            Step::Guard(placed) => self.layer(router, placed),
            Step::Becomes(seen) => self.becoming(router, seen),
        })
    }

    async fn status(&self, router: Router, seen: Seen) -> u16 {
        Call::get("/x").send(&self.becoming(router, seen)).await.status.as_u16()
    }

    /// Asks each guard alone, and returns the status of the first that refuses.
    async fn expected(&self, stack: &Stack) -> u16 {
        let mut seen = stack.seen;
        for step in &stack.steps {
            match *step {
                Step::Becomes(now) => seen = now,
                Step::Guard(placed) => {
                    let alone = self.layer(Router::new().fallback(|| async { "in" }), placed);
                    match self.status(alone, seen).await {
                        200 => {}
                        refused => return refused,
                    }
                }
            }
        }
        self.status(self.handler(stack.handler), seen).await
    }
}

fn method(reads: bool) -> Method {
    if reads { Method::GET } else { Method::DELETE }
}

fn access_cookie(cookies: &str) -> String {
    let access = cookies.split("; ").find(|pair| pair.split('=').next().is_some_and(|name| name.contains("access")));
    access.unwrap_or_else(|| panic!("no access cookie in {cookies}")).to_owned()
}

#[test]
fn m2_each_guard_of_a_stack_answers_as_alone() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let statuses = std::cell::RefCell::new(std::collections::BTreeMap::<u16, usize>::new());
    let mut runner = TestRunner::new(Config { cases: 2_000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&stacks(), |stack| {
        let (status, expected) = runtime
            .block_on(async { (world.status(world.whole(&stack), stack.seen).await, world.expected(&stack).await) });
        prop_assert_eq!(status, expected);
        *statuses.borrow_mut().entry(status).or_default() += 1;
        Ok(())
    });
    result.unwrap_or_else(|failed| panic!("{failed}"));
    let statuses = statuses.into_inner();
    let enough = |status: u16| statuses.get(&status).is_some_and(|count| *count >= 50);
    assert!([200, 401, 403, 404].into_iter().all(enough), "the test means nothing: {statuses:?}");
}
