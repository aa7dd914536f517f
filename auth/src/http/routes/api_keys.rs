//! The API keys of an account: `GET /keys`, `POST /keys`, `POST /keys/{id}/rotate`, `DELETE /keys/{id}`. They are there if
//! people may have keys.
//!
//! Making and rotating a key requires a login in the last five minutes (STEP-01): a stolen access token must not become a
//! key that outlives it. Ending one does not: somebody who has published a key should not have to look for the password
//! first. None of these takes a key: a key must not be able to make another one.

use std::fmt;
use std::time::{Duration, SystemTime};

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{no_content, private_json};
use super::sessions::Recent;
use crate::api_keys::{ApiKey, ApiKeyId, ApiKeyInfo, NewApiKey};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::policy::{Policy, SignedIn};

const UNKNOWN: (u16, &str) = (404, "The user has no such key: `not_found`");

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_API_KEYS: [Self; 4] =
        [Self::API_KEYS, Self::CREATE_API_KEY, Self::ROTATE_API_KEY, Self::REVOKE_API_KEY];

    const API_KEYS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/keys",
            summary: "List the caller's API keys",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The keys, the newest first",
                content: SuccessContent::ApiKeys,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(list(call)),
    };

    const CREATE_API_KEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/keys",
            summary: "Make an API key",
            body: RequestBody::NewApiKey,
            success: Success {
                status: 201,
                description: "The key, shown this once",
                content: SuccessContent::NewApiKey,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[(403, "There are fifty: `too_many_keys`. Or refused: `cross_site`")],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(create(call)),
    };

    const ROTATE_API_KEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/keys/{id}/rotate",
            summary: "Make an API key in place of another one, which works for some time more",
            body: RequestBody::KeyOverlap,
            success: Success {
                status: 201,
                description: "The new key, shown this once",
                content: SuccessContent::NewApiKey,
            },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[UNKNOWN, (409, "Another key has taken its place already: `key_replaced`")],
        },
        access: Recent::ACCESS,
        handler: |call| Box::pin(rotate(call)),
    };

    const REVOKE_API_KEY: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::DELETE,
            path: "/keys/{id}",
            summary: "Revoke an API key",
            body: RequestBody::None,
            success: Success { status: 204, description: "Revoked", content: SuccessContent::None },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[UNKNOWN],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(revoke(call)),
    };
}

/// A key as shown to its owner. Times are RFC 3339, in UTC; the last use is a date.
#[derive(Serialize)]
struct Listed<'a> {
    /// The text of a new key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    id: ApiKeyId,
    name: &'a str,
    permissions: &'a [String],
    created_at: String,
    expires_at: Option<String>,
    last_used_on: Option<String>,
    replaced_by: Option<ApiKeyId>,
}

impl<'a> Listed<'a> {
    fn new(key: &'a ApiKeyInfo) -> Self {
        let text = |time: Timestamp| humantime::format_rfc3339_seconds(SystemTime::from(time)).to_string();
        let day = |time| text(time).split('T').next().map(str::to_owned);
        Self {
            key: None,
            id: key.id,
            name: &key.name,
            permissions: &key.permissions,
            created_at: text(key.created_at),
            expires_at: key.expires_at.map(text),
            last_used_on: key.last_used_on.and_then(day),
            replaced_by: key.replaced_by,
        }
    }

    fn made(key: &'a ApiKey) -> Self {
        Self { key: Some(key.expose()), ..Self::new(&key.info) }
    }
}

/// How long a key lives: seconds, or `"never"`.
enum ExpiresIn {
    Seconds(u64),
    Never,
}

impl<'de> Deserialize<'de> for ExpiresIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecondsOrNever;
        impl Visitor<'_> for SecondsOrNever {
            type Value = ExpiresIn;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds, or \"never\"")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<ExpiresIn, E> {
                Ok(ExpiresIn::Seconds(seconds))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ExpiresIn, E> {
                if text == "never" {
                    Ok(ExpiresIn::Never)
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(text), &self))
                }
            }
        }
        deserializer.deserialize_any(SecondsOrNever)
    }
}

async fn list<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let keys = call.auth.api_keys(call.claims()?).await?;
    let listed: Vec<Listed<'_>> = keys.iter().map(Listed::new).collect();
    Ok(private_json(StatusCode::OK, &listed))
}

async fn create<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    let begun = call.auth.begin_attempt(LimitedAction::CreateKey, &client)?;
    let mut fields = call.fields().await?;
    let (name, permissions) = (fields.take::<String>("name"), fields.take::<Vec<String>>("permissions"));
    let expires_in = fields.take::<Option<ExpiresIn>>("expires_in");
    let ((name, permissions), expires_in) = fields.finish(name.zip(permissions).zip(expires_in))?;
    let new = NewApiKey::new(name, permissions);
    let new = match expires_in {
        None => new,
        Some(ExpiresIn::Seconds(seconds)) => new.lives_for(Duration::from_secs(seconds)),
        Some(ExpiresIn::Never) => new.never_expires(),
    };
    let made = call.auth.account_service().create_api_key(begun, call.claims()?, new, &client).await?;
    Ok(private_json(StatusCode::CREATED, &Listed::made(&made)))
}

async fn rotate<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (id, client) = (id(call).await?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::CreateKey, &client)?;
    let overlap = match call.fields_if_any().await? {
        None => None,
        Some(mut fields) => {
            let overlap = fields.take::<Option<u64>>("overlap");
            fields.finish(overlap)?
        }
    };
    let overlap = overlap.map(Duration::from_secs);
    let claims = call.claims()?;
    let made = call.auth.account_service().rotate_api_key(begun, claims, id, overlap, &client).await?;
    Ok(private_json(StatusCode::CREATED, &Listed::made(&made)))
}

async fn revoke<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (id, client) = (id(call).await?, call.client());
    call.auth.revoke_api_key(call.claims()?, id, &client).await?;
    Ok(no_content())
}

/// Extracted by name, because the application may nest these routes below a path with parameters of its own.
#[derive(Deserialize)]
struct KeyPath {
    id: String,
}

async fn id<U: AuthUser>(call: &mut Call<U>) -> Result<ApiKeyId, AuthError> {
    let path = Path::<KeyPath>::from_request_parts(&mut call.parts, &()).await.map_err(|_| AuthError::NotFound)?;
    path.id.parse().map_err(|_| AuthError::NotFound)
}
