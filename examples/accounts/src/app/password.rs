//! Passwords, changed and forgotten.

use auth::routing::{Routes, get};
use auth::{Auth, AuthError, ClientInfo, HandleCookie, ResetEvidence, protected, public};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::{User, UserClaims};
use super::entry::{Address, Mailed};
use crate::html::{Field, Page};

const NEW: Field<'_> = Field::Shown("new_password", "New password", "password");

#[derive(Deserialize)]
struct ResetForm {
    t: Option<String>,
    code: Option<String>,
    new_password: String,
}

#[derive(Deserialize)]
struct ChangeForm {
    current_password: String,
    new_password: String,
}

fn change_page(error: Option<&AuthError>) -> Page {
    let current = Field::Shown("current_password", "Present password", "password");
    let page = Page::new("Change the password").error(error).form("/password", &[current, NEW], "Change it");
    page.link("/account", "Your account")
}

/// Where password managers come from `/.well-known/change-password`.
#[protected]
async fn change_form() -> Page {
    change_page(None)
}

#[protected]
async fn change(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Form(form): Form<ChangeForm>,
) -> Response {
    let ChangeForm { current_password, new_password } = form;
    match auth.change_password(&claims.sub, Some(claims.sid), &current_password, &new_password, &client).await {
        Ok(()) => Page::new("Change the password")
            .text("done", "It is changed, and you are signed out everywhere else.")
            .link("/account", "Your account")
            .into_response(),
        Err(error) => change_page(Some(&error)).into_response(),
    }
}

#[public(reason = "the form")]
async fn forgot_form() -> Page {
    Page::new("Forgotten password").form("/forgot", &[Field::Shown("email", "E-mail", "email")], "Mail a link")
}

#[public(reason = "mails only the owner of the address")]
async fn forgot(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Address>,
) -> Response {
    let asking = async {
        let ours = auth.same_origin(&request)?;
        let asked = auth.forgot_password(&form.email, &client).await?;
        let mut page = by_code(None).into_response();
        auth.set_handle_cookie(HandleCookie::SignIn, page.headers_mut(), (&asked.sign_in, asked.expires_in), ours)?;
        Ok(page)
    };
    match asking.await {
        Ok(page) => page,
        Err(error) => Page::new("Forgotten password").error(Some(&error)).into_response(),
    }
}

fn by_code(error: Option<&AuthError>) -> Page {
    let code = Field::Shown("code", "Code from the mail", "text");
    let page = Page::new("Look into your mailbox")
        .text("told", "If there is such an account, it was mailed a link and a code.");
    page.error(error).form("/reset", &[code, NEW], "Set the password")
}

fn by_link(token: &str, error: Option<&AuthError>) -> Page {
    Page::new("New password").error(error).form("/reset", &[Field::Hidden("t", token), NEW], "Set the password")
}

#[public(reason = "a form")]
async fn reset_form(Query(mailed): Query<Mailed>) -> Page {
    by_link(&mailed.t, None)
}

#[public(reason = "requires a mailed link or code")]
async fn reset(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<ResetForm>,
) -> Response {
    let (token, code) = (form.t.unwrap_or_default(), form.code.unwrap_or_default());
    let resetting = async {
        let evidence = if token.is_empty() {
            let sign_in = auth.handle_cookie(HandleCookie::SignIn, &request)?.ok_or(AuthError::SignInExpired)?;
            ResetEvidence::Code { sign_in, code: &code }
        } else {
            ResetEvidence::Link(&token)
        };
        auth.reset_password(evidence, &form.new_password, &client).await
    };
    match resetting.await {
        Ok(()) => Page::new("New password").text("done", "Sign in with it.").link("/", "Sign in").into_response(),
        Err(error) if token.is_empty() => by_code(Some(&error)).into_response(),
        Err(error) => by_link(&token, Some(&error)).into_response(),
    }
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/password", get(change_form).post(change))
        .route("/forgot", get(forgot_form).post(forgot))
        .route("/reset", get(reset_form).post(reset))
}
