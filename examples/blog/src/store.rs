//! Posts in SQLite. Nothing here knows about rules: the guards have decided before.

use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use utoipa::ToSchema;

/// A post or a draft.
#[derive(Debug, Serialize, sqlx::FromRow, ToSchema)]
pub struct Post {
    /// The primary key.
    pub id: i64,
    /// The author.
    pub author: String,
    /// The headline.
    pub title: String,
    /// The text.
    pub text: String,
    /// Whether everybody can see it.
    pub published: bool,
}

/// The content of a post, as an author sends it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Draft {
    /// The headline.
    pub title: String,
    /// The text.
    pub text: String,
}

/// Selects posts with the name of their author. A macro, because sqlx takes SQL only as one literal.
macro_rules! posts {
    ($condition:literal) => {
        concat!(
            "SELECT posts.id, users.pen_name AS author, title, text, published ",
            "FROM posts JOIN users ON users.id = posts.author_id ",
            $condition
        )
    };
}

/// The table of posts.
#[derive(Clone, Debug)]
pub struct Posts {
    pool: SqlitePool,
}

impl Posts {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    pub(crate) async fn author_of(&self, id: i64) -> sqlx::Result<Option<i64>> {
        sqlx::query_scalar("SELECT author_id FROM posts WHERE id = $1").bind(id).fetch_optional(&self.pool).await
    }

    pub(crate) async fn published(&self) -> sqlx::Result<Vec<Post>> {
        let sql = posts!("WHERE published ORDER BY posts.id DESC");
        sqlx::query_as(sql).fetch_all(&self.pool).await
    }

    pub(crate) async fn drafts_of(&self, author: i64) -> sqlx::Result<Vec<Post>> {
        let sql = posts!("WHERE author_id = $1 AND NOT published ORDER BY posts.id DESC");
        sqlx::query_as(sql).bind(author).fetch_all(&self.pool).await
    }

    /// Returns the post, if it is in the given state.
    pub(crate) async fn find(&self, id: i64, published: bool) -> sqlx::Result<Option<Post>> {
        let sql = posts!("WHERE posts.id = $1 AND published = $2");
        sqlx::query_as(sql).bind(id).bind(published).fetch_optional(&self.pool).await
    }

    pub(crate) async fn add(&self, author: i64, draft: &Draft) -> sqlx::Result<i64> {
        let sql = "INSERT INTO posts (author_id, title, text) VALUES ($1, $2, $3)";
        let added = sqlx::query(sql).bind(author).bind(&draft.title).bind(&draft.text).execute(&self.pool).await?;
        Ok(added.last_insert_rowid())
    }

    /// Changes a post in the given state. Here and below, the result says whether there was one.
    pub(crate) async fn edit(&self, id: i64, published: bool, draft: &Draft) -> sqlx::Result<bool> {
        let sql = "UPDATE posts SET title = $3, text = $4 WHERE id = $1 AND published = $2";
        let edit = sqlx::query(sql).bind(id).bind(published).bind(&draft.title).bind(&draft.text);
        Ok(edit.execute(&self.pool).await?.rows_affected() == 1)
    }

    /// Moves a post into the given state from the other one.
    pub(crate) async fn set_published(&self, id: i64, published: bool) -> sqlx::Result<bool> {
        let sql = "UPDATE posts SET published = $2 WHERE id = $1 AND published <> $2";
        Ok(sqlx::query(sql).bind(id).bind(published).execute(&self.pool).await?.rows_affected() == 1)
    }

    pub(crate) async fn delete(&self, id: i64) -> sqlx::Result<bool> {
        let sql = "DELETE FROM posts WHERE id = $1";
        Ok(sqlx::query(sql).bind(id).execute(&self.pool).await?.rows_affected() == 1)
    }
}
