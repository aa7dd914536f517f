//! The document of a nested router describes the paths that exist.

use auth::routing::{Routes, any, get, head, post};
use auth::{Auth, protected, public, rule};
use auth_tests::{App, Role, User};
use axum::routing::any_service;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::keys;

/// The numbers of the month
#[utoipa::path(get, path = "/stats", responses((status = 200, description = "Numbers")))]
#[protected(Role::Admin)]
async fn stats() {}

/// One note
#[utoipa::path(get, path = "/notes/{note}", params(("note" = i64, Path)), responses((status = 200, description = "It")))]
#[protected]
async fn note() {}

/// Whether it is there
#[utoipa::path(head, path = "/notes/{note}", params(("note" = i64, Path)), operation_id = "is_there", responses((status = 200, description = "It is")))]
#[allow(dead_code)]
fn note_head() {}

/// Anything
#[utoipa::path(post, path = "/hook", responses((status = 200, description = "Fine")))]
#[protected(Role::Editor)]
async fn hook() {}

/// Under a name of its own
#[utoipa::path(get, path = "/", operation_id = "showFrontPage", responses((status = 200, description = "Hello")))]
#[public]
async fn front() {}

/// Declared under another path than it describes
#[utoipa::path(get, path = "/old-name", responses((status = 200, description = "Renamed")))]
#[protected]
async fn renamed() {}

#[utoipa::path(get, path = "/files/report.pdf", responses((status = 200, description = "A file")))]
#[allow(dead_code)]
fn report() {}

#[utoipa::path(get, path = "/elsewhere", responses((status = 200, description = "By another program")))]
#[allow(dead_code)]
fn elsewhere() {}

#[derive(OpenApi)]
#[openapi(paths(stats, note, note_head, hook, front, renamed, report, elsewhere))]
struct Doc;

/// All handlers below `/api/v1/{tenant}`, nested twice.
fn nested(auth: &Auth<User>) -> Routes<Auth<User>> {
    let inner = Routes::new()
        .route("/", get(front))
        .route("/stats", get(stats))
        .route("/notes/{id}", get(note))
        .route("/hook", any(hook))
        .route("/new-name", get(renamed))
        .nest_service("/files", auth.require(rule!(Role::Admin)), any_service(tower::service_fn(answer)));
    Routes::new().nest("/api", Routes::new().nest("/v1/{tenant}", inner)).nest("/auth", auth.routes())
}

async fn answer(_: axum::extract::Request) -> Result<axum::response::Response, std::convert::Infallible> {
    Ok(axum::response::Response::default())
}

async fn document() -> Value {
    let app = App::new().await;
    serde_json::to_value(nested(&app.auth).openapi(Doc::openapi())).unwrap()
}

#[tokio::test]
async fn b28_operations_are_described_where_they_are_served() {
    let document = document().await;
    let paths = &document["paths"];
    let base = "/api/v1/{tenant}";
    for (path, method, summary, rule) in [
        ("", "get", "Under a name of its own", json!("public")),
        ("/stats", "get", "The numbers of the month", json!("Role::Admin")),
        ("/notes/{note}", "get", "One note", json!("signed in")),
        ("/notes/{note}", "head", "Whether it is there", json!("signed in")),
        ("/hook", "post", "Anything", json!("Role::Editor")),
        ("/new-name", "get", "Declared under another path than it describes", json!("signed in")),
    ] {
        let operation = &paths[format!("{base}{path}")][method];
        assert_eq!((&operation["summary"], &operation["x-auth-rule"]), (&json!(summary), &rule), "{method} {path}");
        let parameters = operation["parameters"].as_array().unwrap();
        let names: Vec<&Value> = parameters.iter().map(|parameter| &parameter["name"]).collect();
        assert!(names.contains(&&json!("tenant")), "{path}: {names:?}");
        assert_eq!(path.contains("note}"), names.contains(&&json!("note")), "{path}: {names:?}");
    }
    for gone in ["/", "/stats", "/notes/{note}", "/hook", "/old-name"] {
        assert_eq!(paths[gone], Value::Null, "{gone} is not served");
    }
    assert_eq!(paths["/api/v1/{tenant}/notes/{id}"], Value::Null, "one path, one entry");
    assert_eq!(keys(&paths["/elsewhere"]["get"]["responses"]), ["200"], "not ours");
}

/// What is below a service is guarded by what is around the service.
#[tokio::test]
async fn b28_operations_below_a_service_show_its_rule() {
    let app = App::new().await;
    let service = || any_service(tower::service_fn(answer));
    let routes: Routes<Auth<User>> =
        Routes::new().nest_service("/files", app.auth.require(rule!(Role::Admin)), service());
    let document = serde_json::to_value(routes.openapi(Doc::openapi())).unwrap();
    let file = &document["paths"]["/files/report.pdf"]["get"];
    assert_eq!(file["x-auth-rule"], "Role::Admin");
    assert!(keys(&file["responses"]).contains(&"403"));
    assert_eq!(document["paths"]["/stats"]["get"]["x-auth-rule"], Value::Null);
}

#[tokio::test]
async fn an_operation_served_twice_is_described_twice() {
    let inner = || Routes::<Auth<User>>::new().route("/stats", get(stats));
    let routes = Routes::new().nest("/v1", inner()).nest("/v2", inner());
    let document = serde_json::to_value(routes.openapi(Doc::openapi())).unwrap();
    for path in ["/v1/stats", "/v2/stats"] {
        assert_eq!(document["paths"][path]["get"]["summary"], "The numbers of the month", "{path}");
    }
    let id = |path: &str| document["paths"][path]["get"]["operationId"].clone();
    assert_ne!(id("/v1/stats"), id("/v2/stats"));
}

mod others {
    use auth::protected;

    #[protected]
    pub(super) async fn overview() {}

    #[protected]
    pub(super) async fn summary() {}
}

#[tokio::test]
async fn ambiguous_operation_keeps_its_path() {
    let one = Routes::<Auth<User>>::new().route("/stats", get(others::overview));
    let other = Routes::new().route("/stats", get(others::summary));
    let routes = Routes::new().nest("/one", one).nest("/other", other);
    let document = serde_json::to_value(routes.openapi(Doc::openapi())).unwrap();
    assert_eq!(document["paths"]["/stats"]["get"]["summary"], "The numbers of the month");
    assert_eq!(document["paths"]["/one/stats"]["get"]["summary"], Value::Null);
}

#[tokio::test]
async fn a_described_route_is_not_overwritten() {
    #[utoipa::path(get, path = "/api/stats", responses((status = 200, description = "The other one")))]
    #[protected]
    async fn overview() {}
    #[derive(OpenApi)]
    #[openapi(paths(stats, overview))]
    struct Both;
    let routes: Routes<Auth<User>> = Routes::new().nest("/api", Routes::new().route("/stats", get(overview)));
    let document = serde_json::to_value(routes.openapi(Both::openapi())).unwrap();
    assert_eq!(document["paths"]["/api/stats"]["get"]["responses"]["200"]["description"], "The other one");
    assert!(!document["paths"]["/stats"].is_null());
}

#[derive(OpenApi)]
#[openapi(paths(stats, note))]
struct Few;

#[tokio::test]
async fn gaps_lists_what_document_and_routes_do_not_share() {
    let app = App::new().await;
    let gaps = nested(&app.auth).gaps(&Doc::openapi());
    assert_eq!(gaps.operations_without_route, ["GET /elsewhere", "GET /files/report.pdf"]);
    assert_eq!(gaps.routes_without_operation, ["ANY /api/v1/{tenant}/files/{*path}"]);
    let text = gaps.to_string();
    assert!(text.contains("described, but not served: GET /elsewhere\n"), "{text}");

    let routes: Routes<Auth<User>> =
        Routes::new().route("/stats", get(stats).post(hook)).route("/notes/{id}", get(note)).route("/hook", head(hook));
    let gaps = routes.gaps(&Few::openapi());
    assert_eq!(gaps.operations_without_route, [""; 0]);
    assert_eq!(gaps.routes_without_operation, ["HEAD /hook", "POST /stats"]);
    let whole: Routes<Auth<User>> = Routes::new().route("/stats", get(stats)).route("/notes/{id}", get(note));
    assert!(whole.gaps(&Few::openapi()).is_empty());
    // A fallback answers everything, and is what no description is about.
    let gaps = Routes::<Auth<User>>::new().fallback(hook).route("/x", post(hook)).gaps(&Few::openapi());
    assert_eq!(gaps.operations_without_route, ["GET /notes/{note}", "GET /stats"]);
}
