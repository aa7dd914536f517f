use auth::Secret;
use auth::testing::assert_routes;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn start() -> Router {
    let secret = Secret::generate().unwrap();
    let auth = crate::open(secret).await.unwrap();
    crate::app(crate::routes(&auth), auth)
}

async fn get(app: &Router, path: &str) -> (StatusCode, String) {
    let answer = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn the_document_says_who_may_call_what() {
    let app = start().await;
    let (status, document) = get(&app, "/openapi.json").await;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((status, &document["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    let greeting = &document["paths"]["/greeting"];
    assert_eq!(greeting["get"]["security"], json!([{ "bearerAuth": [] }, { "cookieAuth": [] }]));
    assert_eq!(
        (&greeting["get"]["responses"]["403"], &greeting["put"]["x-auth-rule"]),
        (&Value::Null, &json!("Role::Admin"))
    );
    assert!(greeting["put"]["responses"]["403"].is_object());
    assert_eq!(document["paths"]["/health"]["get"]["security"], json!([]));
    let sign_up = &document["components"]["schemas"]["UserRegistration"]["properties"];
    assert_eq!(sign_up["nickname"]["type"], json!(["string", "null"]));
    assert_eq!(get(&app, "/greeting").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn documentation_page_loads_nothing_from_elsewhere() {
    let app = start().await;
    let (status, page) = get(&app, "/docs/").await;
    assert_eq!(status, StatusCode::OK);
    let attributes = ["src=\"", "href=\""].iter().flat_map(|start| page.split(start).skip(1));
    let assets: Vec<&str> = attributes.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(assets.iter().any(|asset| asset.ends_with("swagger-ui-bundle.js")), "{assets:?}");
    for asset in assets {
        assert!(!asset.contains("//"), "{asset} is elsewhere");
        let (status, text) = get(&app, &format!("/docs/{}", asset.trim_start_matches("./"))).await;
        assert!(status == StatusCode::OK && !text.is_empty(), "{asset}");
        // A stylesheet could load more.
        assert!(!text.contains("url(http") && !text.contains("@import "), "{asset}");
    }
    let (_, start) = get(&app, "/docs/swagger-initializer.js").await;
    assert!(start.contains("/openapi.json") && !start.contains("http"), "{start}");
    assert!(start.contains("\"validatorUrl\": \"none\""), "{start}");
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let secret = Secret::generate().unwrap();
    let auth = crate::open(secret).await.unwrap();
    let routes = crate::routes(&auth);
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
