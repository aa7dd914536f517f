use serde_json::{Value, json};

use super::blog;

#[tokio::test]
async fn the_document_says_what_the_rules_enforce() {
    let (app, _, _) = blog().await;
    let document: Value = app.anonymous().get("/openapi.json").await.expect_status(200).json();
    let paths = &document["paths"];
    assert_eq!(paths["/posts"]["get"]["security"], json!([]));
    let delete = &paths["/posts/{id}"]["delete"];
    assert_eq!(delete["security"][0], json!({ "bearerAuth": [] }));
    assert_eq!(delete["x-auth-rule"], "(Permission::PostsDelete || wrote_it) && Fresh::minutes(5)");
    let statuses = |operation: &Value| operation["responses"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(statuses(delete).contains(&"403".to_owned()), "{delete}");
    let draft = &paths["/drafts/{id}"]["get"];
    assert!(!statuses(draft).contains(&"403".to_owned()), "what is hidden is a 404: {draft}");
    assert!(statuses(draft).contains(&"404".to_owned()), "{draft}");
    assert!(document["components"]["schemas"]["Post"].is_object());
}

#[tokio::test]
async fn the_page_comes_from_the_program() {
    let (app, _, _) = blog().await;
    let page = app.anonymous().get("/docs/").await.expect_status(200).text();
    assert!(page.contains("swagger-ui-bundle.js") && !page.contains("http"), "{page}");
    app.anonymous().get("/docs/swagger-ui-bundle.js").await.expect_status(200);
}
