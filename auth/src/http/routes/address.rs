//! `POST /email/verify/send`, `/email/verify`, `/email/change`, `/email/change/confirm`, `/email/change/undo`, which are
//! there if a mailer is set.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::Serialize;

use super::call::Call;
use super::endpoint::{Endpoint, INVALID_LINK};
use super::response::{hide_table, no_content, private_json, waiting};
use super::sessions::Recent;
use crate::account::AddressChange;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy, SignedIn};
use crate::sign_in::Answer;

impl<U: AuthUser> Endpoint<U> {
    /// For user types with a `verified` field.
    pub(super) const OF_VERIFICATION: [Self; 2] = [Self::SEND_VERIFICATION, Self::VERIFY];
    pub(super) const OF_ADDRESS_CHANGE: [Self; 3] = [Self::CHANGE_ADDRESS, Self::CONFIRM_CHANGE, Self::UNDO_CHANGE];

    const SEND_VERIFICATION: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/email/verify/send",
            summary: "Mail a code and a link that confirm the address",
            body: RequestBody::None,
            success: Success { status: 202, description: "Accepted", content: SuccessContent::ExpiresIn },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[(204, "The address is confirmed already")],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(send(call)),
    };

    const VERIFY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/email/verify",
            summary: "Confirm the address with a mailed link or code",
            body: RequestBody::TokenOrCode,
            success: Success { status: 204, description: "Address confirmed", content: SuccessContent::None },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                INVALID_LINK,
                (
                    401,
                    "Not signed in: `not_signed_in`, `invalid_token`. Wrong code: `invalid_code`, with `tries_left`. \
                     Nothing to use a code for: `sign_in_expired`",
                ),
            ],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(verify(call)),
    };

    const CHANGE_ADDRESS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/email/change",
            summary: "Mail links that confirm another address",
            body: RequestBody::NewAddress,
            success: Success {
                status: 202,
                description: "Accepted",
                content: SuccessContent::Mailed(HandleCookie::AddressChange),
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[(
                403,
                "The present address is not confirmed: `address_not_verified`. Or refused: `cross_site`",
            )],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(change(call)),
    };

    const CONFIRM_CHANGE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/email/change/confirm",
            summary: "Confirm another address with a mailed link",
            body: RequestBody::TokenInBrowser,
            success: Success {
                status: 200,
                description: "Confirmed; the other address has to confirm it, too",
                content: SuccessContent::WaitingFor,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (204, "The account has the new address"),
                INVALID_LINK,
                (
                    401,
                    "The link of the new address was opened elsewhere, and still works where it was asked for: `other_browser`",
                ),
                (409, "Another account has the new address: `taken`"),
            ],
        },
        access: &Access::Public { reason: Some("requires a mailed link") },
        handler: |call| Box::pin(confirm(call)),
    };

    const UNDO_CHANGE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/email/change/undo",
            summary: "Take a change of address back with a mailed link, and end every session",
            body: RequestBody::Token,
            success: Success { status: 204, description: "Taken back", content: SuccessContent::None },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[INVALID_LINK, (409, "Another account has the former address: `taken`")],
        },
        access: &Access::Public { reason: Some("requires a mailed link") },
        handler: |call| Box::pin(undo(call)),
    };
}

/// The address that has not confirmed yet.
#[derive(Serialize)]
struct Waiting {
    waiting_for: &'static str,
}

async fn send<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::VerifyAddress, &client)?;
    let claims = call.claims()?;
    Ok(match call.auth.account_service().send_verification(begun, claims, &client).await? {
        Some(life) => waiting(None, None, life),
        None => no_content(),
    })
}

async fn verify<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::VerifyAddress, &client)?;
    let mut fields = call.fields().await?;
    let by_code = fields.has("code");
    fields.knows(&["token", "code"]);
    let shown = fields.take::<String>(if by_code { "code" } else { "token" });
    let shown = fields.finish(shown)?;
    let answer = if by_code { Answer::MailedCode(&shown) } else { Answer::MailedLink(&shown) };
    let claims = call.claims()?;
    call.auth.account_service().verify_address(begun, claims, answer, &client).await.map_err(hide_table)?;
    Ok(no_content())
}

async fn change<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.callers_channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::ChangeAddress, &client)?;
    let mut fields = call.fields().await?;
    let new = fields.take::<String>("new_email");
    let new = fields.finish(new)?;
    let claims = call.claims()?;
    let changed = call.auth.account_service().request_address_change(begun, claims, &new, &client).await;
    let asked = changed.map_err(|error| match error {
        // The body calls it by another name than the table.
        AuthError::InvalidFields(mut errors) => {
            for error in &mut errors {
                "new_email".clone_into(&mut error.field);
            }
            AuthError::InvalidFields(errors)
        }
        error => error,
    })?;
    let handle = (asked.sign_in.as_str(), asked.expires_in);
    Ok(call.auth.handle_response(HandleCookie::AddressChange, handle, None, channel)?)
}

async fn confirm<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::ChangeAddress, &client)?;
    let mut fields = call.fields().await?;
    let token = fields.take::<String>("token");
    // The link of the old address works without.
    let sign_in = fields.take::<Option<String>>("sign_in");
    let (token, in_body) = fields.finish(token.zip(sign_in))?;
    let kept = if in_body.is_none() { call.kept_handle(HandleCookie::AddressChange)? } else { None };
    let sign_in = in_body.as_deref().or_else(|| kept.as_ref().map(|handle| handle.text.as_str()));
    let confirmed = call.auth.account_service().confirm_address_change(begun, &token, sign_in, &client).await;
    let waiting_for = match confirmed.map_err(hide_table)? {
        AddressChange::Done => {
            return Ok(match kept {
                Some(handle) => handle.forget(&call.auth, no_content()),
                None => no_content(),
            });
        }
        AddressChange::WaitingForOld => "old",
        AddressChange::WaitingForNew => "new",
    };
    Ok(private_json(StatusCode::OK, &Waiting { waiting_for }))
}

async fn undo<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::ChangeAddress, &client)?;
    let token = call.mailed_token().await?;
    call.auth.account_service().undo_address_change(begun, &token, &client).await.map_err(hide_table)?;
    Ok(no_content())
}
