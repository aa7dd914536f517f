//! What a token cannot know.

use auth::check;
use axum::extract::{Path, State};

use crate::people::UserClaims;
use crate::problem::Problem;
use crate::store::Posts;

/// Whether the post in the path was written by whoever asks. A post that is not there was written by nobody, so a
/// refusal says nothing about which numbers exist.
#[check]
pub(crate) async fn wrote_it(
    claims: UserClaims,
    Path(id): Path<i64>,
    State(posts): State<Posts>,
) -> Result<bool, Problem> {
    Ok(posts.author_of(id).await? == Some(claims.sub))
}
