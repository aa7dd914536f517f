//! Signing up and in: with a password, with what was mailed, and out again.

use auth::routing::{Routes, get, post};
use auth::{
    Answer, Auth, AuthError, ClientInfo, Completed, Credentials, HandleCookie, Needs, PendingSignIn, SameOrigin,
    SignIn, TokenDelivery, protected, public,
};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::{User, UserClaims, UserRegistration};
use super::{enrolment, factors, passkeys};
use crate::html::{Field, Page, redirect};

#[derive(Deserialize)]
struct LoginForm {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct PasswordForm {
    password: String,
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Mailed {
    pub(super) t: String,
}

#[derive(Deserialize)]
pub(super) struct Address {
    pub(super) email: String,
}

fn front(auth: &Auth<User>, error: Option<&AuthError>) -> Page {
    let fields = [Field::Shown("email", "E-mail", "email"), Field::Shown("password", "Password", "password")];
    let page = Page::new("Accounts").error(error).form("/sign-in", &fields, "Sign in");
    passkeys::offered(auth, page).form("/sign-up", &fields, "Sign up").link("/forgot", "Forgotten password")
}

#[public(reason = "the forms")]
async fn home(user: Option<User>, State(auth): State<Auth<User>>) -> Response {
    match user {
        Some(user) => {
            Page::new("Accounts").text("signed-in", &user.email).link("/account", "Your account").into_response()
        }
        None => front(&auth, None).into_response(),
    }
}

#[public(reason = "sign-up")]
async fn sign_up(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<LoginForm>,
) -> Response {
    let signing_up = async {
        // First: a form on somebody else's page must not sign a visitor in, or up.
        let page = auth.same_origin(&request)?;
        let outcome = auth.register(UserRegistration { email: form.email }, &form.password, &client).await?;
        entered(&auth, outcome, page)
    };
    shown(&auth, signing_up.await)
}

#[public(reason = "requires a password")]
async fn sign_in(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<LoginForm>,
) -> Response {
    let signing_in = async {
        let page = auth.same_origin(&request)?;
        entered(&auth, auth.login(Credentials::new(&form.email, &form.password), &client).await?, page)
    };
    shown(&auth, signing_in.await)
}

/// Goes on: to the account, or to the field for the code.
pub(super) fn entered(auth: &Auth<User>, outcome: SignIn<User>, page: SameOrigin) -> Result<Response, AuthError> {
    let mut response = match outcome {
        SignIn::Pending(pending) if pending.needs == Needs::Factor => return factors::asked_for(auth, &pending, page),
        SignIn::Pending(pending) if pending.needs == Needs::Enrolment => {
            return enrolment::needed(auth, &pending, page);
        }
        SignIn::Pending(pending) => return code_page(auth, &pending, page),
        SignIn::Complete(Completed::SignedIn { tokens, .. }) => {
            auth.tokens_response(StatusCode::OK, &tokens, TokenDelivery::Cookies(page))?
        }
        SignIn::Complete(Completed::Freshened(token)) => {
            auth.fresh_token_response(&token, TokenDelivery::Cookies(page))?
        }
    };
    auth.clear_handle_cookie(HandleCookie::SignIn, response.headers_mut());
    Ok(redirect("/account", response))
}

/// Shows the forms again, with what was wrong.
pub(super) fn shown(auth: &Auth<User>, outcome: Result<Response, AuthError>) -> Response {
    outcome.unwrap_or_else(|error| front(auth, Some(&error)).into_response())
}

/// Asks for the code; the browser keeps what it belongs to.
fn code_page(auth: &Auth<User>, pending: &PendingSignIn, page: SameOrigin) -> Result<Response, AuthError> {
    let mut response = code_form(None).into_response();
    let handle = (&*pending.sign_in, pending.expires_in);
    auth.set_handle_cookie(HandleCookie::SignIn, response.headers_mut(), handle, page)?;
    Ok(response)
}

fn code_form(error: Option<&AuthError>) -> Page {
    let fields = [Field::Shown("code", "Code from the mail", "text")];
    Page::new("Look into your mailbox").error(error).form("/code", &fields, "Go on")
}

#[public(reason = "requires a mailed code")]
async fn code(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<CodeForm>,
) -> Response {
    let answering = async {
        let page = auth.same_origin(&request)?;
        let handle = auth.handle_cookie(HandleCookie::SignIn, &request)?.ok_or(AuthError::SignInExpired)?;
        entered(&auth, auth.answer(handle, Answer::MailedCode(&form.code), &client).await?, page)
    };
    match answering.await {
        Err(error @ AuthError::InvalidCode { .. }) => code_form(Some(&error)).into_response(),
        outcome => shown(&auth, outcome),
    }
}

/// The page of a link: it does nothing by itself, because scanners of mail open every link.
#[public(reason = "a form")]
async fn link_page(Query(mailed): Query<Mailed>) -> Page {
    Page::new("One more step").form("/link", &[Field::Hidden("t", &mailed.t)], "Sign in")
}

#[public(reason = "requires a mailed link")]
async fn link(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(mailed): Form<Mailed>,
) -> Response {
    let answering = async {
        let page = auth.same_origin(&request)?;
        let handle = auth.handle_cookie(HandleCookie::SignIn, &request)?.ok_or(AuthError::OtherBrowser)?;
        entered(&auth, auth.answer(handle, Answer::MailedLink(&mailed.t), &client).await?, page)
    };
    shown(&auth, answering.await)
}

#[public(reason = "the form")]
async fn mail_form() -> Page {
    let fields = [Field::Shown("email", "E-mail", "email")];
    Page::new("Sign in by mail").form("/sign-in-by-mail", &fields, "Mail a code")
}

#[public(reason = "mails only the owner of the address")]
async fn mail(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Address>,
) -> Response {
    let asking = async {
        let page = auth.same_origin(&request)?;
        code_page(&auth, &auth.sign_in_by_mail(&form.email, &client).await?, page)
    };
    shown(&auth, asking.await)
}

fn again_form(auth: &Auth<User>, error: Option<&AuthError>) -> Page {
    let fields = [Field::Shown("password", "Password", "password")];
    let page = Page::new("Is it you?").error(error).form("/again", &fields, "Go on");
    passkeys::offered_again(auth, page).link("/account", "Your account")
}

/// For what takes a recent sign-in.
#[protected]
async fn again_page(State(auth): State<Auth<User>>) -> Page {
    again_form(&auth, None)
}

#[protected]
async fn again(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<PasswordForm>,
) -> Response {
    let reauthenticating = async {
        let page = auth.same_origin(&request)?;
        entered(&auth, auth.reauthenticate(&claims.sub, claims.sid, &form.password, &client).await?, page)
    };
    reauthenticating.await.unwrap_or_else(|error| again_form(&auth, Some(&error)).into_response())
}

#[protected]
async fn sign_out(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
) -> Result<Response, AuthError> {
    auth.end_session(&claims.sub, claims.sid, &client).await?;
    Ok(redirect("/", auth.logout_response(&request)))
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/", get(home))
        .route("/sign-up", post(sign_up))
        .route("/sign-in", get(link_page).post(sign_in))
        .route("/confirm-sign-up", get(link_page))
        .route("/code", post(code))
        .route("/link", post(link))
        .route("/again", get(again_page).post(again))
        .route("/sign-out", post(sign_out))
}

/// For people who sign in by mail.
pub(super) fn by_mail() -> Routes<Auth<User>> {
    Routes::new().route("/sign-in-by-mail", get(mail_form).post(mail))
}
