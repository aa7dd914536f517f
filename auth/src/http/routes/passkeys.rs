//! Passkeys: `POST /sign-in/passkey/options`, `/sign-in/passkey`, `/reauthenticate/passkey/options`,
//! `/reauthenticate/passkey`, and those of an account below `/factors/passkeys`. They are there if passkeys are on.

use std::future::ready;
use std::time::SystemTime;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::call::Call;
use super::deliver::deliver;
use super::endpoint::Endpoint;
use super::response::{hide_table, no_content, private_json};
use super::sessions::Recent;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::claims::Claims;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::passkeys::PasskeyInfo;
use crate::policy::{Access, Policy, SignedIn};
use crate::sign_in::{Completed, SignIn};

pub(super) const OPTIONS: Success =
    Success { status: 200, description: "The options for the browser", content: SuccessContent::PasskeyOptions };
const UNKNOWN: (u16, &str) = (404, "The user has no such passkey: `not_found`");

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_PASSKEYS: [Self; 11] = [
        Self::PASSKEY_SCRIPT,
        Self::PASSKEY_SIGN_IN_OPTIONS,
        Self::PASSKEY_SIGN_IN,
        Self::PASSKEY_REAUTHENTICATION_OPTIONS,
        Self::PASSKEY_REAUTHENTICATION,
        Self::PASSKEYS,
        Self::ACCEPTED_PASSKEYS,
        Self::PASSKEY_OPTIONS,
        Self::ADD_PASSKEY,
        Self::RENAME_PASSKEY,
        Self::REMOVE_PASSKEY,
    ];

    const PASSKEY_SIGN_IN_OPTIONS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/passkey/options",
            summary: "Begin a sign-in with a passkey",
            body: RequestBody::None,
            success: OPTIONS,
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("the options depend on no account") },
        handler: |call| Box::pin(ready(sign_in_options(call))),
    };

    const PASSKEY_SIGN_IN: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/sign-in/passkey",
            summary: "Sign in with a passkey",
            body: RequestBody::PasskeyCredential,
            success: Success { status: 200, description: "Signed in", content: SuccessContent::Tokens },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    401,
                    "Passkey not acceptable: `invalid_passkey`, or no longer known: `unknown_passkey`. Another step is \
                     needed: `factor_required`",
                ),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
            ],
        },
        access: &Access::Public { reason: Some("requires a passkey") },
        handler: |call| Box::pin(sign_in(call)),
    };

    const PASSKEY_REAUTHENTICATION_OPTIONS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/reauthenticate/passkey/options",
            summary: "Begin to reauthenticate with a passkey",
            body: RequestBody::None,
            success: OPTIONS,
            limited: false,
            any_factors: true,
            keys_only: false,
            failures: &[(403, "The account has no passkey: `no_passkey`. Or refused: `cross_site`")],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(reauthentication_options(call)),
    };

    const PASSKEY_REAUTHENTICATION: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/reauthenticate/passkey",
            summary: "Reauthenticate with a passkey, for actions that require a recent login",
            body: RequestBody::PasskeyCredential,
            success: Success { status: 200, description: "A new access token", content: SuccessContent::AccessToken },
            limited: true,
            any_factors: true,
            keys_only: false,
            failures: &[(
                401,
                "Not signed in: `not_signed_in`, `invalid_token`. Passkey not acceptable: `invalid_passkey`, \
                 `unknown_passkey`",
            )],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(reauthenticate(call)),
    };

    const PASSKEYS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/factors/passkeys",
            summary: "List the caller's passkeys",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The passkeys, the oldest first",
                content: SuccessContent::Passkeys,
            },
            limited: false,
            any_factors: true,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(list(call)),
    };

    const ACCEPTED_PASSKEYS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/factors/passkeys/accepted",
            summary: "Tell the browser which passkeys the caller has",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "What `signalAllAcceptedCredentials` takes",
                content: SuccessContent::AcceptedPasskeys,
            },
            limited: false,
            any_factors: true,
            keys_only: false,
            failures: &[(403, "The account never had a passkey: `no_passkey`")],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(accepted(call)),
    };

    const PASSKEY_OPTIONS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/factors/passkeys/options",
            summary: "Begin to add a passkey",
            body: RequestBody::None,
            success: OPTIONS,
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[(
                403,
                "The address is not confirmed: `address_not_verified`. There are twenty: `too_many_passkeys`. Or refused: \
                 `cross_site`",
            )],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(options(call)),
    };

    const ADD_PASSKEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/factors/passkeys",
            summary: "Add the passkey that the browser has made",
            body: RequestBody::PasskeyRegistration,
            success: Success { status: 201, description: "Added", content: SuccessContent::Passkey },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[
                (
                    403,
                    "The address is not confirmed: `address_not_verified`. There are twenty: `too_many_passkeys`. Or \
                     refused: `cross_site`",
                ),
                (409, "The passkey is registered already: `passkey_registered`"),
            ],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(add(call)),
    };

    const RENAME_PASSKEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::PATCH,
            path: "/factors/passkeys/{id}",
            summary: "Rename a passkey",
            body: RequestBody::PasskeyName,
            success: Success { status: 204, description: "Renamed", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[UNKNOWN],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(rename(call)),
    };

    const REMOVE_PASSKEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::DELETE,
            path: "/factors/passkeys/{id}",
            summary: "Remove a passkey, and end the other sessions",
            body: RequestBody::None,
            success: Success { status: 204, description: "Removed", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[UNKNOWN, (409, "There is no other way to sign in: `last_factor`")],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(remove(call)),
    };
}

/// A passkey as shown to its user. Times are RFC 3339, in UTC.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    created_at: String,
    last_used_at: Option<String>,
    synced: bool,
    aaguid: &'a str,
}

impl<'a> Listed<'a> {
    fn new(passkey: &'a PasskeyInfo) -> Self {
        let text = |time: Timestamp| humantime::format_rfc3339_seconds(SystemTime::from(time)).to_string();
        let PasskeyInfo { id, name, created_at, last_used_at, synced, aaguid } = passkey;
        Self { id, name, created_at: text(*created_at), last_used_at: last_used_at.map(text), synced: *synced, aaguid }
    }
}

fn sign_in_options<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    Ok(private_json(StatusCode::OK, &call.auth.begin_passkey_sign_in()?))
}

async fn sign_in<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Login, &client)?;
    let credential = credential(call).await?;
    let outcome = call.auth.account_service().sign_in.passkey_sign_in(begun, &credential, &client).await;
    match outcome.map_err(hide_table)? {
        SignIn::Complete(Completed::SignedIn { user, tokens }) => {
            Ok(deliver(&call.auth, client, StatusCode::OK, (&user, &tokens), channel).await?)
        }
        SignIn::Complete(Completed::Freshened(token)) => Ok(call.auth.fresh_token_response(&token, channel)?),
        SignIn::Pending(pending) => Ok(call.step_response(pending, channel)),
    }
}

async fn reauthentication_options<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let claims = call.claims()?;
    let (user, session) = (U::subject(claims), *claims.registered().sid);
    Ok(private_json(StatusCode::OK, &call.auth.begin_passkey_reauthentication(user, session).await?))
}

async fn reauthenticate<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.callers_channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Reauthenticate, &client)?;
    let credential = credential(call).await?;
    let claims = call.claims()?;
    let (user, session) = (U::subject(claims), *claims.registered().sid);
    let service = call.auth.account_service();
    match service.sign_in.passkey_reauthentication(begun, user, session, &credential, &client).await? {
        SignIn::Pending(pending) => Ok(call.step_response(pending, channel)),
        complete @ SignIn::Complete(_) => Ok(call.auth.fresh_token_response(&complete.freshened()?, channel)?),
    }
}

async fn credential<U: AuthUser>(call: &mut Call<U>) -> Result<Value, AuthError> {
    let mut fields = call.fields().await?;
    let credential = fields.take::<Map<String, Value>>("credential");
    fields.finish(credential.map(Value::Object))
}

async fn list<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let passkeys = call.auth.passkeys(call.claims()?).await?;
    let listed: Vec<Listed<'_>> = passkeys.iter().map(Listed::new).collect();
    Ok(private_json(StatusCode::OK, &listed))
}

async fn accepted<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    Ok(private_json(StatusCode::OK, &call.auth.accepted_passkeys(call.claims()?).await?))
}

async fn options<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    Ok(private_json(StatusCode::OK, &call.auth.begin_passkey(call.claims()?).await?))
}

async fn add<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::AddPasskey, &client)?;
    let mut fields = call.fields().await?;
    let (credential, name) = (fields.take::<Map<String, Value>>("credential"), fields.take::<String>("name"));
    let (credential, name) = fields.finish(credential.zip(name))?;
    let claims = call.claims()?;
    let added =
        call.auth.account_service().add_passkey(begun, claims, (Value::Object(credential), &name), &client).await?;
    Ok(private_json(StatusCode::CREATED, &Listed::new(&added)))
}

async fn rename<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let id = id(call).await?;
    let mut fields = call.fields().await?;
    let name = fields.take::<String>("name");
    let name = fields.finish(name)?;
    call.auth.rename_passkey(call.claims()?, &id, &name).await?;
    Ok(no_content())
}

async fn remove<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (id, client) = (id(call).await?, call.client());
    call.auth.remove_passkey(call.claims()?, &id, &client).await?;
    Ok(no_content())
}

/// Extracted by name, because the application may nest these routes below a path with parameters of its own.
#[derive(Deserialize)]
struct PasskeyPath {
    id: String,
}

async fn id<U: AuthUser>(call: &mut Call<U>) -> Result<String, AuthError> {
    let path = Path::<PasskeyPath>::from_request_parts(&mut call.parts, &()).await;
    let Path(PasskeyPath { id }) = path.map_err(|_| AuthError::NotFound)?;
    Ok(id)
}
