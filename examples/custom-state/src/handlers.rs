//! Handlers with extractors of their own. The guard comes before all of them: a caller is refused before a body is read
//! or a query is made.

use auth::{AuthError, protected};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use sqlx::SqlitePool;

use crate::{User, UserClaims};

#[derive(Deserialize)]
pub(crate) struct Note {
    text: String,
}

/// Takes the caller's id from the token, so the only query is the one for the notes.
#[protected]
pub(crate) async fn notes(claims: UserClaims, State(pool): State<SqlitePool>) -> Result<Json<Vec<String>>, AuthError> {
    let notes = sqlx::query_scalar("SELECT text FROM notes WHERE user_id = $1 ORDER BY id").bind(claims.sub);
    notes.fetch_all(&pool).await.map(Json).map_err(AuthError::unavailable)
}

#[protected]
pub(crate) async fn add_note(
    user: User,
    State(pool): State<SqlitePool>,
    Json(note): Json<Note>,
) -> Result<StatusCode, AuthError> {
    let insert = sqlx::query("INSERT INTO notes (user_id, text) VALUES ($1, $2)").bind(user.id).bind(note.text);
    insert.execute(&pool).await.map_err(AuthError::unavailable)?;
    Ok(StatusCode::CREATED)
}

/// Returns the caller's rows of the audit table.
#[protected]
pub(crate) async fn history(
    claims: UserClaims,
    State(pool): State<SqlitePool>,
) -> Result<Json<Vec<String>>, AuthError> {
    let rows =
        sqlx::query_scalar("SELECT what FROM audit WHERE user_id = $1 ORDER BY rowid").bind(claims.sub.to_string());
    rows.fetch_all(&pool).await.map(Json).map_err(AuthError::unavailable)
}
