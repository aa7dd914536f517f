//! Three lines test who may call what; the other tests are about posts.

mod document;
mod posts;
mod protection;

use auth::Secret;
use auth::testing::{ManualClock, TestApp, TestClient};
use serde_json::{Value, json};
use sqlx::SqlitePool;

use crate::people::{Role, User};
use crate::{Blog, app, open};

/// The blog on an in-memory database, with a clock that tests can move.
pub(super) async fn blog() -> (TestApp<User>, Blog, ManualClock) {
    let clock = ManualClock::default();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let secret = Secret::generate().unwrap();
    let blog = open(pool, |builder| builder.secret(secret).clock(clock.clone())).await.unwrap();
    (TestApp::new(&blog.auth, app(blog.clone())), blog, clock)
}

pub(super) fn text(title: &str) -> Value {
    json!({ "title": title, "text": "…" })
}

/// Signs up an author with a draft; returns both the author and the draft's number.
pub(super) async fn author_with_draft(app: &TestApp<User>) -> (TestClient<User>, i64) {
    let author = app.as_role(Role::Author).await;
    let id = author.post("/drafts").json(&text("On engines")).await.expect_status(201).json();
    (author, id)
}
