//! The handlers. The attribute above each one says who may call it.

use auth::{Auth, AuthError, Fresh, protected, public};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::people::{NewRole, Permission, User, UserClaims};
use crate::problem::{NoNumber, Problem, Unreadable};
use crate::rules::wrote_it;
use crate::store::{Draft, Post, Posts};

/// Lists the published posts.
#[utoipa::path(get, path = "/posts", responses((status = 200, description = "The latest first", body = Vec<Post>)))]
#[public(reason = "readers need no account")]
pub(crate) async fn published(State(posts): State<Posts>) -> Result<Json<Vec<Post>>, Problem> {
    Ok(Json(posts.published().await?))
}

/// Returns a published post. A draft is a 404 for every caller.
#[utoipa::path(get, path = "/posts/{id}", params(("id" = i64, Path)), responses((status = 200, description = "The post", body = Post), (status = 404, description = "No such post"), NoNumber))]
#[public(reason = "readers need no account")]
pub(crate) async fn read(Path(id): Path<i64>, State(posts): State<Posts>) -> Result<Json<Post>, Problem> {
    posts.find(id, true).await?.map(Json).ok_or(Problem::NoSuchPost)
}

/// Lists the caller's drafts.
#[utoipa::path(get, path = "/drafts", responses((status = 200, description = "The latest first", body = Vec<Post>)))]
#[protected(Permission::PostsWrite)]
pub(crate) async fn drafts(claims: UserClaims, State(posts): State<Posts>) -> Result<Json<Vec<Post>>, Problem> {
    Ok(Json(posts.drafts_of(claims.sub).await?))
}

/// Starts a draft.
#[utoipa::path(post, path = "/drafts", request_body = Draft, responses((status = 201, description = "Its number", body = i64), Unreadable))]
#[protected(Permission::PostsWrite)]
pub(crate) async fn write(
    claims: UserClaims,
    State(posts): State<Posts>,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<i64>), Problem> {
    Ok((StatusCode::CREATED, Json(posts.add(claims.sub, &draft).await?)))
}

/// Returns a draft to its author. For everybody else, admins included, it is a 404.
#[utoipa::path(get, path = "/drafts/{id}", params(("id" = i64, Path)), responses((status = 200, description = "The post", body = Post), NoNumber))]
#[protected(wrote_it, hidden)]
pub(crate) async fn draft(Path(id): Path<i64>, State(posts): State<Posts>) -> Result<Json<Post>, Problem> {
    posts.find(id, false).await?.map(Json).ok_or(Problem::NoSuchPost)
}

/// Changes a draft.
#[utoipa::path(put, path = "/drafts/{id}", params(("id" = i64, Path)), request_body = Draft, responses((status = 204, description = "Done"), Unreadable))]
#[protected(wrote_it, hidden)]
pub(crate) async fn redraft(
    Path(id): Path<i64>,
    State(posts): State<Posts>,
    Json(draft): Json<Draft>,
) -> Result<StatusCode, Problem> {
    found(posts.edit(id, false, &draft).await?)
}

/// Publishes a draft. `live`: former authors keep their drafts, but can no longer publish them.
#[utoipa::path(post, path = "/drafts/{id}/publish", params(("id" = i64, Path)), responses((status = 204, description = "Done"), NoNumber))]
#[protected(Permission::PostsWrite && wrote_it, live, hidden)]
pub(crate) async fn publish(Path(id): Path<i64>, State(posts): State<Posts>) -> Result<StatusCode, Problem> {
    found(posts.set_published(id, true).await?)
}

/// Changes a published post, for editors and its author.
#[utoipa::path(put, path = "/posts/{id}", params(("id" = i64, Path)), request_body = Draft, responses((status = 204, description = "Done"), (status = 404, description = "No such post"), Unreadable))]
#[protected(Permission::PostsEdit || Permission::PostsWrite && wrote_it)]
pub(crate) async fn edit(
    Path(id): Path<i64>,
    State(posts): State<Posts>,
    Json(draft): Json<Draft>,
) -> Result<StatusCode, Problem> {
    found(posts.edit(id, true, &draft).await?)
}

/// Turns a published post back into a draft.
#[utoipa::path(post, path = "/posts/{id}/withdraw", params(("id" = i64, Path)), responses((status = 204, description = "Done"), (status = 404, description = "No such post"), NoNumber))]
#[protected(Permission::PostsWithdraw || wrote_it)]
pub(crate) async fn withdraw(Path(id): Path<i64>, State(posts): State<Posts>) -> Result<StatusCode, Problem> {
    found(posts.set_published(id, false).await?)
}

/// Deletes a post for good, for its author and for those who may delete any post, after a recent login.
#[utoipa::path(delete, path = "/posts/{id}", params(("id" = i64, Path)), responses((status = 204, description = "Done"), (status = 404, description = "No such post"), NoNumber))]
#[protected((Permission::PostsDelete || wrote_it) && Fresh::minutes(5))]
pub(crate) async fn delete(Path(id): Path<i64>, State(posts): State<Posts>) -> Result<StatusCode, Problem> {
    found(posts.delete(id).await?)
}

/// Gives a user another role. `live`: an admin who has just been demoted in the table is refused.
#[utoipa::path(put, path = "/people/{id}/role", params(("id" = i64, Path)), request_body = NewRole, responses((status = 204, description = "Done"), (status = 404, description = "No such post"), Unreadable))]
#[protected(Permission::PeopleManage && Fresh::minutes(5), live)]
pub(crate) async fn set_role(
    Path(id): Path<i64>,
    State(auth): State<Auth<User>>,
    Json(new): Json<NewRole>,
) -> Result<StatusCode, AuthError> {
    auth.accounts().set_role(&id, new.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn found(found: bool) -> Result<StatusCode, Problem> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::NoSuchPost) }
}
