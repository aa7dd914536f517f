//! Checks: rules about data that is not in the token.

use auth::check;
use axum::extract::{Path, State};

use crate::people::UserClaims;
use crate::problem::Problem;
use crate::store::Posts;

/// Whether the caller wrote the post in the path. A missing post has no author, so a refusal does not reveal which
/// numbers exist.
#[check]
pub(crate) async fn wrote_it(
    claims: UserClaims,
    Path(id): Path<i64>,
    State(posts): State<Posts>,
) -> Result<bool, Problem> {
    Ok(posts.author_of(id).await? == Some(claims.sub))
}
