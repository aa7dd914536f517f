//! The library's routes as a value: left out, replaced, nested, merged, printed.

use auth::routing::{Routes, get, post};
use auth::{Auth, public};
use auth_tests::app::routes;
use auth_tests::{App, Call, User};

#[public(reason = "sign-up is by invitation")]
async fn invited() -> &'static str {
    "ask for an invitation"
}

#[public]
async fn home() -> &'static str {
    "home"
}

#[tokio::test]
async fn the_table_says_who_may_call_what() {
    let app = App::new().await;
    let expected = "\
METHOD  PATH                   WHO MAY CALL IT
GET     /admin/live            Role::Admin, live
GET     /admin/row             Role::Admin
POST    /auth/login            * public: requires a password
POST    /auth/logout           * public: ends only sessions whose token it receives
POST    /auth/logout-all       signed in
GET     /auth/me               signed in
POST    /auth/password/change  signed in
POST    /auth/reauthenticate   signed in
POST    /auth/refresh          * public: requires a refresh token
POST    /auth/register         * public: sign-up
GET     /auth/sessions         signed in
DELETE  /auth/sessions/{id}    Fresh::minutes(5)
GET     /claims                signed in
GET     /greet                 * public: greets whoever comes
GET     /health                * public
GET     /me                    signed in
DELETE  /posts/{id}            Role::Admin
PUT     /posts/{id}            Role::Editor && !Role::Suspended
GET     /stats                 Role::Admin";
    assert_eq!(routes(&app.auth).table().to_string(), expected);
}

#[tokio::test]
async fn builtin_route_can_be_removed_or_replaced() {
    let app = App::new().await;
    let ours = app.auth.routes().remove("POST", "/register").route("/register", post(invited));
    let ours = ours.remove("DELETE", "/sessions/{id}");
    let router = Routes::new().nest("/auth", ours).into_router().with_state(app.auth.clone());
    let answer = Call::post("/auth/register").json(&serde_json::json!({})).send(&router).await.is(200);
    assert_eq!(answer.text(), "ask for an invitation");
    let token = app.register("ada@example.org").await.is(201).access_token();
    Call::delete("/auth/sessions/x").bearer(&token).send(&router).await.is(404);
    Call::get("/auth/sessions").bearer(&token).send(&router).await.is(200);
}

#[tokio::test]
#[should_panic(expected = "there is no `GET /register` to leave out")]
async fn removing_a_missing_route_fails() {
    let app = App::new().await;
    let _ = app.auth.routes::<()>().remove("GET", "/register");
}

#[tokio::test]
async fn http_13_removed_route_answers_no_method() {
    let app = App::new().await;
    let router = app.auth.routes::<()>().remove("POST", "/register").into_router().with_state(());
    for method in ["GET", "POST", "HEAD", "PUT", "OPTIONS"] {
        let call = Call::new(method.parse().unwrap(), "/register");
        assert_eq!(call.send(&router).await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn routes_nest_as_deep_as_one_likes_and_merge() {
    let app = App::new().await;
    let deep: Routes<Auth<User>> = Routes::new().nest("/v1/", Routes::new().nest("/auth", app.auth.routes()));
    let all = Routes::new()
        .route("/", get(home))
        .nest("/api", deep)
        .merge(Routes::new().nest("", Routes::new().route("/x", get(home))));
    let paths: Vec<_> = all.table().routes().iter().map(|route| route.path.clone()).collect();
    assert_eq!(
        (paths[0].as_str(), paths[1].as_str(), paths.last().unwrap().as_str()),
        ("/", "/api/v1/auth/login", "/x")
    );
    let router = all.into_router().with_state(app.auth.clone());
    assert_eq!(Call::get("/").send(&router).await.is(200).text(), "home");
    assert_eq!(Call::get("/x").send(&router).await.is(200).text(), "home");
    let token = app.register("ada@example.org").await.is(201).access_token();
    Call::get("/api/v1/auth/me").bearer(&token).send(&router).await.is(200);
    Call::get("/auth/me").bearer(&token).send(&router).await.is(404);
}

#[tokio::test]
async fn a_nested_root_is_the_prefix_itself() {
    let app = App::new().await;
    let inner: Routes<Auth<User>> = Routes::new().route("/", get(home));
    let router = Routes::new().nest("/home", inner).into_router().with_state(app.auth.clone());
    Call::get("/home").send(&router).await.is(200);
    Call::get("/home/").send(&router).await.is(404);
}

#[tokio::test]
async fn plain_axum_router_works_around_the_routes() {
    let app = App::new().await;
    let inner = routes(&app.auth).into_router();
    let router = axum::Router::new().nest("/app", inner).fallback(|| async { "plain" }).with_state(app.auth.clone());
    Call::get("/app/me").send(&router).await.is(401);
    assert_eq!(Call::get("/app/health").send(&router).await.is(200).text(), "ok");
    assert_eq!(Call::get("/elsewhere").send(&router).await.is(200).text(), "plain");
    let id = app.user("ada@example.org").await;
    let (token, _) = app.tokens("ada@example.org").await;
    assert_eq!(id, 1);
    Call::get("/app/me").bearer(&token).send(&router).await.is(200);
    Call::delete("/app/auth/sessions/x").bearer(&token).send(&router).await.is(404);
}

#[test]
#[should_panic(expected = "Overlapping method route")]
fn two_handlers_of_one_path_are_refused() {
    let routes = Routes::<Auth<User>>::new().route("/same", get(home)).route("/same", get(home));
    drop(routes.into_router());
}
