//! Operations that were described by hand.

use auth::routing::{Routes, delete, get};
use auth::{Auth, protected, public};
use auth_tests::User;
use auth_tests::documented::shop;
use axum::routing::MethodFilter;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::{by_hand, keys};

#[tokio::test]
async fn order_of_utoipa_and_guard_attributes_does_not_matter() {
    let (_, document) = crate::shop().await;
    let paths = &document["paths"];
    // `add_article`: above. `remove_article`, `cart`: below.
    for (path, method) in [("/articles", "post"), ("/articles/{article}", "delete"), ("/carts/{id}", "get")] {
        let operation = &paths[path][method];
        assert_eq!(operation["security"].as_array().unwrap().len(), 2, "{path}");
        assert!(!operation["responses"]["401"].is_null(), "{path}");
    }
    // Parameters and bodies are those of the handler as it was written; the guard is none of them.
    assert_eq!(paths["/carts/{id}"]["get"]["parameters"], by_hand()["paths"]["/carts/{id}"]["get"]["parameters"]);
    assert_eq!(paths["/carts/{id}"]["get"]["parameters"].as_array().unwrap().len(), 1);
    assert_eq!(paths["/articles"]["post"]["requestBody"], by_hand()["paths"]["/articles"]["post"]["requestBody"]);
    let summary = "The cart of whoever is signed in. Its parameter is found by utoipa's feature for axum.";
    assert_eq!(paths["/carts/{id}"]["get"]["summary"], summary);
}

#[tokio::test]
async fn what_is_written_of_a_status_stays() {
    let (_, document) = crate::shop().await;
    let responses = &document["paths"]["/articles/{article}"]["delete"]["responses"];
    assert_eq!(responses["403"], json!({ "description": "Not your article" }));
    assert_eq!(responses["204"], json!({ "description": "Gone" }));
    assert!(!responses["401"].is_null());
}

#[tokio::test]
async fn operation_without_a_route_is_unchanged() {
    let (_, document) = crate::shop().await;
    assert_eq!(document["paths"]["/status"], by_hand()["paths"]["/status"]);
    assert_eq!(document["info"], by_hand()["info"]);
    assert_eq!(document["components"]["schemas"]["Article"], by_hand()["components"]["schemas"]["Article"]);
    assert!(!document["components"]["securitySchemes"]["statusKey"].is_null());
}

#[tokio::test]
async fn every_nested_route_is_in_the_document() {
    let app = auth_tests::App::new().await;
    let routes = Routes::new().nest("/v1/{tenant}", shop()).nest("/", app.auth.routes());
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for route in routes.table().routes() {
        let operation = &document["paths"][route.path.replace("{*", "{")][route.method.to_lowercase()];
        assert!(!operation["responses"].is_null(), "{}", route.path);
    }
    let file = &document["paths"]["/v1/{tenant}/files/{path}"]["get"]["parameters"];
    let names: Vec<&Value> = file.as_array().unwrap().iter().map(|parameter| &parameter["name"]).collect();
    assert_eq!(names, ["tenant", "path"]);
    assert!(!document["paths"]["/login"]["post"]["requestBody"].is_null(), "one of ours, though not below `/auth`");
}

#[tokio::test]
async fn every_operation_has_an_id_of_its_own() {
    let (_, document) = crate::shop().await;
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let mut ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    assert_eq!(document["paths"]["/articles"]["get"]["operationId"], "articles", "the first keeps its id");
}

#[public]
async fn open() {}

#[protected]
async fn closed() {}

/// Rewritten by hand: wildcards as axum writes them, security of another kind, a scheme of the same name.
#[utoipa::path(get, path = "/f/{*rest}", params(("rest" = String, Path)), security(("own" = [])), responses())]
#[allow(dead_code)]
fn file() {}

#[derive(OpenApi)]
#[openapi(paths(file), modifiers(&Taken))]
struct Own;

struct Taken;

impl utoipa::Modify for Taken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
        use utoipa::openapi::{Object, RefOr};
        let components = document.components.get_or_insert_default();
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-key")));
        components.add_security_scheme("bearerAuth", key);
        components.schemas.insert("AuthProblem".to_owned(), RefOr::T(Object::new().into()));
    }
}

#[test]
fn names_that_the_application_has_taken_stay_with_it() {
    let routes: Routes<Auth<User>> = Routes::new().route("/f/{*path}", get(closed));
    let document = serde_json::to_value(routes.openapi(Own::openapi())).unwrap();
    assert_eq!(keys(&document["paths"]), ["/f/{rest}"]);
    let operation = &document["paths"]["/f/{rest}"]["get"];
    assert_eq!(operation["security"], json!([{ "bearerAuth2": [] }]), "the rule decides");
    assert_eq!(document["components"]["securitySchemes"]["bearerAuth"]["name"], "x-key");
    let schema = &operation["responses"]["401"]["content"]["application/problem+json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/AuthProblem2");
    assert_eq!(operation["parameters"].as_array().unwrap().len(), 1);
}

#[test]
fn a_document_that_was_patched_before_stays_the_same() {
    let routes = || shop().route("/both", delete(closed)).route("/both", get(open));
    let once = routes().openapi(Own::openapi());
    let twice = serde_json::to_value(routes().openapi(once.clone())).unwrap();
    assert_eq!(twice, serde_json::to_value(once).unwrap());
}

#[test]
fn a_handler_for_several_methods_is_several_operations() {
    let both = MethodFilter::PUT.or(MethodFilter::PATCH);
    let routes: Routes<Auth<User>> = Routes::new().route("/both", get(open).on(both, closed));
    let document = serde_json::to_value(routes.openapi(crate::empty())).unwrap();
    let item = &document["paths"]["/both"];
    assert_eq!(keys(item), ["get", "patch", "put"]);
    assert_eq!((&item["get"]["security"], &item["put"]["security"]), (&json!([]), &item["patch"]["security"]));
    assert_eq!(item["put"]["security"], json!([{ "bearerAuth": [] }]));
}
