//! The account of whoever is signed in: its address, confirmed and changed; and a page for administrators.

use auth::routing::{Routes, get, post};
use auth::{AddressChange, Answer, Auth, AuthError, ClientInfo, Fresh, HandleCookie, protected, public};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::{User, UserClaims};
use super::entry::{Address, Mailed};
use crate::Role;
use crate::html::{Field, Page};

#[derive(Deserialize)]
struct Code {
    code: String,
}

fn page(auth: &Auth<User>, user: &User, error: Option<&AuthError>) -> Page {
    let page = Page::new("Your account").error(error).text("email", &user.email);
    let page = if user.email_verified {
        page.text("verified", "Your address is confirmed.").form(
            "/email",
            &[Field::Shown("email", "New e-mail", "email")],
            "Change the address",
        )
    } else {
        page.form("/confirm", &[Field::Shown("code", "Code from the mail", "text")], "Confirm the address")
    };
    let page = page.link("/factors", "Second factor");
    let page = if auth.has_passkeys() { page.link("/passkeys", "Passkeys") } else { page };
    let page = page.link("/password", "Change the password").link("/sessions", "Where you are signed in");
    page.form("/sign-out", &[], "Sign out")
}

#[protected]
async fn account(user: User, State(auth): State<Auth<User>>) -> Page {
    page(&auth, &user, None)
}

#[protected]
async fn confirm(
    user: User,
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Form(form): Form<Code>,
) -> Response {
    match auth.verify_address(&claims, Answer::MailedCode(&form.code), &client).await {
        Ok(()) => confirmed().into_response(),
        Err(error) => page(&auth, &user, Some(&error)).into_response(),
    }
}

fn confirmed() -> Page {
    Page::new("Address confirmed").text("done", "Your address is confirmed.").link("/account", "Your account")
}

/// The page of the link. It takes the session of the account.
#[protected]
async fn verify_form(Query(mailed): Query<Mailed>) -> Page {
    Page::new("Confirm your address").form("/verify", &[Field::Hidden("t", &mailed.t)], "Confirm")
}

#[protected]
async fn verify(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    Form(mailed): Form<Mailed>,
) -> Response {
    match auth.verify_address(&claims, Answer::MailedLink(&mailed.t), &client).await {
        Ok(()) => confirmed().into_response(),
        Err(error) => Page::new("Confirm your address").error(Some(&error)).into_response(),
    }
}

#[protected(Fresh::minutes(5))]
async fn change(
    user: User,
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(form): Form<Address>,
) -> Response {
    let asking = async {
        let ours = auth.same_origin(&request)?;
        let asked = auth.request_address_change(&claims, &form.email, &client).await?;
        let told = "Both addresses were mailed a link. Your account keeps its address until both were opened.";
        let page = Page::new("Look into your mailboxes").text("told", told).link("/account", "Your account");
        let mut page = page.into_response();
        let handle = (&*asked.sign_in, asked.expires_in);
        auth.set_handle_cookie(HandleCookie::AddressChange, page.headers_mut(), handle, ours)?;
        Ok(page)
    };
    match asking.await {
        Ok(page) => page,
        Err(error) => page(&auth, &user, Some(&error)).into_response(),
    }
}

#[public(reason = "a form")]
async fn change_form(Query(mailed): Query<Mailed>) -> Page {
    Page::new("Another address").form("/change-address", &[Field::Hidden("t", &mailed.t)], "Confirm")
}

#[public(reason = "requires a mailed link")]
async fn confirm_change(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(mailed): Form<Mailed>,
) -> Response {
    let page = Page::new("Another address");
    let confirming = async {
        let handle = auth.handle_cookie(HandleCookie::AddressChange, &request)?;
        auth.confirm_address_change(&mailed.t, handle, &client).await
    };
    match confirming.await {
        Ok(AddressChange::Done) => {
            page.text("done", "Your account has the new address.").link("/", "Go on").into_response()
        }
        Ok(AddressChange::WaitingForOld) => {
            page.text("waiting", "Now open the link in the mail to your present address.").into_response()
        }
        Ok(AddressChange::WaitingForNew) => {
            page.text("waiting", "Now open the link in the mail to the new address.").into_response()
        }
        Err(error) => page.error(Some(&error)).into_response(),
    }
}

#[protected(Role::Admin)]
async fn admin(user: User) -> Page {
    Page::new("Administration").text("admin", &format!("{} may be here.", user.email))
}

pub(super) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/account", get(account))
        .route("/confirm", post(confirm))
        .route("/verify", get(verify_form).post(verify))
        .route("/email", post(change))
        .route("/change-address", get(change_form).post(confirm_change))
        .route("/admin", get(admin))
}
