//! `keys …`: the key pairs that access tokens are signed with.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::failure::Failure;
use super::report::{Report, table};
use crate::auth::Auth;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::keys::SigningKey;
use crate::model::user::AuthUser;
use crate::signing_keys::{KeyPhase, SigningKeyInfo};

/// One of these commands.
pub(super) enum Keys {
    List,
    Rotate,
    Retire { id: String },
    Jwks,
}

/// Prints a fresh private key and nothing else, so that a script can take it as it is.
pub(super) fn new() -> Result<Report, Failure> {
    let key = SigningKey::generate().map_err(AuthError::internal)?;
    let pem = key.to_pem().ok_or_else(|| AuthError::internal("a fresh key has no text"))?;
    Ok(Report::new(pem.to_string(), json!({ "id": key.id(), "algorithm": key.algorithm(), "pem": *pem })))
}

impl Keys {
    /// Reads the arguments; `None` if it is another command.
    pub(super) fn read(name: &str, matches: &ArgMatches) -> Option<Self> {
        Some(match name {
            "list" => Self::List,
            "rotate" => Self::Rotate,
            "retire" => Self::Retire { id: matches.get_one::<String>("id")?.clone() },
            "jwks" => Self::Jwks,
            _ => return None,
        })
    }

    pub(super) async fn run<U: AuthUser>(self, auth: &Auth<U>) -> Result<Report, Failure> {
        match self {
            Self::List => Ok(list(&auth.signing_keys())),
            Self::Rotate => {
                let next = auth.rotate_signing_key().await?;
                let from = next.signs_from.map_or_else(String::new, |time| format!(" from {}", rfc3339(time)));
                let text = format!("{} is published now, and signs{from}", next.id);
                Ok(Report::new(text, of(&next)))
            }
            Self::Retire { id } => {
                if !auth.retire_signing_key(&id).await? {
                    let message = format!("there is no managed key `{id}`: `keys list` shows them");
                    return Err(Failure::refused("unknown_key", message));
                }
                Ok(Report::new(
                    format!("{id} is retired: its tokens are refused"),
                    json!({ "id": id, "retired": true }),
                ))
            }
            Self::Jwks => {
                let set = auth.jwk_set();
                let json: Value = serde_json::from_str(&set).unwrap_or_default();
                Ok(Report::new(format!("{json:#}"), json))
            }
        }
    }
}

fn list(keys: &[SigningKeyInfo]) -> Report {
    let json = Value::Array(keys.iter().map(of).collect());
    if keys.is_empty() {
        return Report::new("no key pairs: the secret signs (HS256), and nobody else can verify", json);
    }
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            let from = key.signs_from.map_or_else(|| "-".to_owned(), rfc3339);
            [key.id.clone(), key.algorithm.to_owned(), phase(key.phase).to_owned(), from]
        })
        .collect();
    Report::new(table(["ID", "ALGORITHM", "PHASE", "SIGNS FROM"], &rows), json)
}

fn of(key: &SigningKeyInfo) -> Value {
    json!({
        "id": key.id,
        "algorithm": key.algorithm,
        "phase": phase(key.phase),
        "signs_from": key.signs_from.map(rfc3339),
    })
}

fn rfc3339(time: Timestamp) -> String {
    humantime::format_rfc3339_seconds(time.into()).to_string()
}

const fn phase(phase: KeyPhase) -> &'static str {
    match phase {
        KeyPhase::Next => "next",
        KeyPhase::Signing => "signing",
        KeyPhase::Former => "former",
    }
}
