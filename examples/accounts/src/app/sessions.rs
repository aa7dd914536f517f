//! Where somebody is signed in, and how they end it.

use auth::routing::{Routes, get, post};
use auth::{Auth, AuthError, ClientInfo, Fresh, SessionInfo, protected};
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::{User, UserClaims};
use crate::html::{Page, redirect};

fn described(session: &SessionInfo) -> String {
    let ip = session.ip.map_or_else(|| "somewhere".to_owned(), |ip| ip.to_string());
    let minutes = session.last_used_at.elapsed().unwrap_or_default().as_secs() / 60;
    format!("{}, {ip}, {minutes} minutes ago", session.user_agent.as_deref().unwrap_or("an unknown program"))
}

#[protected]
async fn list(claims: UserClaims, State(auth): State<Auth<User>>) -> Result<Page, AuthError> {
    let mut page = Page::new("Where you are signed in");
    for session in auth.sessions(&claims.sub).await? {
        page = if session.id == claims.sid {
            page.text("here", &format!("Here: {}", described(&session)))
        } else {
            let end = format!("/sessions/{}/end", session.id);
            page.text("session", &described(&session)).form(&end, &[], "End it")
        };
    }
    Ok(page.form("/sessions/end-all", &[], "Sign out everywhere").link("/account", "Your account"))
}

#[protected(Fresh::minutes(5))]
async fn end(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Path(id): Path<String>,
) -> Result<Response, AuthError> {
    let session = id.parse().map_err(|_| AuthError::NotFound)?;
    auth.end_session(&claims.sub, session, &client).await?;
    Ok(Redirect::to("/sessions").into_response())
}

#[protected]
async fn end_all(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
) -> Result<Response, AuthError> {
    auth.logout_all(&claims.sub, &client).await?;
    Ok(redirect("/", auth.logout_response(&request)))
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/sessions", get(list))
        .route("/sessions/{id}/end", post(end))
        .route("/sessions/end-all", post(end_all))
}
