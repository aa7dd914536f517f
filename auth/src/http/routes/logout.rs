//! `POST /logout`, `/logout-all`.
//!
//! Logout succeeds as far as it can (RFC 7009 §2.2): what is no valid token is ignored, all sessions are tried before
//! the first failure is answered, and cookies are cleared. The routes that act *as* somebody (`/logout-all` among them)
//! are guarded, and there a bad bearer token stays a 401, as on any guarded route: whoever sends two identities has to
//! say which one acts.

use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http::transport::presented;
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy, SignedIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const LOGOUT: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/logout",
            summary: "End the sessions of the bearer token, the refresh token and the cookies of this request",
            body: RequestBody::OptionalRefreshToken,
            success: Success { status: 204, description: "Signed out", content: SuccessContent::ClearedCookies },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("ends only sessions whose token it receives") },
        handler: |call| Box::pin(logout(call)),
    };

    pub(super) const LOGOUT_ALL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/logout-all",
            summary: "End every session of the user",
            body: RequestBody::None,
            success: Success { status: 204, description: "Signed out", content: SuccessContent::ClearedCookies },
            limited: false,
            any_factors: true,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(logout_all(call)),
    };
}

/// Ends every session that the request presents: that of its bearer token (even an expired one), of the refresh token
/// in its body, and of its cookies. What is no valid token ends nothing and spoils nothing, because the client could do
/// nothing about it (RFC 7009 §2.2). Ending none is a success, too: the client wanted to be signed out, and is.
///
/// Cookies count only if the request comes from our own pages. If it does not, the answer says so, after the sessions
/// of the other tokens were ended.
async fn logout<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    // Read the whole request before acting on any of it: a 400 must not follow a completed logout.
    let in_body = call.refresh_token_in_body().await?;
    let presented = presented(&call.parts, call.auth.http(), in_body.as_deref());
    let ended = call.auth.logout_presented(&presented.tokens, &client).await;
    let ours = if presented.cross_site { Err(AuthError::CrossSite) } else { Ok(()) };
    ended.and(call.report_cross_site(ours))?;
    Ok(call.auth.logout_response(&call.parts))
}

async fn logout_all<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let caller = call.caller()?;
    call.auth.logout_all(U::subject(caller.claims()?), &call.client()).await?;
    Ok(call.auth.logout_response(&call.parts))
}
