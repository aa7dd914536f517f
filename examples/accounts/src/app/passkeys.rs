//! Passkeys: where they are used, and the page with those of whoever is signed in. Making and using one takes the script
//! that the library serves; everything else works without.

use auth::routing::{Routes, get, post};
use auth::{Auth, AuthError, ClientInfo, Fresh, protected};
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{User, UserClaims};
use crate::html::{Field, Page};

#[derive(Deserialize)]
struct NameForm {
    name: String,
}

/// Lets people sign in with a passkey on this page, if they may have them.
pub(super) fn offered(auth: &Auth<User>, page: Page) -> Page {
    if auth.has_passkeys() { page.passkey("sign-in", "Sign in with a passkey", "/account") } else { page }
}

/// The same for somebody whose sign-in waits for a second factor: one of the passkeys of the account.
pub(super) fn offered_as_step(auth: &Auth<User>, page: Page) -> Page {
    if auth.has_passkeys() { page.passkey("step", "Use a passkey", "/account") } else { page }
}

/// The same for somebody who is signed in, and has to show that it is them.
pub(super) fn offered_again(auth: &Auth<User>, page: Page) -> Page {
    if auth.has_passkeys() { page.passkey("reauthenticate", "Show a passkey", "/account") } else { page }
}

async fn page(auth: &Auth<User>, claims: &UserClaims, error: Option<&AuthError>) -> Result<Page, AuthError> {
    let mut page = Page::new("Passkeys").error(error);
    let passkeys = auth.passkeys(claims).await?;
    if passkeys.is_empty() {
        page = page.text("none", "You have none.");
    }
    for passkey in &passkeys {
        let used = if passkey.last_used_at.is_some() { "used" } else { "never used" };
        let place = if passkey.synced { "on your devices" } else { "on one device" };
        page = page
            .text("passkey", &format!("{}: {place}, {used}", passkey.name))
            .form(&format!("/passkeys/{}/rename", passkey.id), &[Field::Shown("name", "Name", "text")], "Rename")
            .form(&format!("/passkeys/{}/remove", passkey.id), &[], "Remove");
    }
    Ok(page.add_passkey("/passkeys", "/again").link("/account", "Your account"))
}

#[protected]
async fn list(claims: UserClaims, State(auth): State<Auth<User>>) -> Result<Page, AuthError> {
    page(&auth, &claims, None).await
}

#[protected]
async fn rename(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    Path(id): Path<String>,
    Form(form): Form<NameForm>,
) -> Result<Response, AuthError> {
    let renamed = auth.rename_passkey(&claims, &id, &form.name).await;
    shown(&auth, &claims, renamed).await
}

#[protected(Fresh::minutes(5))]
async fn remove(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Path(id): Path<String>,
) -> Result<Response, AuthError> {
    let removed = auth.remove_passkey(&claims, &id, &client).await;
    shown(&auth, &claims, removed).await
}

async fn shown(auth: &Auth<User>, claims: &UserClaims, done: Result<(), AuthError>) -> Result<Response, AuthError> {
    match done {
        Ok(()) => Ok(Redirect::to("/passkeys").into_response()),
        Err(error @ (AuthError::InvalidFields(_) | AuthError::NotFound | AuthError::LastFactor)) => {
            Ok(page(auth, claims, Some(&error)).await?.into_response())
        }
        Err(error) => Err(error),
    }
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/passkeys", get(list))
        .route("/passkeys/{id}/rename", post(rename))
        .route("/passkeys/{id}/remove", post(remove))
}
