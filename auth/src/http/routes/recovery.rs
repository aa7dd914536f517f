//! `POST /password/forgot` and `/password/reset`, which are there if a mailer is set.
//!
//! No page is served, and a GET does nothing: scanners of mail open every link, and some press buttons. The page of the
//! link reads the token from the fragment and sends it with the new password.

use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::{Endpoint, INVALID_LINK};
use super::handle::Handle;
use super::response::{hide_table, no_content};
use crate::account::ResetEvidence;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::Access;

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_RECOVERY: [Self; 2] = [Self::FORGOT, Self::RESET];

    const FORGOT: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/password/forgot",
            summary: "Mail a link and a code for a new password, if there is such an account",
            body: RequestBody::Address,
            success: Success {
                status: 202,
                description: "Accepted, whether there is such an account or not",
                content: SuccessContent::Mailed(HandleCookie::SignIn),
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("mails only the owner of the address") },
        handler: |call| Box::pin(forgot(call)),
    };

    const RESET: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/password/reset",
            summary: "Set a new password with a mailed link or code, and end every session",
            body: RequestBody::PasswordReset,
            success: Success { status: 204, description: "Password set", content: SuccessContent::None },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                INVALID_LINK,
                (401, "Wrong code: `invalid_code`, with `tries_left`. Nothing to use a code for: `sign_in_expired`"),
            ],
        },
        access: &Access::Public { reason: Some("requires a mailed link or code") },
        handler: |call| Box::pin(reset(call)),
    };
}

async fn forgot<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::ForgotPassword, &client)?;
    let address = call.address().await?;
    let asked = call.auth.account_service().forgot_password(begun, &address, &client).await?;
    let handle = (asked.sign_in.as_str(), asked.expires_in);
    Ok(call.auth.handle_response(HandleCookie::SignIn, handle, None, channel)?)
}

async fn reset<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::ResetPassword, &client)?;
    let mut fields = call.fields().await?;
    let by_link = !fields.has("sign_in") && !fields.has("code");
    // Both would be two answers to the question whose password it is.
    let (token, code) = if by_link {
        fields.knows(&["token", "sign_in", "code"]);
        (fields.take::<String>("token"), None)
    } else {
        let handle = call.take_handle(HandleCookie::SignIn, &mut fields)?;
        (None, handle.zip(fields.take::<String>("code")))
    };
    let new = fields.take::<String>("new_password");
    let shown =
        if by_link { token.map(Evidence::Link) } else { code.map(|(handle, code)| Evidence::Code(handle, code)) };
    let (shown, new) = fields.finish(shown.zip(new))?;
    let evidence = match &shown {
        Evidence::Link(token) => ResetEvidence::Link(token),
        Evidence::Code(handle, code) => ResetEvidence::Code { sign_in: &handle.text, code },
    };
    call.auth.account_service().reset_password(begun, evidence, &new, &client).await.map_err(hide_table)?;
    Ok(match shown {
        Evidence::Link(_) => no_content(),
        Evidence::Code(handle, _) => handle.forget(&call.auth, no_content()),
    })
}

/// What the body shows.
enum Evidence {
    Link(String),
    Code(Handle, String),
}
