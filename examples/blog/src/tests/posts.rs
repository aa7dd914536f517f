use std::time::Duration;

use serde_json::{Value, json};

use super::{author_with_draft, blog, text};
use crate::people::Role;

#[tokio::test]
async fn draft_is_visible_only_to_its_author() {
    let (app, _, _) = blog().await;
    let (author, id) = author_with_draft(&app).await;
    let path = format!("/drafts/{id}");
    author.get(&path).await.expect_status(200);
    for role in [Role::Reader, Role::Author, Role::Editor, Role::Admin] {
        let other = app.as_role(role).await;
        let hidden = other.get(&path).await.expect_status(404);
        let missing = other.get("/drafts/12345").await.expect_status(404);
        assert_eq!(hidden.text(), missing.text(), "nobody learns whether it exists");
        other.put(&path).json(&text("Mine")).await.expect_status(404);
        other.post(&format!("{path}/publish")).await.expect_status(404);
    }
    app.anonymous().get(&path).await.expect_status(401);
    app.anonymous().get(&format!("/posts/{id}")).await.expect_status(404);
    let drafts: Value = author.get("/drafts").await.expect_status(200).json();
    assert_eq!(drafts[0]["title"], "On engines");
}

#[tokio::test]
async fn published_post_is_edited_by_author_and_editors() {
    let (app, _, _) = blog().await;
    let (author, id) = author_with_draft(&app).await;
    author.post(&format!("/drafts/{id}/publish")).await.expect_status(204);
    let path = format!("/posts/{id}");
    let readable: Value = app.anonymous().get(&path).await.expect_status(200).json();
    assert_eq!(readable["title"], "On engines");

    author.put(&path).json(&text("On better engines")).await.expect_status(204);
    app.as_role(Role::Author).await.put(&path).json(&text("Mine")).await.expect_status(403);
    let editor = app.as_role(Role::Editor).await;
    editor.put(&path).json(&text("On Engines")).await.expect_status(204);
    editor.put("/posts/12345").json(&text("?")).await.expect_status(404);
    editor.post(&format!("{path}/withdraw")).await.expect_status(204);
    app.anonymous().get(&path).await.expect_status(404);
}

#[tokio::test]
async fn refusal_comes_before_the_body_is_read() {
    let (app, _, _) = blog().await;
    let reader = app.as_role(Role::Reader).await;
    reader.post("/drafts").body("application/json", "no JSON").await.expect_status(403);
    app.as_role(Role::Author).await.post("/drafts").body("application/json", "no JSON").await.expect_status(400);
}

#[tokio::test]
async fn deleting_a_post_requires_a_recent_login() {
    let (app, _, clock) = blog().await;
    let (author, id) = author_with_draft(&app).await;
    let path = format!("/posts/{id}");
    clock.advance(Duration::from_mins(5));
    let refused = author.delete(&path).await.expect_status(401);
    assert_eq!(refused.code(), "step_up_required");
    assert!(refused.header("www-authenticate").is_some_and(|it| it.contains("max_age=\"300\"")));
    author.authenticated_ago(Duration::ZERO).delete(&path).await.expect_status(204);
}

#[tokio::test]
async fn an_admin_who_was_demoted_makes_nobody_an_editor() {
    let (app, blog, _) = blog().await;
    let admin = app.as_role(Role::Admin).await;
    let reader = app.as_role(Role::Reader).await;
    let path = format!("/people/{}/role", reader.user().unwrap().id);
    admin.put(&path).json(&json!({ "role": "editor" })).await.expect_status(204);
    assert_eq!(
        reader.get("/auth/me").await.expect_status(401).code(),
        "invalid_token",
        "a refresh brings the new role"
    );
    blog.auth.accounts().set_role(&admin.user().unwrap().id, Role::Reader).await.unwrap();
    admin.put(&path).json(&json!({ "role": "admin" })).await.expect_status(401);
}
