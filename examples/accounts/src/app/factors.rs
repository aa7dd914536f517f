//! The second factor: an authenticator app is added and removed, and asked for when somebody signs in.

use auth::routing::{Routes, get, post};
use auth::{
    Answer, Auth, AuthError, ClientInfo, FactorsInfo, Fresh, HandleCookie, PendingSignIn, SameOrigin, protected, public,
};
use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::{User, UserClaims};
use super::entry::{entered, shown};
use super::passkeys;
use crate::html::{Field, Page};

#[derive(Deserialize)]
struct Code {
    code: String,
}

fn page(factors: FactorsInfo) -> Page {
    let page = Page::new("Second factor");
    let page = if factors.totp {
        let left = format!("Recovery codes left: {}.", factors.recovery_codes_left);
        let page = page.text("app", "Signing in needs a code of your authenticator app.").text("left", &left);
        page.form("/factors/renew", &[], "New recovery codes").form("/factors/remove", &[], "Remove the app")
    } else {
        page.text("app", "A password is enough to sign in.").form("/factors/add", &[], "Add an authenticator app")
    };
    page.link("/account", "Your account")
}

#[protected]
async fn factors(claims: UserClaims, State(auth): State<Auth<User>>) -> Result<Page, AuthError> {
    Ok(page(auth.factors(&claims).await?))
}

#[protected(Fresh::minutes(5))]
async fn add(claims: UserClaims, State(auth): State<Auth<User>>) -> Result<Page, AuthError> {
    adding(&auth, &claims, None).await
}

/// Shows the picture, which stays the same until it is confirmed.
async fn adding(auth: &Auth<User>, claims: &UserClaims, error: Option<&AuthError>) -> Result<Page, AuthError> {
    let begun = auth.begin_totp(claims).await?;
    let page = Page::new("Scan it with the app").error(error).picture(&begun.qr_svg).text("secret", &begun.secret);
    Ok(page.form("/factors/confirm", &[Field::Shown("code", "Code that the app shows", "text")], "Go on"))
}

#[protected(Fresh::minutes(5))]
async fn confirm(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Form(form): Form<Code>,
) -> Result<Page, AuthError> {
    match auth.confirm_totp(&claims, &form.code, &client).await {
        Ok(made) => Ok(codes(made.codes())),
        Err(error @ AuthError::InvalidFields(_)) => adding(&auth, &claims, Some(&error)).await,
        Err(error) => Err(error),
    }
}

pub(super) fn codes(codes: &[String]) -> Page {
    let page = Page::new("Recovery codes")
        .text("told", "Print them now: they are not shown again. Each works once, in place of the app's code.");
    codes.iter().fold(page, |page, code| page.text("recovery-code", code)).link("/account", "Your account")
}

#[protected(Fresh::minutes(5))]
async fn renew(claims: UserClaims, State(auth): State<Auth<User>>, client: ClientInfo) -> Result<Page, AuthError> {
    Ok(codes(auth.regenerate_recovery_codes(&claims, &client).await?.codes()))
}

#[protected(Fresh::minutes(5))]
async fn remove(claims: UserClaims, State(auth): State<Auth<User>>, client: ClientInfo) -> Result<Page, AuthError> {
    auth.remove_totp(&claims, &client).await?;
    Ok(page(auth.factors(&claims).await?))
}

/// Asks for the second factor; the browser keeps what it belongs to.
pub(super) fn asked_for(auth: &Auth<User>, pending: &PendingSignIn, page: SameOrigin) -> Result<Response, AuthError> {
    let mut response = forms(auth, None).into_response();
    let handle = (&*pending.sign_in, pending.expires_in);
    auth.set_handle_cookie(HandleCookie::SignIn, response.headers_mut(), handle, page)?;
    Ok(response)
}

fn forms(auth: &Auth<User>, error: Option<&AuthError>) -> Page {
    let page = passkeys::offered_as_step(auth, Page::new("One more step").error(error));
    let page = page.form("/second-step", &[Field::Shown("code", "Code that the app shows", "text")], "Sign in");
    page.form("/recovery-code", &[Field::Shown("code", "Recovery code", "text")], "Sign in without the phone")
}

#[public(reason = "requires a code of the app")]
async fn second_step(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Code>,
) -> Response {
    answered(&auth, Answer::Totp(&form.code), &client, &request).await
}

#[public(reason = "requires a recovery code")]
async fn recovery_code(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Code>,
) -> Response {
    answered(&auth, Answer::RecoveryCode(&form.code), &client, &request).await
}

async fn answered(auth: &Auth<User>, answer: Answer<'_>, client: &ClientInfo, request: &Parts) -> Response {
    let answering = async {
        let page = auth.same_origin(request)?;
        let handle = auth.handle_cookie(HandleCookie::SignIn, request)?.ok_or(AuthError::SignInExpired)?;
        entered(auth, auth.answer(handle, answer, client).await?, page)
    };
    match answering.await {
        Err(error @ AuthError::InvalidCode { .. }) => forms(auth, Some(&error)).into_response(),
        outcome => shown(auth, outcome),
    }
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/factors", get(factors))
        .route("/factors/add", post(add))
        .route("/factors/confirm", post(confirm))
        .route("/factors/renew", post(renew))
        .route("/factors/remove", post(remove))
        .route("/second-step", post(second_step))
        .route("/recovery-code", post(recovery_code))
}
