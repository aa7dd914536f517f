//! The document against the guards themselves: every route is called.

use auth::routing::{Routes, any, get, on, post};
use auth::{Auth, Fresh, protected, public};
use auth_tests::documented::shop_with_accounts;
use auth_tests::{App, Call, Role, User};
use axum::http::Method;
use axum::routing::MethodFilter;
use serde_json::json;

use crate::{keys, shop};

/// As a document writes it, and as a client calls it.
fn paths(path: &str) -> (String, String) {
    let document = path.replace("{*", "{");
    let called = document.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    (document.clone(), called.collect::<Vec<_>>().join("/"))
}

#[tokio::test]
async fn mac_13_published_security_equals_the_enforced_rule() {
    let (app, document) = shop().await;
    let routes = shop_with_accounts(&app.auth);
    let table = routes.table();
    let router = routes.into_router().with_state(app.auth.clone());
    app.register("ada@example.org").await.is(201);
    let (mut open, mut guarded, mut refused) = (0, 0, 0);
    for route in table.routes() {
        let (path, called) = paths(&route.path);
        // The parameter of this one has another name in the document.
        let path = if path == "/articles/{id}" { "/articles/{article}".to_owned() } else { path };
        let operation = &document["paths"][&path][route.method.to_lowercase()];
        let method: Method = route.method.parse().unwrap();
        assert_eq!(operation["x-auth-rule"], route.who, "{path}");

        let stranger = Call::new(method.clone(), &called).send(&router).await;
        let turned_away = stranger.status == 401 && stranger.code() == "not_signed_in";
        let either = json!([{ "bearerAuth": [] }, { "cookieAuth": [] }]);
        assert_eq!(operation["security"], if turned_away { either } else { json!([]) }, "{} {path}", route.method);
        assert!(!turned_away || keys(&operation["responses"]).contains(&"503"), "{path}");

        // A member: every rule of the shop asks for more.
        let (token, _) = app.tokens("ada@example.org").await;
        let member = Call::new(method, &called).bearer(&token).send(&router).await;
        let forbidden = member.status == 403 && member.code() == "forbidden";
        let own = path.starts_with("/api/auth");
        assert_eq!(forbidden, !own && keys(&operation["responses"]).contains(&"403"), "{} {path}", route.method);
        open += usize::from(!turned_away);
        guarded += usize::from(turned_away);
        refused += usize::from(forbidden);
    }
    assert_eq!((open, guarded, refused), (6, 12, 5));
}

#[tokio::test]
async fn refusals_are_documented_as_problem_documents_with_headers() {
    let (app, document) = shop().await;
    let responses = &document["paths"]["/articles"]["post"]["responses"];
    for status in ["401", "403", "503"] {
        let content = &responses[status]["content"];
        assert_eq!(keys(content), ["application/problem+json"]);
        assert_eq!(content["application/problem+json"]["schema"]["$ref"], "#/components/schemas/AuthProblem");
    }
    assert_eq!(keys(&responses["401"]["headers"]), ["WWW-Authenticate"]);
    assert_eq!(keys(&responses["503"]["headers"]), ["Retry-After"]);
    let answer = app.get("/me", "no token").await.is(401);
    assert!(answer.header("www-authenticate").is_some());
    let schema = &document["components"]["schemas"]["AuthProblem"];
    for (name, _) in answer.json().as_object().unwrap() {
        assert!(!schema["properties"][name].is_null(), "{name}");
    }
    let codes = schema["properties"]["code"]["anyOf"][0]["enum"].as_array().unwrap();
    assert!(codes.contains(&answer.json()["code"]));
}

#[tokio::test]
async fn cookie_scheme_is_documented_only_where_cookies_are_enabled() {
    let (_, document) = shop().await;
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearerAuth"], json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }));
    assert_eq!(schemes["cookieAuth"]["in"], "cookie");
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let body = json!({ "email": "ada@example.org", "password": auth_tests::app::PASSWORD });
    let cookies = app.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200).cookies();
    assert!(cookies.contains(&format!("{}=", schemes["cookieAuth"]["name"].as_str().unwrap())), "{cookies}");

    let app = App::with(|builder| builder.cookies(auth::CookieSettings::new().never())).await;
    let document = serde_json::to_value(shop_with_accounts(&app.auth).openapi(crate::empty())).unwrap();
    assert_eq!(keys(&document["components"]["securitySchemes"]), ["bearerAuth"]);
    assert_eq!(document["paths"]["/articles"]["post"]["security"], json!([{ "bearerAuth": [] }]));
}

#[protected(Fresh::minutes(5))]
async fn pay() {}

#[protected(Role::Admin && Fresh::minutes(5))]
async fn pay_out() {}

#[protected(Role::Admin, hidden)]
async fn secret_plans() {}

#[tokio::test]
async fn mac_13_step_up_is_401_and_hidden_is_404() {
    let routes: Routes<Auth<User>> =
        Routes::new().route("/pay", post(pay)).route("/pay-out", post(pay_out)).route("/plans", get(secret_plans));
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    let responses = |path: &str, method: &str| document["paths"][path][method]["responses"].clone();
    let says_step_up =
        |path: &str| responses(path, "post")["401"]["description"].as_str().unwrap().contains("step_up_required");
    assert!(says_step_up("/pay") && says_step_up("/pay-out"));
    assert_eq!(keys(&responses("/pay", "post")), ["400", "401", "431", "503", "default"], "everybody can step up");
    assert_eq!(keys(&responses("/pay-out", "post")), ["400", "401", "403", "431", "503", "default"]);
    assert_eq!(keys(&responses("/plans", "get")), ["400", "401", "404", "431", "503", "default"]);
}

#[utoipa::path(get, path = "/anything", responses((status = 200, body = String)))]
#[protected(Role::Admin)]
async fn anything() {}

#[utoipa::path(post, path = "/anything", responses((status = 200, body = String)))]
#[public]
async fn open_post() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(anything, open_post))]
struct Anything;

/// A handler for every method, for all but a few, for `CONNECT` as well: described operations are not shown as open.
#[tokio::test]
async fn mac_13_route_for_any_method_is_documented_with_its_guard() {
    let described = || <Anything as utoipa::OpenApi>::openapi();
    let routes: [Routes<Auth<User>>; 3] = [
        Routes::new().route("/anything", any(anything).post(open_post)),
        Routes::new().route("/anything", on(MethodFilter::GET.or(MethodFilter::CONNECT), anything).post(open_post)),
        Routes::new().route("/anything", any(anything).on(MethodFilter::POST.or(MethodFilter::PUT), open_post)),
    ];
    for routes in routes {
        let document = serde_json::to_value(routes.openapi(described())).unwrap();
        let operation = |method: &str| document["paths"]["/anything"][method].clone();
        assert_eq!(operation("get")["security"], json!([{ "bearerAuth": [] }]), "{}", routes.table());
        assert_eq!(operation("get")["x-auth-rule"], "Role::Admin");
        assert_eq!(keys(&operation("get")["responses"]), ["200", "400", "401", "403", "431", "503"]);
        assert_eq!(operation("post")["security"], json!([]));
        assert_eq!(operation("post")["x-auth-rule"], "public");
        assert_eq!(keys(&operation("post")["responses"]), ["200"]);
    }
}

/// A cookie from another site is a 403 also where the rule refuses with a 404.
#[tokio::test]
async fn a_cookie_from_elsewhere_is_documented_on_what_changes() {
    let app = App::new().await;
    let routes = Routes::new()
        .route("/plans", get(secret_plans).put(secret_plans))
        .route("/open", post(open_post))
        .nest("/auth", app.auth.routes());
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    let responses = |path: &str, method: &str| document["paths"][path][method]["responses"].clone();
    assert_eq!(keys(&responses("/plans", "put")), ["400", "401", "403", "404", "431", "503", "default"]);
    assert!(responses("/plans", "put")["403"]["description"].as_str().unwrap().contains("`cross_site`"));
    assert_eq!(responses("/plans", "get")["403"], json!(null));
    assert_eq!(responses("/open", "post")["403"], json!(null));
    let router = routes.into_router().with_state(app.auth.clone());
    app.register("ada@example.org").await.is(201);
    let (token, _) = app.tokens("ada@example.org").await;
    let cookie = format!("__Host-user-access={token}");
    let refused = Call::new(Method::PUT, "/plans").header("cookie", &cookie).send(&router).await;
    assert_eq!(refused.is(403).code(), "cross_site");
}
