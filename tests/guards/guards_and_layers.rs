//! Guards, layers, checks and middleware in one request: the result of one must not be taken for that of another.

use auth::event::{EventKind, Refusal};
use auth::routing::{Routes, get, post};
use auth::{Auth, Rejection, check, protected, public, rule};
use auth_tests::{App, Call, Role, User};
use axum::Router;
use axum::extract::{Path, Request};
use axum::http::Method;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use serde_json::json;

/// Whether the caller is Ada in the table of the handle that runs the check.
#[check]
async fn is_ada(user: User) -> bool {
    user.email.starts_with("ada")
}

#[protected(is_ada)]
async fn for_ada() -> &'static str {
    "in"
}

fn tampered() -> Routes<Auth<User>> {
    Routes::new().route("/ada", get(for_ada)).route("/any", get(anybody).post(anybody))
}

#[protected]
async fn anybody() -> &'static str {
    "in"
}

#[tokio::test]
async fn mac_03_check_result_is_not_shared_between_handles() {
    // Two stores with one key, as with tenants: user 1 is Ada here and Bob there, and her token is nothing there.
    let (here, there) = (App::new().await, App::new().await);
    let token = here.register("ada@example.org").await.is(201).access_token();
    there.user("bob@example.org").await;
    let router = tampered().into_router();
    Call::get("/ada").bearer(&token).send(&router.clone().with_state(there.auth.clone())).await.is(401);
    let behind = router.layer(here.auth.require(rule!(is_ada))).with_state(there.auth.clone());
    Call::get("/ada").bearer(&token).send(&behind).await.is(401);
}

/// A middleware that loads the user and ignores a refusal.
async fn swallows(user: Result<User, Rejection>, request: Request, next: Next) -> Response {
    drop(user);
    next.run(request).await
}

#[tokio::test]
async fn mac_03_swallowed_refusal_stays_a_refusal() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let token = app.tokens("ada@example.org").await.0;
    sqlx::query("UPDATE users SET role = 'member'").execute(&app.pool).await.unwrap();
    let router = tampered()
        .into_router()
        .layer(from_fn_with_state(app.auth.clone(), swallows))
        .layer(app.auth.require(rule!(Role::Admin)))
        .with_state(app.auth.clone());
    // By now the row is known, and the rule of the outer layer does not hold on it.
    Call::get("/any").bearer(&token).send(&router).await.is(403);
}

/// A middleware that overrides the method, as for HTML forms.
async fn overrides(mut request: Request, next: Next) -> Response {
    *request.method_mut() = Method::POST;
    next.run(request).await
}

#[tokio::test]
async fn csrf_01_method_overridden_behind_a_layer_is_origin_checked() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.org", "password": auth_tests::app::PASSWORD, "display_name": "Ada" });
    let sign_up = Call::post("/auth/register?cookies=true").same_origin().json(&body);
    let cookies = app.send(sign_up).await.is(201).cookies();
    let routes = tampered().into_router().with_state(app.auth.clone());
    let overriding = Router::new().fallback_service(routes).layer(from_fn(overrides));
    let router = overriding.layer(app.auth.require(rule!()));
    let call = || Call::get("/any").cookie(&cookies);
    app.events();
    let refused = call().header("sec-fetch-site", "cross-site").send(&router).await.is(403);
    assert_eq!(refused.code(), "cross_site");
    assert_eq!(app.events(), [EventKind::Refused { user: None, reason: Refusal::CrossSite }]);
    call().same_origin().send(&router).await.is(200);
}

#[tokio::test]
async fn check_on_a_deleted_row_raises_one_refusal_event() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let id = app.id("ada@example.org").await.to_string();
    let router = tampered().into_router().with_state(app.auth.clone());
    sqlx::query("UPDATE users SET is_active = FALSE").execute(&app.pool).await.unwrap();
    app.events();
    Call::get("/ada").bearer(&token).send(&router).await.is(401);
    assert_eq!(app.events(), [EventKind::Refused { user: Some(id), reason: Refusal::Inactive }]);
}

#[check]
async fn breaks(Path(how): Path<String>) -> Result<bool, String> {
    Err(format!("the files of {how} are gone"))
}

#[protected(breaks)]
async fn broken() -> &'static str {
    "in"
}

#[protected(!breaks)]
async fn not_broken() -> &'static str {
    "in"
}

#[tokio::test]
async fn http_19_the_error_of_a_check_is_never_a_success() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let routes: Routes<Auth<User>> = Routes::new().route("/a/{how}", get(broken)).route("/b/{how}", post(not_broken));
    let router = routes.into_router().with_state(app.auth.clone());
    Call::get("/a/x").bearer(&token).send(&router).await.is(500);
    Call::post("/b/x").bearer(&token).send(&router).await.is(500);
}

/// Items with names that generated code might use as well.
mod hygiene {
    use super::{Auth, Call, Router, Routes, User, check, get, protected};

    #[check]
    async fn state() -> bool {
        false
    }

    #[check]
    async fn parts() -> bool {
        false
    }

    #[protected(state || parts)]
    async fn ask() -> &'static str {
        "in"
    }

    pub(super) fn router(auth: Auth<User>) -> Router {
        let routes: Routes<Auth<User>> = Routes::new().route("/ask", get(ask));
        routes.into_router().with_state(auth)
    }

    pub(super) async fn status(router: &Router, token: &str) -> u16 {
        Call::get("/ask").bearer(token).send(router).await.status.as_u16()
    }
}

#[tokio::test]
async fn mac_10_check_may_share_names_with_generated_code() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    assert_eq!(hygiene::status(&hygiene::router(app.auth.clone()), &token).await, 403);
}

#[public]
async fn open(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.email)
}

#[tokio::test]
async fn mac_03_public_handler_never_sees_a_user_the_row_refuses() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let token = app.tokens("ada@example.org").await.0;
    let routes: Routes<Auth<User>> = Routes::new().route("/open", get(open));
    let router =
        routes.require(app.auth.require(rule!(Role::Admin, hidden))).into_router().with_state(app.auth.clone());
    let call = || Call::get("/open").bearer(&token).send(&router);
    assert_eq!(call().await.is(200).text(), "ada@example.org");
    sqlx::query("UPDATE users SET role = 'member'").execute(&app.pool).await.unwrap();
    assert!(call().await.is(404).body.is_empty());
    sqlx::query("DELETE FROM users").execute(&app.pool).await.unwrap();
    assert_eq!(call().await.is(401).code(), "invalid_token");
}
