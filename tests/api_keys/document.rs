//! The routes of keys, in the table and in the document.

use auth_tests::App;
use serde_json::{Value, json};

use super::{ADA, create, list, reader, stage, to_read};

fn described(document: &Value, path: &str, method: &str) -> Value {
    document["paths"][path][method].clone()
}

#[tokio::test]
async fn routes_of_keys_are_there_if_keys_are() {
    let stage = stage().await;
    let routes = stage.auth.routes::<()>();
    let keys: Vec<_> =
        routes.table().routes().iter().filter(|route| route.path.starts_with("/keys")).cloned().collect();
    let shown: Vec<_> = keys.iter().map(|route| format!("{} {} {}", route.method, route.path, route.who)).collect();
    assert_eq!(
        shown,
        [
            "GET /keys signed in",
            "POST /keys Fresh::minutes(5)",
            "DELETE /keys/{id} signed in",
            "POST /keys/{id}/rotate Fresh::minutes(5)"
        ]
    );
    let without = App::new().await.auth.routes::<()>();
    assert!(!without.table().routes().iter().any(|route| route.path.starts_with("/keys")));
}

#[tokio::test]
async fn routes_that_take_keys_say_so() {
    let stage = stage().await;
    let routes = super::shop::routes(&stage.auth);
    let table = routes.table();
    let of = |path: &str| table.routes().iter().find(|route| route.path == path).unwrap();
    assert_eq!((&*of("/read").who, of("/read").keys), ("Task::Read, or an API key", true));
    assert_eq!(of("/live").who, "Task::Read, live, or an API key");
    assert_eq!((&*of("/mine").who, of("/mine").keys), ("signed in", false));
    assert_eq!(of("/with-keys/read").who, "(Task::Read, or an API key) && (Task::Read, or an API key)");
    assert!(of("/with-keys/greet").keys && !of("/with-keys/mine").keys && !of("/without-keys/read").keys);
    assert!(!of("/health").keys);
    let json = table.to_json();
    assert_eq!(json.as_array().unwrap().iter().find(|route| route["path"] == "/read").unwrap()["keys"], json!(true));
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    let scheme = &document["components"]["securitySchemes"]["apiKeyAuth"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
    let security = |path| described(&document, path, "get")["security"].clone();
    assert_eq!(security("/read"), json!([{ "bearerAuth": [] }, { "cookieAuth": [] }, { "apiKeyAuth": [] }]));
    assert_eq!(security("/mine"), json!([{ "bearerAuth": [] }, { "cookieAuth": [] }]));
    let responses = |path| described(&document, path, "get")["responses"].clone();
    assert!(responses("/read")["429"].is_object() && responses("/mine")["429"].is_null());
    assert!(responses("/mine")["403"].to_string().contains("key_not_accepted"));
    // Where no route takes them, nobody is told of them.
    let without = serde_json::to_value(stage.auth.routes::<()>().openapi(utoipa::openapi::OpenApi::default())).unwrap();
    assert!(!without.to_string().contains("apiKeyAuth") && !without.to_string().contains("API key: `key_not"));
}

#[tokio::test]
async fn the_document_describes_what_keys_answer() {
    let stage = stage().await;
    let routes = stage.auth.routes::<()>();
    let document = serde_json::to_value(routes.openapi(utoipa::openapi::OpenApi::default())).unwrap();
    let made = described(&document, "/keys", "post");
    let statuses: Vec<_> = made["responses"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(statuses, ["201", "400", "401", "403", "408", "413", "415", "422", "429", "431", "503"]);
    let schemas = &document["components"]["schemas"];
    let body = &schemas["AuthNewApiKey"];
    assert_eq!(body["required"], json!(["name", "permissions"]));
    assert_eq!(body["additionalProperties"], json!(false));
    assert_eq!(described(&document, "/keys/{id}/rotate", "post")["requestBody"]["required"], json!(false));
    // What is answered is what is described, and nothing else.
    let ada = reader(&stage, ADA).await;
    let made = create(&stage, &ada.access, to_read("some")).await.is(201).json();
    let listed = list(&stage, &ada.access).await.remove(0);
    for (answer, schema) in [(&made, "AuthCreatedApiKey"), (&listed, "AuthApiKey")] {
        let mut described: Vec<_> = schemas[schema]["properties"].as_object().unwrap().keys().collect();
        let mut answered: Vec<_> = answer.as_object().unwrap().keys().collect();
        described.sort();
        answered.retain(|name| !answer[*name].is_null() || described.contains(name));
        answered.sort();
        assert_eq!(described, answered, "{schema}");
    }
    assert_eq!(schemas["AuthCreatedApiKey"]["properties"]["key"]["format"], json!("password"));
}
