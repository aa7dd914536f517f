//! Renewal by navigation: a page that is opened when the access cookie has ended is asked for again, with new cookies.
//!
//! Guards do it, before they decide: that of `#[protected]` and `#[public]`, the layer of `auth.require`, and the
//! library's own guarded routes. So it works in a plain `axum::Router` as in `Routes`, without a word from the
//! application; each guard renews the cookies of its own user type; and a page that is open to everybody shows who is
//! signed in. The extractors `User` and `UserClaims` renew nothing: an application may drop their refusal, and with it
//! the only copy of the new refresh token. Nobody can drop that of a guard.
//!
//! The answer is a redirect to the same address (307, so a form is sent again), and the handler runs for the request
//! that follows, whose access token is verified as any other. The alternative is to let the request through and to add
//! the cookies to the answer of the handler. Then the browser would get them when the page is ready, while the refresh
//! token is spent at once: whoever reloads a page that takes longer than the grace window would present a spent token,
//! and lose the session as a thief does. It would also have to be decided whose cookies count if the handler sets some,
//! what to do with a 304 and with a page that a cache may keep, and what a handler that fails does to the session.
//!
//! The address is `?` and the query, without a path: proxies and middleware rewrite paths, and a path that begins with
//! `//` would lead to another host. Browsers keep path and fragment. (An address without a query gets a `?` at its
//! end: to some browsers, an empty `Location` is none.)
//!
//! A refused refresh token (spent, of a session that has ended) is removed in the same way, so that it costs one
//! request and not each. It cannot go round in circles: what follows has a valid access cookie or no refresh cookie,
//! unless the browser keeps neither, and then it gives up after twenty, and each was counted as a refresh.
//!
//! Many tabs may be opened at once. Their refresh tokens are the same, and so is the successor that they get, within
//! the grace window.
//!
//! If the store fails, or too many refreshes were made, nobody knows whether there is a session. That is remembered in
//! the request. Whatever asks who is signed in gets that failure, and not "nobody"; a page that does not ask is served.
//!
//! A page that is loaded in case the user opens it renews nothing, and must not be stored as that of somebody who is
//! not signed in: a handler that asks answers 503, which browsers do not show, but ask again when the page is opened.
//!
//! A link on another site, such as web mail, comes without the refresh cookie, which is `SameSite=Strict`. A guarded
//! route then answers a page that opens the same address again. That request comes from our own origin, and has the
//! cookie, if there is one. It is a 401 like the refusal in whose place it stands.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, InvalidHeaderValue, LOCATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client::client;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::transport::{Navigation, private};
use crate::http_settings::HttpSettings;
use crate::model::principal::Principal;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::revocation::TokenStatus;
use crate::store::Budget;

/// When a browser that loaded a page too early may ask again.
const SOON: Duration = Duration::from_secs(1);

/// Opens the same address again, and leaves a link for browsers that do not do so by themselves.
const OPEN_AGAIN: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>One moment</title>\
                          <meta http-equiv=\"refresh\" content=\"0\"><a href=\"\">Continue</a></html>";

/// Why the cookies of a request were not renewed although they may be good.
struct NotRenewed<U> {
    error: Arc<AuthError>,
    user: PhantomData<fn() -> U>,
}

impl<U> Clone for NotRenewed<U> {
    fn clone(&self) -> Self {
        Self { error: Arc::clone(&self.error), user: PhantomData }
    }
}

/// Renews the cookies of a request that opens a page, if its access token has ended. Returns the answer with which the
/// browser asks again; the guard gives no other.
pub(crate) async fn renew<U: AuthUser>(
    parts: &mut Parts,
    auth: &Auth<U>,
    access: &'static Access<U>,
) -> Option<Response> {
    let navigation = auth.http().cookies.navigation(parts, &auth.http().scheme)?;
    if has_access(parts, auth) {
        return None;
    }
    match navigation {
        Navigation::WithRefreshToken(token) => {
            let token = token.to_owned();
            // Rare, so its state should not enlarge the future of every request.
            Box::pin(exchange(&token, parts, auth)).await
        }
        Navigation::Speculative => {
            remember::<U>(parts, AuthError::Busy { retry_after: SOON });
            None
        }
        Navigation::FromAnotherSite => matches!(access, Access::Protected { .. }).then(|| open_again(auth.http())),
    }
}

/// Returns why the caller of this request is not known, if that is not because there is none.
pub(super) fn failure<P: Principal>(parts: &Parts) -> Option<AuthError> {
    let NotRenewed { error, .. } = parts.extensions.get::<NotRenewed<P>>()?;
    Some(match &**error {
        AuthError::TooManyRequests { retry_after } => AuthError::TooManyRequests { retry_after: *retry_after },
        AuthError::Busy { retry_after } => AuthError::Busy { retry_after: *retry_after },
        AuthError::Internal(_) => AuthError::internal(Arc::clone(error)),
        _ => AuthError::unavailable(Arc::clone(error)),
    })
}

fn remember<U: AuthUser>(parts: &mut Parts, error: AuthError) {
    parts.extensions.insert(NotRenewed::<U> { error: Arc::new(error), user: PhantomData });
}

/// Whether nothing has to be renewed, as far as it can be known without a query. A malformed access cookie is left to
/// the guard.
fn has_access<U: AuthUser>(parts: &Parts, auth: &Auth<U>) -> bool {
    let Ok(token) = auth.http().cookies.access_token(parts) else { return true };
    let claims = token.and_then(|token| auth.tokens().verify(token, auth.now()));
    claims.is_some_and(|claims| !matches!(auth.feed().status(&claims), TokenStatus::Revoked))
}

/// Exchanges the refresh token, and returns the redirect that sets or removes the cookies.
async fn exchange<U: AuthUser>(token: &str, parts: &mut Parts, auth: &Auth<U>) -> Option<Response> {
    let client = client(parts, auth);
    let refreshed = Budget::new(auth.http().store_timeout).spend(auth.refresh(token, &client)).await;
    let cookies = &auth.http().cookies;
    let mut headers = HeaderMap::new();
    let set = match refreshed {
        Ok(tokens) => {
            let access = (tokens.access_token.as_str(), tokens.expires_in);
            cookies.set(&mut headers, access, (tokens.refresh_token.as_str(), tokens.session_expires_in))
        }
        // A session that lacks a factor gets no tokens by itself, and must not keep its user from the page to sign in on.
        Err(AuthError::InvalidRefreshToken | AuthError::StepUpRequired(_)) => {
            cookies.clear(&mut headers);
            Ok(())
        }
        Err(error) => Err(error),
    };
    match set.and_then(|()| to_the_same_page(headers, parts).map_err(AuthError::internal)) {
        Ok(response) => Some(response),
        Err(error) => {
            remember::<U>(parts, error);
            None
        }
    }
}

fn to_the_same_page(mut headers: HeaderMap, parts: &Parts) -> Result<Response, InvalidHeaderValue> {
    let query = parts.uri.query().unwrap_or_default();
    headers.insert(LOCATION, HeaderValue::from_str(&format!("?{query}"))?);
    Ok(private((StatusCode::TEMPORARY_REDIRECT, headers).into_response()))
}

fn open_again(http: &HttpSettings) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    ];
    let mut response = private((StatusCode::UNAUTHORIZED, headers, OPEN_AGAIN).into_response());
    if let Some(challenge) = http.challenge(&AuthError::NotSignedIn) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}
