//! `GET /sessions`, `DELETE /sessions/{id}`.
//!
//! Ending a session from the list requires a login in the last five minutes (STEP-01): a stolen access token must not
//! be enough to shut its owner out. Logout, of this session or everywhere, does not require it: users who notice a
//! thief should not have to look for their password first. Changing the password requires the password itself.

use std::time::SystemTime;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{no_content, private_json};
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::claims::{Claims, SessionId};
use crate::model::user::AuthUser;
use crate::policy::{Access, Fresh, Policy, Rule, SignedIn};
use crate::session::SessionInfo;

/// The requirement for actions that a stolen access token must not be able to perform (STEP-01).
pub(super) struct Recent;

impl<U: AuthUser> Policy<U> for Recent {
    type Checks = ();
    const ACCESS: &'static Access<U> = &Access::Protected {
        rule: Rule::Is(&Fresh::minutes(5), "Fresh::minutes(5)"),
        live: false,
        hidden: false,
        keys: false,
    };
}

impl<U: AuthUser> Endpoint<U> {
    pub(super) const SESSIONS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/sessions",
            summary: "List the active sessions",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The sessions, most recently used first",
                content: SuccessContent::Sessions,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(sessions(call)),
    };

    pub(super) const END_SESSION: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::DELETE,
            path: "/sessions/{id}",
            summary: "End one session",
            body: RequestBody::None,
            success: Success { status: 204, description: "Session ended", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[(404, "The user has no such session: `not_found`")],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(end_session(call)),
    };
}

/// A session as shown to its user. Times are RFC 3339, in UTC.
#[derive(Serialize)]
struct Listed {
    id: SessionId,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    ip: Option<String>,
    user_agent: Option<String>,
    current: bool,
    /// Of an access token of the former auth. Left out where it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    former_token: bool,
}

impl Listed {
    fn new(session: SessionInfo, current: &SessionId) -> Self {
        let text = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
        Self {
            current: session.id == *current,
            id: session.id,
            created_at: text(session.created_at),
            last_used_at: text(session.last_used_at),
            expires_at: text(session.expires_at),
            ip: session.ip.map(|ip| ip.to_string()),
            user_agent: session.user_agent,
            former_token: session.former_token,
        }
    }
}

async fn sessions<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let claims = call.claims()?;
    let sessions = call.auth.sessions(U::subject(claims)).await?;
    let current = claims.registered().sid;
    let listed: Vec<Listed> = sessions.into_iter().map(|session| Listed::new(session, current)).collect();
    Ok(private_json(StatusCode::OK, &listed))
}

/// Extracted by name, because the application may nest these routes below a path with parameters of its own.
#[derive(Deserialize)]
struct SessionPath {
    id: String,
}

/// A session of another user is a 404, just like one that does not exist (REV-04).
async fn end_session<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let path = Path::<SessionPath>::from_request_parts(&mut call.parts, &()).await.map_err(|_| AuthError::NotFound)?;
    let session: SessionId = path.id.parse().map_err(|_| AuthError::NotFound)?;
    let user = U::subject(call.claims()?);
    if call.auth.end_session(user, session, &call.client()).await? {
        Ok(no_content())
    } else {
        Err(AuthError::NotFound.into())
    }
}
