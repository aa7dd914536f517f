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
