//! `GET /factors`, `POST /factors/totp`, `/factors/totp/confirm`, `DELETE /factors/totp`, `POST /factors/recovery-codes`,
//! and what answers a sign-in that needs a factor: `POST /sign-in/totp`, `/sign-in/recovery-code`. They are there if
//! second factors are switched on.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::Serialize;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{no_content, private_json};
use super::sessions::Recent;
use super::sign_in_mail::{SIGNED_IN, answered_on};
use crate::account::RecoveryCodes;
use crate::base::clock::whole_seconds;
use crate::factors::TotpEnrolment;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy, SignedIn};
use crate::sign_in::Answer;

const NOT_CONFIRMED: (u16, &str) =
    (403, "The address is not confirmed: `address_not_verified`. Or refused: `cross_site`");

const OF_STEP: &[(u16, &str)] = &[
    (
        401,
        "Wrong code: `invalid_code`, with `tries_left`. Nothing to use a code for: `sign_in_expired`. Another step is \
         needed: `factor_required`, with `sign_in` and `methods`. To reauthenticate, more is needed: `step_up_required`",
    ),
    (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
];

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_FACTORS: [Self; 7] = [
        Self::FACTORS,
        Self::BEGIN_TOTP,
        Self::CONFIRM_TOTP,
        Self::REMOVE_TOTP,
        Self::RECOVERY_CODES,
        Self::TOTP_STEP,
        Self::RECOVERY_CODE_STEP,
    ];

    const FACTORS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/factors",
            summary: "Show the caller's second factors",
            body: RequestBody::None,
            success: Success { status: 200, description: "The factors", content: SuccessContent::Factors },
            limited: false,
            any_factors: true,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(show(call)),
    };

    const BEGIN_TOTP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/factors/totp",
            summary: "Begin to set up an authenticator app",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "What the app needs to know; it counts once it is confirmed",
                content: SuccessContent::TotpEnrolment,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[(
                403,
                "There is an app, and the session has no `mfa`: `totp_already_set_up`. The address is not confirmed: \
                 `address_not_verified`. Or refused: `cross_site`",
            )],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(begin_totp(call)),
    };

    const CONFIRM_TOTP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/factors/totp/confirm",
            summary: "Confirm an authenticator app with a code of it, and end the other sessions",
            body: RequestBody::Code,
            success: Success {
                status: 200,
                description: "Confirmed; the recovery codes are shown this once",
                content: SuccessContent::RecoveryCodes,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[NOT_CONFIRMED],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(confirm_totp(call)),
    };

    const REMOVE_TOTP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::DELETE,
            path: "/factors/totp",
            summary: "Remove the authenticator app and the recovery codes, and end the other sessions",
            body: RequestBody::None,
            success: Success { status: 204, description: "Removed, or there was none", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[(409, "The account must have a second factor: `last_factor`")],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(remove_totp(call)),
    };

    const RECOVERY_CODES: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/factors/recovery-codes",
            summary: "Generate new recovery codes; the former ones are invalid",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The codes, which are shown this once",
                content: SuccessContent::RecoveryCodes,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[(
                403,
                "There is no factor that they could replace: `totp_not_set_up`. Or refused: `cross_site`",
            )],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(recovery_codes(call)),
    };

    const TOTP_STEP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/totp",
            summary: "Continue a sign-in or a reauthentication with the code of an authenticator app",
            body: RequestBody::SignInFactor,
            success: SIGNED_IN,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: OF_STEP,
        },
        access: &Access::Public { reason: Some("requires a code of the authenticator app") },
        handler: |call| Box::pin(totp_step(call)),
    };

    const RECOVERY_CODE_STEP: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/recovery-code",
            summary: "Continue a sign-in or a reauthentication with a recovery code, which is used up",
            body: RequestBody::SignInFactor,
            success: SIGNED_IN,
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: OF_STEP,
        },
        access: &Access::Public { reason: Some("requires a recovery code") },
        handler: |call| Box::pin(recovery_code_step(call)),
    };
}

/// What an app needs to know.
#[derive(Serialize)]
struct Enrolment<'a> {
    secret: &'a str,
    uri: &'a str,
    qr_svg: &'a str,
    expires_in: u64,
}

#[derive(Serialize)]
struct Codes<'a> {
    recovery_codes: &'a [String],
}

async fn show<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    Ok(private_json(StatusCode::OK, &call.auth.factors(call.claims()?).await?))
}

async fn begin_totp<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    Ok(enrolment(&call.auth.begin_totp(call.claims()?).await?))
}

/// Answers what an app needs to know.
pub(super) fn enrolment(begun: &TotpEnrolment) -> Response {
    let (secret, uri, qr_svg) = (&*begun.secret, &*begun.uri, &*begun.qr_svg);
    let expires_in = whole_seconds(begun.expires_in);
    private_json(StatusCode::OK, &Enrolment { secret, uri, qr_svg, expires_in })
}

async fn confirm_totp<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::ConfirmFactor, &client)?;
    let mut fields = call.fields().await?;
    let code = fields.take::<String>("code");
    let code = fields.finish(code)?;
    let claims = call.claims()?;
    Ok(codes(&call.auth.account_service().confirm_totp(begun, claims, &code, &client).await?))
}

async fn remove_totp<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    call.auth.remove_totp(call.claims()?, &call.client()).await?;
    Ok(no_content())
}

async fn recovery_codes<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    Ok(codes(&call.auth.regenerate_recovery_codes(call.claims()?, &call.client()).await?))
}

fn codes(codes: &RecoveryCodes) -> Response {
    private_json(StatusCode::OK, &Codes { recovery_codes: codes.codes() })
}

async fn totp_step<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    answered_on(call, "code", true, |code: &String| Answer::Totp(code)).await
}

async fn recovery_code_step<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    answered_on(call, "code", true, |code: &String| Answer::RecoveryCode(code)).await
}
