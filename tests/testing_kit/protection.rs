//! `assert_protection`: green where the application does what its table says, red where it does not.

use auth::routing::{Routes, Table, delete, get, post};
use auth::testing::{Deviation, Protection, TestApp, assert_protection};
use auth::{Auth, AuthError, Fresh, Has, NameEnum as _, check, protected, public};
use auth_tests::app::routes;
use auth_tests::{App, Role, User};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodFilter;

type R = Routes<Auth<User>>;

#[protected]
async fn member() {}

#[protected(Role::Admin)]
async fn admin() {}

#[protected(Role::Editor && !Role::Suspended, live)]
async fn editor() {}

#[protected(Role::Admin, hidden)]
async fn secret() {}

#[protected(Role::Admin && Has::Mfa && Fresh::minutes(5) || Fresh::hours(1) && Role::Editor)]
async fn pay() {}

#[public(reason = "meant")]
async fn open() {}

/// Would fail the test if it were asked: there is no data for it.
#[check]
async fn owns_post(Path(_): Path<i64>) -> Result<bool, AuthError> {
    Err(AuthError::internal("a probe asks no check"))
}

#[protected(Role::Admin || !Role::Suspended && owns_post)]
async fn edit() {}

#[protected(owns_post && Role::Editor, hidden)]
async fn draft() {}

fn every_kind_of_rule() -> R {
    Routes::new()
        .route("/member", get(member))
        .route("/admin", get(admin).post(admin))
        .route("/editor", get(editor).delete(editor))
        .route("/secret/{a}/{*rest}", get(secret))
        .route("/pay", post(pay))
        .route("/open", get(open))
        .route("/posts/{id}", delete(edit).get(draft))
        .route("/both", get(member).on(MethodFilter::PUT.or(MethodFilter::PATCH), admin))
}

fn served(app: &App, routes: R) -> Router {
    routes.into_router().with_state(app.auth.clone())
}

/// What comes of it when the table is of one application and the router of another.
async fn deviations(table: &Table, router: impl FnOnce(&App) -> Router) -> Vec<Deviation> {
    let app = App::new().await;
    Protection::of(table).deviations(&TestApp::new(&app.auth, router(&app))).await
}

fn lines(deviations: &[Deviation]) -> Vec<String> {
    let line = |d: &Deviation| format!("{} {}: {} / {}", d.route, d.caller, d.expected, d.observed);
    deviations.iter().map(line).collect()
}

#[tokio::test]
async fn mac_12_sample_application_matches_its_route_table() {
    let app = App::new().await;
    assert_protection(&routes(&app.auth).table(), &TestApp::new(&app.auth, app.router.clone())).await;
}

#[tokio::test]
async fn mac_12_every_kind_of_rule_is_compared_when_nested() {
    let app = App::new().await;
    let all = || every_kind_of_rule().nest("/api/v1", every_kind_of_rule()).nest("/accounts", app.auth.routes());
    assert_protection(&all().table(), &TestApp::new(&app.auth, served(&app, all()))).await;
}

#[tokio::test]
#[should_panic(expected = "the application does not enforce its route table:
  GET /admin  (Role::Admin)
    member: expected 403 `forbidden`, got admitted
    editor: expected 403 `forbidden`, got admitted
    suspended: expected 403 `forbidden`, got admitted")]
async fn mac_12_a_weaker_rule_than_the_table_says_is_found() {
    let app = App::new().await;
    let table = R::new().route("/admin", get(admin)).route("/open", get(open)).table();
    let router = served(&app, R::new().route("/admin", get(member)).route("/open", get(open)));
    assert_protection(&table, &TestApp::new(&app.auth, router)).await;
}

#[tokio::test]
async fn mac_12_a_stricter_rule_and_a_closed_route_are_found() {
    let table = R::new().route("/a", get(member)).route("/b", get(open)).table();
    let found = deviations(&table, |app| served(app, R::new().route("/a", get(admin)).route("/b", get(member)))).await;
    let expected = [
        "GET /a member: to pass / 403 `forbidden`",
        "GET /a editor: to pass / 403 `forbidden`",
        "GET /a suspended: to pass / 403 `forbidden`",
        "GET /b anonymous: to pass / 401 `not_signed_in`",
    ];
    assert_eq!(lines(&found), expected);
}

#[tokio::test]
async fn mac_12_a_protected_route_that_opened_is_found_for_everybody() {
    let table = R::new().route("/a", get(admin)).table();
    let found = deviations(&table, |app| served(app, R::new().route("/a", get(open)))).await;
    let callers: Vec<_> = found.iter().map(|deviation| &*deviation.caller).collect();
    let bad = [
        "an expired token",
        "a revoked token",
        "a token signed with another key",
        "a refresh token",
        "the handle of a pending sign-in",
        "the cookie of a pending sign-in",
    ];
    let roles: Vec<_> = Role::NAMES.iter().filter(|name| **name != "admin").copied().collect();
    assert_eq!(callers, [&["anonymous"][..], &bad, &roles].concat());
    assert_eq!(found[0].rule, "Role::Admin");
}

/// What a careless service does: it takes the handle of a sign-in that is not complete for a token of its user.
async fn completes_every_sign_in(
    State((token, from_cookie)): State<(String, bool)>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (cookie, bearer) = (text(COOKIE), text(AUTHORIZATION));
    let is_handle = |text: &str, prefix: &str| text.strip_prefix(prefix).is_some_and(|handle| handle.len() == 64);
    if is_handle(cookie, "__Host-user-sign-in=") && from_cookie || is_handle(bearer, "Bearer ") && !from_cookie {
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    }
    next.run(request).await
}

#[tokio::test]
async fn sign_06_a_route_open_to_pending_sign_ins_is_found() {
    // Refresh tokens are as long: whoever takes the one for a token of its user takes the other, too.
    let bearers: &[_] = &["a refresh token", "the handle of a pending sign-in"];
    for (from_cookie, callers) in [(false, bearers), (true, &["the cookie of a pending sign-in"])] {
        let table = R::new().route("/a", get(member)).table();
        let app = App::new().await;
        app.register("ada@example.org").await.is(201);
        let (token, _) = app.tokens("ada@example.org").await;
        let careless = middleware::from_fn_with_state((token, from_cookie), completes_every_sign_in);
        let router = served(&app, R::new().route("/a", get(member))).layer(careless);
        let found = Protection::of(&table).deviations(&TestApp::new(&app.auth, router)).await;
        assert!(found.iter().all(|deviation| deviation.observed == "admitted"), "{found:?}");
        assert_eq!(found.iter().map(|deviation| &*deviation.caller).collect::<Vec<_>>(), callers);
    }
}

#[tokio::test]
async fn rule_differing_only_in_its_refusal_is_reported() {
    let table = R::new().route("/a", get(secret)).route("/b", post(pay)).table();
    let router = |app: &App| served(app, R::new().route("/a", get(admin)).route("/b", post(admin)));
    let found = lines(&deviations(&table, router).await);
    assert!(found.contains(&"GET /a member: 404 `not_found` / 403 `forbidden`".to_owned()), "{found:#?}");
    for line in [
        "POST /b admin, login 300 s ago: to pass / admitted",
        "POST /b admin, login 3600 s ago: 401 `step_up_required` / admitted",
        "POST /b editor, login 3600 s ago: 401 `step_up_required` / 403 `forbidden`",
        "POST /b editor, second factor: to pass / 403 `forbidden`",
    ] {
        assert_eq!(found.contains(&line.to_owned()), !line.ends_with("to pass / admitted"), "{line}\n{found:#?}");
    }
}

#[tokio::test]
async fn a_check_more_and_a_check_less_are_found() {
    let table = R::new().route("/a/{id}", get(edit)).route("/b/{id}", get(admin)).table();
    let router = |app: &App| served(app, R::new().route("/a/{id}", get(admin)).route("/b/{id}", get(edit)));
    let found = lines(&deviations(&table, router).await);
    let expected = [
        "GET /a/{id} member: check `owns_post` to run / 403 `forbidden`",
        "GET /a/{id} editor: check `owns_post` to run / 403 `forbidden`",
        "GET /b/{id} member: 403 `forbidden` / check 0 of the rule to run",
        "GET /b/{id} editor: 403 `forbidden` / check 0 of the rule to run",
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_route_that_is_not_served_is_found() {
    let both = MethodFilter::PUT.or(MethodFilter::PATCH);
    let table =
        R::new().route("/a", get(member)).route("/b", post(member)).route("/c", get(open).on(both, admin)).table();
    let found = deviations(&table, |app| served(app, R::new().route("/b", get(member)).route("/c", get(open)))).await;
    let found: Vec<_> = found.iter().map(|d| format!("{}: {}", d.route, d.observed)).collect();
    let gone = |route: &str, status: u16| format!("{route}: {status} from the router, which does not serve this route");
    assert_eq!(found[..2], [gone("GET /a", 404), gone("POST /b", 405)]);
    assert!(found[2..].contains(&gone("PUT /c", 405)), "{found:#?}");
    assert!(found[2..].iter().all(|line| line.contains(" /c: 405")), "{found:#?}");
}

#[tokio::test]
async fn mac_01_handler_without_guard_is_reported_and_called_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let entered = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&entered);
    let table = R::new().route("/a", get(admin)).route("/b", get(open)).table();
    let handler = move || async move { seen.fetch_add(1, Ordering::SeqCst).to_string() };
    let router = Router::new().route("/a", axum::routing::get(handler)).route("/b", axum::routing::get(async || ()));
    let found = deviations(&table, |_| router).await;
    let got: Vec<_> = found.iter().map(|d| format!("{} {}: {}", d.route, d.caller, d.observed)).collect();
    assert_eq!(got.len(), 2, "{got:#?}");
    for line in &got {
        assert!(line.contains(" anonymous: 200 without a guard"), "{line}");
    }
    assert_eq!(entered.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn pages_of_the_applications_own_hide_no_decision() {
    let app = App::with(|builder| {
        builder.on_error(|_, _, _| (StatusCode::SEE_OTHER, [("location", "/login")]).into_response())
    })
    .await;
    assert_protection(&routes(&app.auth).table(), &TestApp::new(&app.auth, app.router.clone())).await;
    let table = R::new().route("/a", get(admin)).table();
    let test = TestApp::new(&app.auth, served(&app, R::new().route("/a", get(member))));
    assert_eq!(Protection::of(&table).deviations(&test).await.len(), 3);
}

#[tokio::test]
async fn path_values_and_callers_can_be_chosen() {
    let app = App::new().await;
    // `/posts/1` is another route: with the usual value, the one with the parameter would never be called.
    let all = || R::new().route("/posts/{id}", get(member)).route("/posts/1", get(open));
    let test = TestApp::new(&app.auth, served(&app, all()));
    let table = all().table();
    assert!(!Protection::of(&table).deviations(&test).await.is_empty());
    Protection::of(&table).path("id", "2").assert(&test).await;

    let off = test.create_user(Role::Editor).await;
    app.auth.accounts().disable(&off.id).await.unwrap();
    let off = app.auth.accounts().find(&off.id).await.unwrap().unwrap();
    let all = || every_kind_of_rule();
    let (table, test) = (all().table(), TestApp::new(&app.auth, served(&app, all())));
    Protection::of(&table).caller("switched off", &off).assert(&test).await;
}

#[tokio::test]
#[should_panic(expected = "there is no route in the table")]
async fn an_empty_table_is_no_success() {
    let app = App::new().await;
    assert_protection(&R::new().table(), &TestApp::new(&app.auth, Router::new())).await;
}

/// Whoever serves `HEAD` of a guarded path without its guard.
async fn peek() -> [(&'static str, &'static str); 1] {
    [("x-accounts", "4711")]
}

#[tokio::test]
async fn mac_12_a_head_without_the_guard_is_found() {
    let table = R::new().route("/stats", get(admin)).table();
    let router = |app: &App| served(app, R::new().route("/stats", get(admin)));
    assert_eq!(deviations(&table, router).await, []);
    let open = |app: &App| router(app).route("/stats", axum::routing::head(peek));
    let found = deviations(&table, open).await;
    assert!(!found.is_empty() && found.iter().all(|deviation| deviation.route == "HEAD /stats"), "{found:?}");
}
