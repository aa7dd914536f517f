//! Renewal by navigation: wherever a guard is, and whatever the handler behind it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::routing::{Routes, get};
use auth::{Auth, AuthState, AuthUser, ClientInfo, PasswordHash, Secret, protected, public, rule};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::browser::{ACCESS, Browser, REFRESH, navigation, open};
use auth_tests::{App, Call, Database, User, UserClaims};
use axum::extract::{FromRef, State};
use axum::http::header::ETAG;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};
use tokio::sync::Notify;

const ADA: &str = "ada@example.org";

/// At another router of the application.
async fn away(app: &App, router: &Router) -> Browser {
    Browser::away(&app.router, &app.clock, ADA).await.at(router)
}

#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

#[protected]
async fn guarded(user: User, Extension(runs): Extension<Runs>) -> String {
    runs.0.fetch_add(1, Ordering::SeqCst);
    format!("hello {}", user.display_name)
}

#[public]
async fn shown(claims: Option<UserClaims>) -> String {
    claims.map_or_else(|| "nobody".to_owned(), |claims| format!("number {}", claims.sub))
}

#[tokio::test]
async fn plain_router_and_layers_renew_by_themselves() {
    let app = App::new().await;
    let runs = Runs::default();
    let file = || async { "a file" };
    let router = Router::new()
        .route("/guarded", routing::get(guarded))
        .route("/shown", routing::get(shown))
        .nest("/deep", Router::new().route("/", routing::get(guarded)))
        .nest_service("/files", Router::new().fallback(file).layer(app.auth.require(rule!())))
        .layer(Extension(runs.clone()))
        .with_state(app.auth.clone());
    for (path, text) in [
        ("/guarded", "hello Ada"),
        ("/shown?a=b", "number 1"),
        ("/deep", "hello Ada"),
        ("/files/of/somebody", "a file"),
    ] {
        let (page, redirects) = away(&app, &router).await.visit(|| open(path)).await;
        assert_eq!((page.is(200).text(), redirects), (text, 1), "{path}");
    }
    assert_eq!(runs.0.load(Ordering::SeqCst), 2, "no handler runs for a request that is sent again");
}

#[tokio::test]
async fn guards_behind_guards_renew_once() {
    let app = App::new().await;
    let runs = Runs::default();
    let inner = Routes::new().route("/guarded", get(guarded)).route("/shown", get(shown));
    let routes = inner.require(app.auth.require(rule!(live))).require(app.auth.require(rule!()));
    let router = routes.into_router().layer(Extension(runs)).with_state(app.auth.clone());
    for path in ["/guarded", "/shown"] {
        let mut browser = away(&app, &router).await;
        let (page, redirects) = browser.visit(|| open(path)).await;
        assert_eq!((page.is(200).status.as_u16(), redirects), (200, 1));
    }
}

/// An application may drop the refusal of an extractor, and with it the only copy of a new refresh token.
#[tokio::test]
async fn extractors_without_a_guard_renew_nothing() {
    let app = App::new().await;
    let dropped = |user: Result<User, auth::Rejection>| async move { user.map_or(401, |_| 200).to_string() };
    let router = Router::new().route("/", routing::get(dropped)).with_state(app.auth.clone());
    let mut browser = away(&app, &router).await;
    let spent = browser.cookies();
    assert_eq!(browser.send(open("/")).await.is(200).text(), "401");
    app.after(60);
    assert_eq!((browser.at(&app.router).visit(|| open("/me")).await.1, browser.cookies()), (1, spent));
}

#[protected]
async fn post(claims: UserClaims, body: String) -> String {
    format!("{} wrote {body}", claims.sub)
}

#[tokio::test]
async fn form_from_our_own_page_is_sent_again() {
    let app = App::new().await;
    let router = Router::new().route("/posts", routing::post(post)).with_state(app.auth.clone());
    let form =
        |site: &str| navigation(Method::POST, "/posts", site).text("application/x-www-form-urlencoded", "text=hi");
    for site in ["same-origin", "none"] {
        let (page, redirects) = away(&app, &router).await.visit(|| form(site)).await;
        assert_eq!((page.is(200).text(), redirects), ("1 wrote text=hi", 1), "{site}");
    }
    for site in ["cross-site", "same-site"] {
        let mut browser = away(&app, &router).await;
        let spent = browser.cookies();
        let refused = browser.send(form(site)).await.is(401);
        assert_eq!((&*refused.code(), browser.cookies()), ("not_signed_in", spent), "csrf_01: {site}");
    }
}

#[public]
async fn sign_out(State(auth): State<Auth<User>>, parts: Parts) -> Response {
    auth.logout_response(&parts)
}

#[public]
async fn sign_in(State(auth): State<Auth<User>>, parts: Parts) -> Result<Response, auth::AuthError> {
    let delivery = auth::TokenDelivery::Cookies(auth.same_origin(&parts)?);
    let credentials = auth::Credentials::new("eve@example.org", PASSWORD);
    let (_, tokens) = auth.login(credentials, &ClientInfo::default()).await?.signed_in()?;
    auth.tokens_response(StatusCode::OK, &tokens, delivery)
}

#[protected]
async fn fails() -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[protected]
async fn unchanged(headers: HeaderMap) -> Response {
    let known = headers.contains_key("if-none-match");
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    (status, [(ETAG, "\"1\"")]).into_response()
}

#[tokio::test]
async fn cookies_that_the_handler_sets_are_the_last() {
    let app = App::new().await;
    app.user("eve@example.org").await;
    let routes = Routes::new()
        .route("/sign-out", get(sign_out))
        .route("/sign-in", get(sign_in))
        .route("/fails", get(fails))
        .route("/unchanged", get(unchanged));
    let router = routes.into_router().with_state(app.auth.clone());

    let mut browser = away(&app, &router).await;
    assert_eq!(browser.visit(|| open("/sign-out")).await.1, 1);
    assert_eq!(browser.cookies(), "");

    let mut browser = away(&app, &router).await;
    browser.visit(|| open("/sign-in")).await.0.is(200);
    assert!(browser.at(&app.router).send(open("/claims")).await.is(200).text().starts_with("1 is"), "this is Eve");

    let mut browser = away(&app, &router).await;
    browser.visit(|| open("/fails")).await.0.is(500);
    assert_eq!(browser.at(&app.router).send(open("/me")).await.is(200).text(), "hello Ada", "the session goes on");

    let mut browser = away(&app, &router).await;
    let (page, redirects) = browser.visit(|| open("/unchanged").header("if-none-match", "\"1\"")).await;
    assert_eq!((page.status.as_u16(), redirects), (304, 1));
}

#[derive(Clone, Default)]
struct Slow {
    begun: Arc<Notify>,
    ready: Arc<Notify>,
}

#[protected]
async fn report(Extension(slow): Extension<Slow>) -> &'static str {
    slow.begun.notify_one();
    slow.ready.notified().await;
    "the report"
}

/// The new refresh token must not wait for the page: whoever opens another one meanwhile would present a spent token.
#[tokio::test]
async fn slow_page_costs_nobody_the_session() {
    let app = App::new().await;
    let slow = Slow::default();
    let router = Routes::new().route("/report", get(report)).route("/shown", get(shown)).into_router();
    let router = router.layer(Extension(slow.clone())).with_state(app.auth.clone());
    let mut browser = away(&app, &router).await;
    browser.send(open("/report")).await.is(307);
    let mut tab = browser.clone();
    let report = tokio::spawn(async move { tab.send(open("/report")).await });
    slow.begun.notified().await;
    app.after(16 * 60);
    browser.drop_cookie(ACCESS);
    let (page, redirects) = browser.visit(|| open("/shown")).await;
    assert_eq!((page.is(200).text(), redirects), ("number 1", 1));
    slow.ready.notify_one();
    assert_eq!(report.await.unwrap().is(200).text(), "the report");
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    badge: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[derive(Clone, FromRef)]
struct Shop {
    users: Auth<User>,
    staff: Auth<Staff>,
}

impl AuthState for Shop {
    type User = User;
}

#[protected]
async fn basket(user: User) -> String {
    user.display_name
}

#[protected(user = Staff)]
async fn orders(clerk: Staff) -> String {
    clerk.badge
}

#[public]
async fn window(user: Option<User>, clerk: Option<Staff>) -> String {
    format!("{:?} {:?}", user.map(|user| user.id), clerk.map(|clerk| clerk.id))
}

#[tokio::test]
async fn mac_08_each_guard_renews_the_cookies_of_its_user_type() {
    let db = Database::with(auth_tests::users::SCHEMA).await;
    let app = App::in_place(db, |builder| builder).await;
    let staff = "CREATE TABLE staff (id INTEGER PRIMARY KEY, badge TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)";
    sqlx::raw_sql(staff).execute(&app.pool).await.unwrap();
    let staff = Auth::<Staff>::builder(app.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let staff = staff.passwords(quick_passwords()).clock(app.clock.clone()).build().await.unwrap();
    let registration = StaffRegistration { badge: "b-1".to_owned() };
    let (_, tokens) =
        staff.register(registration, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    let routes =
        Routes::new().route("/basket", get(basket)).route("/orders", get(orders)).route("/window", get(window));
    let router = routes.into_router().with_state(Shop { users: app.auth.clone(), staff });

    let mut browser = away(&app, &router).await;
    browser.keep("__Host-staff-refresh", &tokens.refresh_token);
    let ours = browser.cookie(REFRESH).unwrap().to_owned();
    assert_eq!(browser.visit(|| open("/orders")).await.0.is(200).text(), "b-1");
    assert!(browser.cookie("__Host-staff-access").is_some() && browser.cookie(ACCESS).is_none());
    assert_eq!(
        (browser.cookie(REFRESH), browser.cookie("__Host-staff-refresh") == Some(&*tokens.refresh_token)),
        (Some(&*ours), false)
    );
    let (page, redirects) = browser.visit(|| open("/basket")).await;
    assert_eq!((page.is(200).text(), redirects), ("Ada", 1));
    assert_eq!(browser.visit(|| open("/window")).await.0.is(200).text(), "Some(1) Some(1)");
    assert_eq!(Call::get("/basket").cookie(&browser.cookies()).send(&router).await.is(200).text(), "Ada");
}
