//! Passkeys inside a sign-in that has begun: `POST /sign-in/passkey/step/options`, `/sign-in/passkey/step`, and
//! `/sign-in/enrol/passkey/options`, `/sign-in/enrol/passkey`.
//!
//! They are routes of their own, beside `/sign-in/passkey`. That one depends on no account (SIGN-11), and a browser may still
//! keep the handle of a sign-in that nobody goes on with: a passkey of whomever must then begin a sign-in, and not be refused
//! because it is not of the account of that handle.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::endpoint::Endpoint;
use super::enrolment::deliver_enrolled;
use super::passkeys::OPTIONS;
use super::response::private_json;
use super::sign_in_mail::{SIGNED_IN, answered_on};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::HandleCookie;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::sign_in::Answer;

const EXPIRED: (u16, &str) = (401, "Unknown, expired or used, or waiting for something else: `sign_in_expired`");

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_PASSKEY_STEP: [Self; 2] = [Self::PASSKEY_STEP_OPTIONS, Self::PASSKEY_STEP];
    pub(super) const OF_PASSKEY_ENROLMENT: [Self; 2] = [Self::ENROL_PASSKEY, Self::CONFIRM_ENROLLED_PASSKEY];

    const PASSKEY_STEP_OPTIONS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/passkey/step/options",
            summary: "Begin to continue a sign-in or a reauthentication with a passkey of the account",
            body: RequestBody::SignInHandle,
            success: OPTIONS,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                EXPIRED,
                (
                    403,
                    "The account has no passkey: `no_passkey`. Account inactive: `inactive_user`. Or refused: `cross_site`",
                ),
            ],
        },
        access: &Access::Public { reason: Some("requires a sign-in that needs a second factor") },
        handler: |call| Box::pin(options(call)),
    };

    const PASSKEY_STEP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/passkey/step",
            summary: "Continue a sign-in or a reauthentication with a passkey of the account",
            body: RequestBody::SignInPasskey,
            success: SIGNED_IN,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    401,
                    "Passkey not acceptable, or of another account: `invalid_passkey`, `unknown_passkey`. Nothing to use it for: \
                     `sign_in_expired`. Another step is needed: `factor_required`, with `sign_in` and `methods`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
            ],
        },
        access: &Access::Public { reason: Some("requires a passkey") },
        handler: |call| Box::pin(step(call)),
    };

    const ENROL_PASSKEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/enrol/passkey/options",
            summary: "Begin to add the passkey that a sign-in needs",
            body: RequestBody::SignInHandle,
            success: OPTIONS,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[EXPIRED, (403, "Account inactive: `inactive_user`. Or refused: `cross_site`")],
        },
        access: &Access::Public { reason: Some("requires a sign-in that needs a second factor") },
        handler: |call| Box::pin(enrol(call)),
    };

    const CONFIRM_ENROLLED_PASSKEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/enrol/passkey",
            summary: "Continue a sign-in with the passkey that the browser has made in it",
            body: RequestBody::SignInNewPasskey,
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
                (401, "Nothing to add it to: `sign_in_expired`. Another step is needed: `factor_required`"),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
                (409, "The passkey is registered already: `passkey_registered`"),
            ],
        },
        access: &Access::Public { reason: Some("requires a sign-in that needs a second factor") },
        handler: |call| Box::pin(confirm(call)),
    };
}

/// What an authenticator has shown: an object.
#[derive(Deserialize)]
#[serde(from = "Map<String, Value>")]
struct Shown(Value);

impl From<Map<String, Value>> for Shown {
    fn from(credential: Map<String, Value>) -> Self {
        Self(Value::Object(credential))
    }
}

async fn options<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let handle = call.handle().await?;
    let service = call.auth.account_service();
    let options = service.sign_in.begin_passkey_step(begun, &handle.text, &client).await?;
    Ok(private_json(StatusCode::OK, &options))
}

async fn step<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    answered_on(call, "credential", true, |Shown(credential)| Answer::Passkey(credential)).await
}

async fn enrol<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let handle = call.handle().await?;
    let options = call.auth.account_service().enrol_passkey(begun, &handle.text, &client).await?;
    Ok(private_json(StatusCode::OK, &options))
}

async fn confirm<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (wanted, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::AnswerSignIn, &client)?;
    let mut fields = call.fields().await?;
    let handle = call.take_handle(HandleCookie::SignIn, &mut fields)?;
    let (credential, name) = (fields.take::<Map<String, Value>>("credential"), fields.take::<String>("name"));
    let ((handle, credential), name) = fields.finish(handle.zip(credential).zip(name))?;
    let (service, credential) = (call.auth.account_service(), Value::Object(credential));
    let enrolled = service.confirm_enrolled_passkey(begun, &handle.text, (&credential, &name), &client).await?;
    deliver_enrolled(call, enrolled, &handle, (wanted, client)).await
}
