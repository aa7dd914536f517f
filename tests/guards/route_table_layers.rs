//! Layers, services and fallbacks: requests are decided as the route table says.

use std::convert::Infallible;

use auth::event::{EventKind, Refusal};
use auth::routing::{Routes, any, get, on};
use auth::{Auth, protected, public, rule};
use auth_tests::{App, Call, Role, User};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde_json::json;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

#[public(reason = "greets whoever comes")]
async fn hello() -> &'static str {
    "hello"
}

#[public]
async fn missing() -> (axum::http::StatusCode, &'static str) {
    (axum::http::StatusCode::NOT_FOUND, "no such page")
}

#[protected]
async fn page(request: Request) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

#[protected(Role::Editor || Role::Admin, hidden)]
async fn draft() -> &'static str {
    "draft"
}

/// A service, not a handler: returns the path of the request.
fn files() -> BoxCloneSyncService<Request, Response, Infallible> {
    let file = async |request: Request| Ok(Response::new(Body::from(format!("file {}", request.uri().path()))));
    BoxCloneSyncService::new(service_fn(file))
}

fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    let admin = Routes::new()
        .route("/hello", get(hello))
        .route("/page", on(MethodFilter::POST.or(MethodFilter::GET), page))
        .route("/any", any(page).get(hello))
        .nest("/drafts", Routes::new().route("/{id}", get(draft)))
        .merge(Routes::new().route("/merged", get(hello)))
        .nest_service("/files", auth.require(rule!(Role::Editor || Role::Admin)), files())
        .fallback(missing)
        .require(auth.require(rule!(Role::Admin)));
    Routes::new()
        .route("/hello", get(hello))
        .route("/any", any(page))
        .service("/rpc.Greeter/{*method}", auth.require(rule!(live)), files())
        .nest("/admin", admin)
        .fallback(missing)
}

const TABLE: &str = "\
METHOD    PATH                    WHO MAY CALL IT
GET       /admin/any              Role::Admin (handler: public: greets whoever comes)
ANY       /admin/any              Role::Admin && signed in
GET       /admin/drafts/{id}      Role::Admin && (Role::Editor || Role::Admin, hidden)
ANY       /admin/files/{*path}    Role::Admin && (Role::Editor || Role::Admin)
GET       /admin/hello            Role::Admin (handler: public: greets whoever comes)
GET       /admin/merged           Role::Admin (handler: public: greets whoever comes)
GET|POST  /admin/page             Role::Admin && signed in
ANY       /admin/*                Role::Admin (handler: public)
ANY       /any                    signed in
GET       /hello                  * public: greets whoever comes
ANY       /rpc.Greeter/{*method}  signed in, live
ANY       *                       * public";

#[tokio::test]
async fn the_table_shows_layers_services_and_fallbacks() {
    let app = App::new().await;
    let table = routes(&app.auth).table().to_string();
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&table), sorted(TABLE), "{table}");
    assert_eq!(table.lines().last().unwrap(), TABLE.lines().last().unwrap(), "what answers the rest comes last");
}

#[tokio::test]
async fn routes_behind_a_layer_are_listed_with_its_rule() {
    let app = App::new().await;
    let table = routes(&app.auth).table();
    let open: Vec<_> = table.routes().iter().filter(|route| route.public).map(|route| route.path.as_str()).collect();
    assert_eq!(open, ["/hello", "*"]);
    let hidden: Vec<_> = table.routes().iter().filter(|route| route.hidden).map(|route| route.path.as_str()).collect();
    assert_eq!(hidden, ["/admin/drafts/{id}"]);
    assert!(table.routes().iter().all(|route| route.reason.is_none() || route.public));
}

#[tokio::test]
async fn route_table_is_available_to_programs() {
    let app = App::new().await;
    let routes: Routes<Auth<User>> = Routes::new().route("/b", get(hello)).route("/a", get(draft).post(page));
    let expected = json!([
        { "method": "GET", "path": "/a", "who": "Role::Editor || Role::Admin, hidden", "public": false, "reason": null,
          "hidden": true, "mfa": false, "keys": false, "keys_only": false },
        { "method": "POST", "path": "/a", "who": "signed in", "public": false, "reason": null, "hidden": false,
          "mfa": false, "keys": false, "keys_only": false },
        { "method": "GET", "path": "/b", "who": "public: greets whoever comes", "public": true,
          "reason": "greets whoever comes", "hidden": false, "mfa": false, "keys": false, "keys_only": false },
    ]);
    assert_eq!(routes.to_json(), expected);
    let behind = routes.require(app.auth.require(rule!(Role::Member))).to_json();
    assert_eq!(behind[2]["public"], false);
    assert_eq!(behind[2]["reason"], json!(null));
}

struct World {
    app: App,
    router: axum::Router,
    member: String,
    boss: String,
}

async fn world() -> World {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    let id = app.user("boss@example.org").await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let boss = app.tokens("boss@example.org").await.0;
    let router = routes(&app.auth).into_router().with_state(app.auth.clone());
    World { app, router, member, boss }
}

impl World {
    /// The statuses for an anonymous caller, a member and an admin.
    async fn statuses(&self, method: &str, path: &str) -> [u16; 3] {
        let call = || Call::new(method.parse().unwrap(), path);
        let mut statuses = [0; 3];
        for (status, call) in statuses.iter_mut().zip([call(), call().bearer(&self.member), call().bearer(&self.boss)])
        {
            *status = call.send(&self.router).await.status.as_u16();
        }
        statuses
    }
}

#[tokio::test]
async fn mac_03_rule_around_routes_guards_every_kind_of_route() {
    let world = world().await;
    for (method, path) in [
        ("GET", "/admin/hello"),
        ("HEAD", "/admin/hello"),
        ("GET", "/admin/merged"),
        ("GET", "/admin/page"),
        ("HEAD", "/admin/page"),
        ("POST", "/admin/page"),
        ("GET", "/admin/any"),
        ("DELETE", "/admin/any"),
        ("PROPFIND", "/admin/any"),
        ("GET", "/admin/drafts/7"),
        ("GET", "/admin/files"),
        ("GET", "/admin/files/"),
        ("GET", "/admin/files/a/b"),
        ("PUT", "/admin/files/a"),
    ] {
        assert_eq!(world.statuses(method, path).await, [401, 403, 200], "{method} {path}");
    }
    assert_eq!(world.statuses("GET", "/admin/elsewhere").await, [401, 403, 404], "the fallback is behind it as well");
    assert_eq!(world.statuses("DELETE", "/admin/elsewhere").await, [401, 403, 404]);
}

#[tokio::test]
async fn what_no_route_answers_is_axums_own() {
    let world = world().await;
    assert_eq!(world.statuses("DELETE", "/admin/page").await, [405; 3]);
    assert_eq!(world.statuses("POST", "/hello").await, [405; 3]);
    let answer = Call::get("/elsewhere").send(&world.router).await.is(404);
    assert_eq!(answer.text(), "no such page");
    let bare: Routes<Auth<User>> = Routes::new().route("/hello", get(hello)).require(world.app.auth.require(rule!()));
    let bare = bare.into_router().with_state(world.app.auth.clone());
    assert_eq!(Call::get("/elsewhere").send(&bare).await.is(404).text(), "");
    let wrong = Call::post("/hello").send(&bare).await.is(405);
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
    Call::get("/hello").send(&bare).await.is(401);
}

#[tokio::test]
async fn services_answer_every_method_with_the_path_of_axum() {
    let world = world().await;
    let get = |path: &'static str| Call::get(path).bearer(&world.boss);
    assert_eq!(get("/rpc.Greeter/Hello").send(&world.router).await.is(200).text(), "file /rpc.Greeter/Hello");
    assert_eq!(get("/admin/files/a").send(&world.router).await.is(200).text(), "file /a");
    assert_eq!(world.statuses("POST", "/rpc.Greeter/Hello").await, [401, 200, 200]);
    world.app.events();
    Call::post("/rpc.Greeter/Hello").send(&world.router).await.is(401);
    assert_eq!(world.app.events(), [EventKind::Refused { user: None, reason: Refusal::NotSignedIn }]);
}

#[tokio::test]
async fn handler_for_several_methods_answers_only_them() {
    let world = world().await;
    for (method, status) in [("GET", 200), ("POST", 200), ("HEAD", 200), ("PUT", 405), ("DELETE", 405)] {
        assert_eq!(world.statuses(method, "/admin/page").await[2], status, "{method}");
    }
    assert_eq!(world.statuses("PUT", "/any").await, [401, 200, 200]);
}

#[tokio::test]
async fn a_files_service_at_the_root_is_the_fallback() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let routes: Routes<Auth<User>> =
        Routes::new().route("/page", get(page)).nest_service("/", app.auth.require(rule!()), files());
    assert_eq!(routes.table().routes().last().unwrap().path, "*");
    let router = Routes::new().nest("/app", routes).into_router().with_state(app.auth.clone());
    Call::get("/app/index.html").send(&router).await.is(401);
    Call::get("/index.html").send(&router).await.is(404);
    let answer = Call::get("/app/index.html").bearer(&token).send(&router).await.is(200);
    assert_eq!(answer.text(), "file /index.html");
    assert_eq!(Call::get("/app/page").bearer(&token).send(&router).await.is(200).text(), "GET /app/page");
}

#[test]
#[should_panic(expected = "there are two fallbacks for `*`")]
fn two_fallbacks_are_a_mistake_at_start_up() {
    let one: Routes<Auth<User>> = Routes::new().fallback(missing);
    let _ = one.merge(Routes::new().fallback(missing));
}

#[test]
#[should_panic(expected = "there are two fallbacks for `/api/*`")]
fn two_fallbacks_under_one_prefix_fail_at_start_up() {
    let api = || -> Routes<Auth<User>> { Routes::new().nest("/api", Routes::new().fallback(missing)) };
    let _ = api().fallback(missing).merge(api());
}

#[tokio::test]
#[should_panic(expected = "`Role::Admin` protects nothing here: declare the routes first")]
async fn rule_around_no_routes_fails_at_start_up() {
    let app = App::new().await;
    let _ = Routes::<Auth<User>>::new().require(app.auth.require(rule!(Role::Admin)));
}

#[public]
async fn unknown(uri: axum::http::Uri) -> (axum::http::StatusCode, String) {
    (axum::http::StatusCode::NOT_FOUND, format!("no {uri}"))
}

#[tokio::test]
async fn l13_a_nested_fallback_answers_every_path_below() {
    let app = App::new().await;
    let api: Routes<Auth<User>> = Routes::new().route("/hello", get(hello)).fallback(unknown);
    let routes = Routes::new().nest("/api", api).route("/hello", get(hello)).fallback(missing);
    let router = routes.into_router().with_state(app.auth.clone());
    for (path, text) in [
        ("/api/x", "no /x"),
        ("/api/x/y?z", "no /x/y?z"),
        ("/api/hello/", "no /hello/"),
        ("/api/", "no /"),
        ("/api/?z", "no /?z"),
        ("/api", "no /"),
        ("/apix", "no such page"),
        ("/other", "no such page"),
    ] {
        assert_eq!(Call::get(path).send(&router).await.is(404).text(), text, "{path}");
        assert_eq!(Call::post(path).send(&router).await.is(404).text(), text, "{path}");
    }
    // A route of its own for the path, or parameters in it, are not in the way.
    let own: Routes<Auth<User>> =
        Routes::new().route("/api/", get(hello)).nest("/api", Routes::new().fallback(unknown));
    let router = own.into_router().with_state(app.auth.clone());
    assert_eq!(Call::get("/api/").send(&router).await.is(200).text(), "hello");
    assert_eq!(Call::get("/api/x").send(&router).await.is(404).text(), "no /x");
    let tenant: Routes<Auth<User>> = Routes::new().nest("/t/{tenant}", Routes::new().fallback(unknown));
    let router = tenant.require(app.auth.require(rule!())).into_router().with_state(app.auth.clone());
    for path in ["/t/1/", "/t/1/x", "/t/1"] {
        Call::get(path).send(&router).await.is(401);
    }
}

#[tokio::test]
async fn a_tower_layer_is_around_the_routes_declared_before() {
    let app = App::new().await;
    let marked = tower::util::MapResponseLayer::new(|mut response: Response| {
        response.headers_mut().insert("x-layer", axum::http::HeaderValue::from_static("yes"));
        response
    });
    let inside = Routes::new()
        .route("/page", get(page))
        .nest_service("/files", app.auth.require(rule!()), files())
        .fallback(missing)
        .layer(marked);
    let routes = Routes::new().nest("/in", inside).route("/page", get(page));
    let table = routes.table();
    let paths: Vec<&str> = table.routes().iter().map(|route| route.path.as_str()).collect();
    assert_eq!(paths, ["/in/files/{*path}", "/in/page", "/in/*", "/page"]);
    let router = routes.into_router().with_state(app.auth.clone());
    let token = app.register("ada@example.org").await.is(201).access_token();
    for (path, status, layer) in
        [("/in/page", 200, true), ("/in/files/a", 200, true), ("/in/other", 404, true), ("/page", 200, false)]
    {
        let answer = Call::get(path).bearer(&token).send(&router).await.is(status);
        assert_eq!(answer.headers.contains_key("x-layer"), layer, "{path}");
    }
    Call::get("/in/page").send(&router).await.is(401);
}

#[test]
#[should_panic(expected = "declare the routes first")]
fn a_tower_layer_around_nothing_is_refused() {
    let _ = Routes::<Auth<User>>::new().layer(tower::layer::util::Identity::new());
}
