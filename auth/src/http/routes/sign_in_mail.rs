//! `POST /sign-in/mail`, which asks for a mail, and what answers it: `/sign-in/mail/code`, `/sign-in/mail/link`,
//! `/sign-in/mail/again`, `/sign-in/cancel`.
//!
//! The first is there if people may sign in by mail; the others also where a sign-up waits for its address.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::deliver::deliver_with;
use super::endpoint::{Endpoint, INVALID_LINK};
use super::response::{hide_table, no_content};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::claims::Claims;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy, SignedIn};
use crate::sign_in::{Answer, Completed, SignIn};

const EXPIRED: &str = "Unknown, expired, used, or tried too often: `sign_in_expired`";

pub(super) const SIGNED_IN: Success = Success {
    status: 200,
    description: "Signed in; or reauthenticated, with a new access token alone",
    content: SuccessContent::TokensOrAccessToken,
};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const SIGN_IN_MAIL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/mail",
            summary: "Mail a code and a link to sign in with, if there is such an account",
            body: RequestBody::Address,
            success: Success {
                status: 202,
                description: "Accepted, whether there is such an account or not",
                content: SuccessContent::Pending,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("mails only the owner of the address") },
        handler: |call| Box::pin(ask(call)),
    };

    pub(super) const OF_MAILED_STEP: [Self; 3] = [Self::MAILED_CODE, Self::MAILED_LINK, Self::MAIL_AGAIN];

    /// For people who may sign in by mail.
    pub(super) const REAUTHENTICATE_MAIL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/reauthenticate/mail",
            summary: "Mail a code and a link to reauthenticate with, for actions that require a recent login",
            body: RequestBody::None,
            success: Success { status: 202, description: "Accepted", content: SuccessContent::Pending },
            limited: true,
            any_factors: true,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(reauthenticate(call)),
    };

    const MAILED_CODE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/mail/code",
            summary: "Go on with a sign-in, a reauthentication or a sign-up by the mailed code",
            body: RequestBody::SignInCode,
            success: SIGNED_IN,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    401,
                    "Wrong code: `invalid_code`, with `tries_left`. Nothing to use a code for: `sign_in_expired`. Another \
                     step is needed: `factor_required`. To reauthenticate, more than a mailbox is needed: \
                     `step_up_required`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
                (409, "Another account has the login of the sign-up by now: `taken`"),
            ],
        },
        access: &Access::Public { reason: Some("requires a mailed code") },
        handler: |call| Box::pin(code(call)),
    };

    const MAILED_LINK: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/mail/link",
            summary: "Go on with a sign-in, a reauthentication or a sign-up by the mailed link, in the browser that asked for it",
            body: RequestBody::MailedLink,
            success: SIGNED_IN,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                INVALID_LINK,
                (
                    401,
                    "Link of another sign-in, which still works there: `other_browser`. Nothing to use it for: \
                     `sign_in_expired`. Another step is needed: `factor_required`. To reauthenticate, more than a mailbox \
                     is needed: `step_up_required`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
                (409, "Another account has the login of the sign-up by now: `taken`"),
            ],
        },
        access: &Access::Public { reason: Some("requires a mailed link") },
        handler: |call| Box::pin(link(call)),
    };

    const MAIL_AGAIN: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/mail/again",
            summary: "Mail the same code and link once more",
            body: RequestBody::SignInHandle,
            success: Success { status: 202, description: "Accepted", content: SuccessContent::Pending },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[(401, EXPIRED)],
        },
        access: &Access::Public { reason: Some("mails only the owner of the address") },
        handler: |call| Box::pin(again(call)),
    };

    pub(super) const CANCEL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/cancel",
            summary: "End a sign-in or a sign-up that waits for another step",
            body: RequestBody::SignInHandle,
            success: Success { status: 204, description: "Ended", content: SuccessContent::None },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("ends only what its caller began") },
        handler: |call| Box::pin(cancel(call)),
    };
}

async fn ask<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::SignInByMail, &client)?;
    let address = call.address().await?;
    let pending = call.auth.account_service().sign_in.mail_sign_in(begun, &address, &client).await?;
    Ok(call.auth.pending_response(&pending, channel)?)
}

async fn reauthenticate<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.callers_channel()?, call.client());
    let claims = call.claims()?;
    let (user, session) = (U::subject(claims), *claims.registered().sid);
    let pending = call.auth.reauthenticate_by_mail(user, session, &client).await?;
    Ok(call.auth.pending_response(&pending, channel)?)
}

async fn code<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    answered(call, "code", |code: &String| Answer::MailedCode(code)).await
}

async fn link<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    answered(call, "token", |token: &String| Answer::MailedLink(token)).await
}

pub(super) async fn answered<U: AuthUser, T: DeserializeOwned + Send + Sync>(
    call: &mut Call<U>,
    field: &'static str,
    answer: impl for<'a> Fn(&'a T) -> Answer<'a> + Send,
) -> Result<Response, Refused> {
    answered_on(call, field, false, answer).await
}

/// The same; `trusts`: whether the device may be trusted for it.
pub(super) async fn answered_on<U: AuthUser, T: DeserializeOwned + Send + Sync>(
    call: &mut Call<U>,
    field: &'static str,
    trusts: bool,
    answer: impl for<'a> Fn(&'a T) -> Answer<'a> + Send,
) -> Result<Response, Refused> {
    let (wanted, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let mut fields = call.fields().await?;
    let handle = call.take_handle(HandleCookie::SignIn, &mut fields)?;
    let shown = fields.take::<T>(field);
    let trust = if trusts { fields.take::<Option<bool>>("trust_device") } else { Some(None) };
    let ((handle, shown), trust) = fields.finish(handle.zip(shown).zip(trust))?;
    let outcome =
        call.auth.account_service().answer(begun, &handle.text, answer(&shown), &client).await.map_err(hide_table)?;
    let channel = handle.channel(wanted);
    let response = match outcome {
        SignIn::Complete(Completed::SignedIn { user, tokens }) => {
            let device = call.auth.trust_if(trust == Some(true), (&user, &tokens), &client).await;
            deliver_with(&call.auth, client, StatusCode::OK, (&user, &tokens), channel, device.as_ref()).await?
        }
        SignIn::Complete(Completed::Freshened(token)) => call.auth.fresh_token_response(&token, channel)?,
        SignIn::Pending(pending) => return Ok(call.step_response(pending, channel)),
    };
    Ok(handle.forget(&call.auth, response))
}

async fn again<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (wanted, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::SignInByMail, &client)?;
    let handle = call.handle().await?;
    let pending = call.auth.account_service().mail_again(begun, &handle.text, &client).await?;
    Ok(call.auth.pending_response(&pending, handle.channel(wanted))?)
}

async fn cancel<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let handle = call.handle().await?;
    call.auth.account_service().cancel_sign_in(begun, &handle.text).await?;
    Ok(handle.forget(&call.auth, no_content()))
}
