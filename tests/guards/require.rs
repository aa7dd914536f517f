//! `auth.require(rule!(…))`: the guard around routers and services.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use auth::event::{EventKind, Refusal};
use auth::routing::{Routes, get};
use auth::{Auth, Fresh, check, protected, public, rule};
use auth_tests::{App, Call, Role, User, UserClaims};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower::{Layer, Service, ServiceExt, service_fn};

/// A service that counts how often it is called.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn calls(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn router(&self) -> Router {
        let calls = Arc::clone(&self.0);
        let service = service_fn(move |request: Request| {
            calls.fetch_add(1, Ordering::SeqCst);
            async move { Ok::<_, Infallible>(Response::new(Body::from(request.uri().path().to_owned()))) }
        });
        Router::new().route_service("/files/{*path}", service)
    }
}

async fn admin(app: &App, email: &str) -> String {
    let id = app.user(email).await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    app.tokens(email).await.0
}

#[tokio::test]
async fn layer_refuses_as_a_guard_without_calling_the_service() {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    let id = app.id("ada@example.org").await;
    let counter = Counter::default();
    let router = counter.router().layer(app.auth.require(rule!(Role::Admin)));
    let same = async |token: Option<&str>| -> Vec<EventKind> {
        app.events();
        let (mut guarded, mut layered) = (Call::get("/stats"), Call::get("/files/a"));
        if let Some(token) = token {
            (guarded, layered) = (guarded.bearer(token), layered.bearer(token));
        }
        let guarded = app.send(guarded).await;
        let told = app.events();
        let mut layered = layered.send(&router).await;
        // Around a router, the server adds this header, not the router.
        layered.headers.insert("content-length", layered.body.len().into());
        assert_eq!((guarded.status, guarded.headers, guarded.body), (layered.status, layered.headers, layered.body));
        assert_eq!(told, app.events());
        told
    };
    let refused = |user: Option<String>, reason| vec![EventKind::Refused { user, reason }];
    assert_eq!(same(None).await, refused(None, Refusal::NotSignedIn));
    assert_eq!(same(Some("forged")).await, refused(None, Refusal::InvalidToken));
    assert_eq!(same(Some(&member)).await, refused(Some(id.to_string()), Refusal::Rule));
    assert_eq!(counter.calls(), 0);
    let admin = admin(&app, "boss@example.org").await;
    let answer = Call::get("/files/a/b").bearer(&admin).send(&router).await.is(200);
    assert_eq!((answer.text(), counter.calls()), ("/files/a/b", 1));
}

#[tokio::test]
async fn router_layer_hides_paths_and_route_layer_does_not() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let around_all = Counter::default().router().layer(app.auth.require(rule!()));
    Call::get("/elsewhere").send(&around_all).await.is(401);
    Call::get("/elsewhere").bearer(&token).send(&around_all).await.is(404);
    let around_routes = Counter::default().router().route_layer(app.auth.require(rule!()));
    Call::get("/elsewhere").send(&around_routes).await.is(404);
    Call::get("/files/x").send(&around_routes).await.is(401);
    Call::get("/files/x").bearer(&token).send(&around_routes).await.is(200);
}

#[tokio::test]
async fn a_layer_knows_live_hidden_and_step_up() {
    let app = App::new().await;
    let token = admin(&app, "ada@example.org").await;
    let behind = |router: Router, path: &'static str| {
        let call = Call::get(path).bearer(&token);
        async move { call.send(&router).await }
    };
    let live = || Counter::default().router().layer(app.auth.require(rule!(Role::Admin, live)));
    let hidden = || Counter::default().router().layer(app.auth.require(rule!(Role::Suspended, hidden)));
    let fresh = || Counter::default().router().layer(app.auth.require(rule!(Fresh::minutes(5))));
    behind(live(), "/files/x").await.is(200);
    behind(fresh(), "/files/x").await.is(200);
    assert!(behind(hidden(), "/files/x").await.is(404).body.is_empty());
    app.after(300);
    let answer = behind(fresh(), "/files/x").await.is(401);
    assert!(answer.header("www-authenticate").unwrap().contains("insufficient_user_authentication"));
    // Changed in the table directly: the token still has the old role.
    sqlx::query("UPDATE users SET role = 'member'").execute(&app.pool).await.unwrap();
    behind(live(), "/files/x").await.is(403);
}

#[protected(Role::Admin)]
async fn who(claims: UserClaims, user: User) -> String {
    format!("{} {}", claims.sub, user.email)
}

#[public]
async fn greet(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.email)
}

/// A middleware between layer and handler that removes the credentials: from then on, nobody calls.
async fn forget(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove("authorization");
    next.run(request).await
}

#[tokio::test]
async fn l6_caller_of_a_layer_is_not_inherited_without_credentials() {
    let app = App::new().await;
    let token = admin(&app, "ada@example.org").await;
    let routes = || Routes::new().route("/who", get(who)).route("/greet", get(greet)).into_router();
    let router = routes().layer(from_fn(forget)).layer(app.auth.require(rule!())).with_state(app.auth.clone());
    let get = |path: &'static str| Call::get(path).bearer(&token);
    get("/who").send(&router).await.is(401);
    assert_eq!(get("/greet").send(&router).await.is(200).text(), "nobody");
    let kept = routes().layer(app.auth.require(rule!())).with_state(app.auth.clone());
    assert_eq!(get("/who").send(&kept).await.is(200).text(), "1 ada@example.org");
    assert_eq!(get("/greet").send(&kept).await.is(200).text(), "ada@example.org");
}

#[tokio::test]
async fn mac_03_who_one_handle_verified_is_nobody_to_another() {
    let (one, other) = (App::new().await, App::with(|builder| builder.issuer("other")).await);
    let token = admin(&one, "ada@example.org").await;
    other.user("eve@example.org").await;
    let routes = Routes::new().route("/who", get(who)).route("/greet", get(greet)).into_router();
    let router = routes.layer(one.auth.require(rule!(Role::Admin))).with_state(other.auth.clone());
    // The guards behind the layer belong to the other handle, whose user 1 is Eve.
    Call::get("/who").bearer(&token).send(&router).await.is(401);
    Call::get("/greet").bearer(&token).send(&router).await.is(401);
}

#[derive(Clone)]
struct Site {
    auth: Auth<User>,
    open: Open,
}

#[derive(Clone, Copy)]
struct Open(&'static str);

impl FromRef<Site> for Open {
    fn from_ref(site: &Site) -> Self {
        site.open
    }
}

impl FromRef<Site> for Auth<User> {
    fn from_ref(site: &Site) -> Self {
        site.auth.clone()
    }
}

#[check]
async fn is_open(Path(path): Path<String>, State(open): State<Open>) -> bool {
    path == open.0
}

#[check]
async fn is_own(claims: UserClaims, Path(path): Path<String>) -> bool {
    path == claims.sub.to_string()
}

#[tokio::test]
async fn mac_07_checks_of_a_layer_see_path_and_state() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let site = Site { auth: app.auth.clone(), open: Open("today") };
    let with_state = Counter::default().router().layer(app.auth.require(rule!(is_open || is_own)).with_state(site));
    let own_alone = Counter::default().router().layer(app.auth.require(rule!(is_own)));
    let get = async |router: &Router, path: &str| Call::get(path).bearer(&token).send(router).await.status.as_u16();
    assert_eq!(get(&with_state, "/files/today").await, 200);
    assert_eq!(get(&with_state, "/files/1").await, 200);
    assert_eq!(get(&with_state, "/files/2").await, 403);
    assert_eq!((get(&own_alone, "/files/1").await, get(&own_alone, "/files/today").await), (200, 403));
}

/// A service that may only be called after it was ready, as tower requires.
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<axum::http::Request<String>> for Strict {
    type Response = Response;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Response, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<String>) -> Self::Future {
        let ready = std::mem::take(&mut self.ready);
        std::future::ready(if ready { Ok(Response::new(Body::from(request.into_body()))) } else { Err("not ready") })
    }
}

#[tokio::test]
async fn services_of_any_body_type_are_called_when_ready() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let mut service = app.auth.require(rule!()).layer(Strict { ready: false });
    for _ in 0..2 {
        let request = axum::http::Request::builder().header("authorization", format!("Bearer {token}"));
        let answer = service.ready().await.unwrap().call(request.body("text".to_owned()).unwrap()).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 9).await.unwrap();
        assert_eq!(body, "text");
    }
    let nobody = axum::http::Request::new(String::new());
    assert_eq!(service.ready().await.unwrap().call(nobody).await.unwrap().status(), 401);
}

#[test]
fn a_layer_prints_its_rule() {
    fn print<P: auth::policy::Policy<User>>(rule: auth::RuleOf<P>) -> String {
        let _ = rule;
        P::ACCESS.to_string()
    }
    assert_eq!(print(rule!(Role::Admin || is_own, live)), "Role::Admin || is_own, live");
    assert_eq!(print(rule!()), "signed in");
}

/// Generated policies leave out what the attribute does not say: what is missing must not open anything.
#[tokio::test]
async fn policy_that_gives_no_rule_admits_nobody() {
    struct Silent;
    impl auth::policy::Policy<User> for Silent {
        type Checks = ();
    }
    let app = App::new().await;
    let boss = admin(&app, "boss@example.org").await;
    let counter = Counter::default();
    let by_rule = counter.router().layer(app.auth.require(rule!()));
    Call::get("/files/a").bearer(&boss).send(&by_rule).await.is(200);
    let silent = counter.router().layer(app.auth.require(auth::RuleOf::<Silent>::new()));
    Call::get("/files/a").bearer(&boss).send(&silent).await.is(403);
    Call::get("/files/a").send(&silent).await.is(401);
    assert_eq!(counter.calls(), 1);
}

/// With every method router, nested and merged: a layer guards everything that was added before it.
#[tokio::test]
async fn mac_03_a_layer_holds_wherever_it_stands() {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    let boss = admin(&app, "boss@example.org").await;
    let require = || app.auth.require(rule!(Role::Admin));
    let open = || async { "open" };
    let plain = || Router::<()>::new().route("/x", axum::routing::any(open)).fallback(open);
    let routers: [(&str, Router, &str); 6] = [
        ("layer", plain().layer(require()), "/x"),
        ("fallback", plain().layer(require()), "/missing"),
        ("route layer", plain().route_layer(require()), "/x"),
        ("method router", Router::new().route("/x", axum::routing::any(open).layer(require())), "/x"),
        ("nested", Router::new().nest("/in", plain().layer(require())), "/in/x"),
        ("merged", Router::new().merge(plain().layer(require())), "/x"),
    ];
    for (name, router, path) in routers {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let call = || Call::new(method.parse().unwrap(), path);
            let status = async |call: Call| call.send(&router).await.status.as_u16();
            let statuses =
                [status(call()).await, status(call().bearer(&member)).await, status(call().bearer(&boss)).await];
            assert_eq!(statuses, [401, 403, 200], "{method} {name}");
        }
    }
}

#[tokio::test]
async fn http_10_cookie_response_through_a_layer_is_not_cached() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let own = || async { ([("cache-control", "private, max-age=9"), ("vary", "Accept")], "own") };
    let router = Router::new().route("/plain", axum::routing::get(|| async { "plain" }));
    let router = router.route("/own", axum::routing::get(own)).layer(app.auth.require(rule!()));
    let caching = |answer: &auth_tests::Answer| {
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        (answer.header("cache-control").unwrap_or_default().to_owned(), vary.join(", "))
    };
    let cookie = format!("__Host-user-access={token}");
    for (path, cookies, bearer) in [
        ("/plain", ("no-store", "Cookie"), ("", "")),
        ("/own", ("private, max-age=9", "Accept, Cookie"), ("private, max-age=9", "Accept")),
    ] {
        let by_cookie = Call::get(path).cookie(&cookie).send(&router).await.is(200);
        assert_eq!(caching(&by_cookie), (cookies.0.to_owned(), cookies.1.to_owned()));
        let by_bearer = Call::get(path).bearer(&token).send(&router).await.is(200);
        assert_eq!(caching(&by_bearer), (bearer.0.to_owned(), bearer.1.to_owned()));
    }
}
