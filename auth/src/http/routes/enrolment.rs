//! `POST /sign-in/enrol/totp`, `/sign-in/enrol/totp/confirm`: a second factor is added inside a sign-in whose account must
//! have one. They are there if second factors are switched on and the user type says who must have one.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::factors::enrolment;
use super::handle::Handle;
use super::response::{Shown, TokenDelivery};
use crate::account::Enrolled;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::sign_in::{Completed, SignIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_ENROLMENT: [Self; 2] = [Self::ENROL_TOTP, Self::CONFIRM_ENROLLED_TOTP];

    const ENROL_TOTP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/enrol/totp",
            summary: "Begin to set up the authenticator app that a sign-in needs",
            body: RequestBody::SignInHandle,
            success: Success {
                status: 200,
                description: "What the app needs to know; it counts once it is confirmed",
                content: SuccessContent::TotpEnrolment,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (401, "Unknown, expired or used, or waiting for something else: `sign_in_expired`"),
                (
                    403,
                    "There is an app by now: `totp_already_set_up`. Account inactive: `inactive_user`. Or refused: \
                     `cross_site`",
                ),
            ],
        },
        access: &Access::Public { reason: Some("requires a sign-in that needs a second factor") },
        handler: |call| Box::pin(enrol(call)),
    };

    const CONFIRM_ENROLLED_TOTP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/enrol/totp/confirm",
            summary: "Continue a sign-in with a code of the authenticator app that was set up in it",
            body: RequestBody::SignInCode,
            success: Success {
                status: 200,
                description: "Signed in, with recovery codes that are shown this once; or reauthenticated, with a new \
                              access token alone",
                content: SuccessContent::Enrolled,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    401,
                    "Wrong code: `invalid_code`, with `tries_left`. Nothing to confirm: `sign_in_expired`. Another step is \
                     needed: `factor_required`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
            ],
        },
        access: &Access::Public { reason: Some("requires a sign-in that needs a second factor") },
        handler: |call| Box::pin(confirm(call)),
    };
}

async fn enrol<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let handle = call.handle().await?;
    Ok(enrolment(&call.auth.account_service().enrol_totp(begun, &handle.text, &client).await?))
}

async fn confirm<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (wanted, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let mut fields = call.fields().await?;
    let handle = call.take_handle(HandleCookie::SignIn, &mut fields)?;
    let code = fields.take::<String>("code");
    let (handle, code) = fields.finish(handle.zip(code))?;
    let enrolled = call.auth.account_service().confirm_enrolled_totp(begun, &handle.text, &code, &client).await?;
    deliver_enrolled(call, enrolled, &handle, (wanted, client)).await
}

/// Answers what a sign-in has come to that has added a factor, with the recovery codes.
pub(super) async fn deliver_enrolled<U: AuthUser>(
    call: &mut Call<U>,
    Enrolled { sign_in, recovery_codes }: Enrolled<U>,
    handle: &Handle,
    (wanted, client): (TokenDelivery, ClientInfo),
) -> Result<Response, Refused> {
    let (channel, with) = (handle.channel(wanted), Shown::codes(recovery_codes.codes()));
    let response = match sign_in {
        SignIn::Complete(Completed::SignedIn { user, tokens }) => {
            match call.auth.tokens_and(StatusCode::OK, &tokens, channel, with, None) {
                Ok(response) => response,
                Err(error) => {
                    // Nobody gets the tokens.
                    call.auth.end_undelivered(user.id(), tokens.session, &client).await?;
                    return Err(error.into());
                }
            }
        }
        SignIn::Complete(Completed::Freshened(token)) => call.auth.fresh_token_and(&token, channel, with)?,
        SignIn::Pending(pending) => return Ok(call.step_response(pending, channel)),
    };
    Ok(handle.forget(&call.auth, response))
}
