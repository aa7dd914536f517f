//! `POST /register`.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::deliver::deliver;
use super::endpoint::Endpoint;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::event::LimitedAction;
use crate::model::user::{AuthUser, Registration};
use crate::policy::Access;
use crate::sign_in::SignIn;

const AT_ONCE: BuiltinRoute = BuiltinRoute {
    method: MethodFilter::POST,
    path: "/register",
    summary: "Create an account and sign in",
    body: RequestBody::Registration,
    success: Success { status: 201, description: "Account created, signed in", content: SuccessContent::Tokens },
    limited: true,
    any_factors: false,
    keys_only: false,
    failures: &[
        (409, "Login already taken: `taken`"),
        (
            403,
            "Account created, awaiting activation: `inactive_user`. Or refused: `cross_site`, or a code of the application",
        ),
    ],
};

/// For user types some of whose users must have a second factor (`#[auth(mfa(…))]`).
const WITH_ENROLMENT: BuiltinRoute = BuiltinRoute {
    failures: &[
        (202, "Account created; it must have a second factor, which is added in the next step"),
        (409, "Login already taken: `taken`"),
        (
            403,
            "Account created, awaiting activation: `inactive_user`. Or refused: `cross_site`, or a code of the application",
        ),
    ],
    ..AT_ONCE
};

/// For user types with `verified(required)`.
const WITH_CONFIRMATION: BuiltinRoute = BuiltinRoute {
    summary: "Begin to create an account: mail a code and a link that confirm the address",
    success: Success {
        status: 202,
        description: "Accepted, whether there is an account with the address or not",
        content: SuccessContent::Pending,
    },
    failures: &[
        (409, "Login other than the address already taken: `taken`"),
        (403, "Refused: `cross_site`, or a code of the application"),
    ],
    ..AT_ONCE
};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const REGISTER: Self = Self {
        route: match (U::SCHEMA.verified_required, U::MFA.is_some()) {
            (true, _) => &WITH_CONFIRMATION,
            (false, true) => &WITH_ENROLMENT,
            (false, false) => &AT_ONCE,
        },
        access: &Access::Public { reason: Some("sign-up") },
        handler: |call| Box::pin(register(call)),
    };
}

async fn register<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Register, &client)?;
    let mut fields = call.fields().await?;
    // A password is not stored itself, so it may be any text.
    fields.refuse_nul("password");
    let registration = U::Registration::from_fields(&mut fields);
    let password = fields.take::<String>("password");
    let (registration, password) = fields.finish(registration.zip(password))?;
    let (user, tokens) = match call.auth.account_service().register(begun, registration, &password, &client).await? {
        SignIn::Pending(pending) => return Ok(call.auth.pending_response(&pending, channel)?),
        complete @ SignIn::Complete(_) => complete.signed_in()?,
    };
    let delivered = deliver(&call.auth, client, StatusCode::CREATED, (&user, &tokens), channel).await;
    Ok(delivered.map_err(AuthError::after_sign_up)?)
}
