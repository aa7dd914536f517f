//! A second factor for whoever must have one and has none: it is added inside the sign-in, which goes on with it.

use auth::routing::{Routes, post};
use auth::{Auth, AuthError, ClientInfo, HandleCookie, PendingSignIn, SameOrigin, SignIn, TotpEnrolment, public};
use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::User;
use super::entry::{entered, shown};
use super::factors::codes;
use crate::html::{Field, Page};

#[derive(Deserialize)]
struct Code {
    code: String,
}

/// Says that one is needed; the browser keeps what it belongs to.
pub(super) fn needed(auth: &Auth<User>, pending: &PendingSignIn, page: SameOrigin) -> Result<Response, AuthError> {
    let text = "Administrators sign in with a second factor: an authenticator app.";
    let mut response =
        Page::new("One more step").text("enrol-told", text).form("/enrol", &[], "Set it up").into_response();
    let handle = (&*pending.sign_in, pending.expires_in);
    auth.set_handle_cookie(HandleCookie::SignIn, response.headers_mut(), handle, page)?;
    Ok(response)
}

fn picture(begun: &TotpEnrolment, error: Option<&AuthError>) -> Page {
    let page = Page::new("Scan it with the app").error(error).picture(&begun.qr_svg).text("secret", &begun.secret);
    page.form("/enrol/confirm", &[Field::Shown("code", "Code that the app shows", "text")], "Go on")
}

fn handle<'a>(auth: &Auth<User>, request: &'a Parts) -> Result<&'a str, AuthError> {
    auth.handle_cookie(HandleCookie::SignIn, request)?.ok_or(AuthError::SignInExpired)
}

#[public(reason = "requires a sign-in that needs a second factor")]
async fn enrol(State(auth): State<Auth<User>>, client: ClientInfo, request: Parts) -> Response {
    let beginning = async {
        auth.same_origin(&request)?;
        Ok(picture(&auth.enrol_totp(handle(&auth, &request)?, &client).await?, None).into_response())
    };
    shown(&auth, beginning.await)
}

#[public(reason = "requires a sign-in that needs a second factor")]
async fn confirm(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Code>,
) -> Response {
    let confirming = async {
        let (page, handle) = (auth.same_origin(&request)?, handle(&auth, &request)?);
        let enrolled = match auth.confirm_enrolled_totp(handle, &form.code, &client).await {
            Ok(enrolled) => enrolled,
            // The picture stays the same.
            Err(error @ AuthError::InvalidCode { .. }) => {
                return Ok(picture(&auth.enrol_totp(handle, &client).await?, Some(&error)).into_response());
            }
            Err(error) => return Err(error),
        };
        let is_in = matches!(enrolled.sign_in, SignIn::Complete(_));
        let entered = entered(&auth, enrolled.sign_in, page)?;
        if !is_in {
            return Ok(entered);
        }
        let mut response = codes(enrolled.recovery_codes.codes()).into_response();
        for cookie in entered.headers().get_all(SET_COOKIE) {
            response.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        Ok(response)
    };
    shown(&auth, confirming.await)
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new().route("/enrol", post(enrol)).route("/enrol/confirm", post(confirm))
}
