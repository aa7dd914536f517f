//! `user show` and `user sessions`: what is stored about an account.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::report::{Report, plain, table};
use super::shown::Shown;
use super::who::Who;
use crate::api_keys::ApiKeyInfo;
use crate::auth::Auth;
use crate::base::clock::Timestamp;
use crate::factors::FactorOwner;
use crate::model::user::AuthUser;
use crate::passkeys::PasskeyInfo;

pub(crate) async fn show<U: AuthUser>(who: Who<U>, auth: &Auth<U>) -> Result<Report, Failure> {
    let user = who.row(auth).await?;
    let mut shown = Shown::of(&user)?;
    if auth.has_factors() {
        let factors = auth.account_service().factors_info(&user).await?;
        shown = shown.with("second_step", factors.second_step);
        if factors.second_step {
            shown = shown.with("recovery_codes_left", factors.recovery_codes_left);
        }
    }
    if let Ok(passkeys) = auth.account_service().sign_in.passkeys() {
        let passkeys = passkeys.of(&FactorOwner::of(&user)).await?;
        let text = passkeys.iter().map(described).collect::<Vec<_>>().join("; ");
        shown = shown.with_text("passkeys", passkeys.iter().map(passkey).collect::<Vec<_>>(), text);
    }
    if auth.has_api_keys() {
        let keys = auth.accounts().api_keys(user.id()).await?;
        let text = keys.iter().map(described_key).collect::<Vec<_>>().join("; ");
        shown = shown.with_text("api_keys", keys.iter().map(api_key).collect::<Vec<_>>(), text);
    }
    Ok(Report::new(shown.text(), shown.into_json()))
}

fn time(time: impl Into<SystemTime>) -> String {
    humantime::format_rfc3339_seconds(time.into()).to_string()
}

fn passkey(passkey: &PasskeyInfo) -> Value {
    json!({
        "id": passkey.id,
        "name": passkey.name,
        "created_at": time(passkey.created_at),
        "last_used_at": passkey.last_used_at.map(time),
        "synced": passkey.synced,
    })
}

/// A passkey, as people read it.
fn described(passkey: &PasskeyInfo) -> String {
    let (place, added) = (if passkey.synced { "synchronized" } else { "on one device" }, time(passkey.created_at));
    let used = passkey.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", time(at)));
    format!("{} ({place}, added {added}, {used})", passkey.name)
}

fn api_key(key: &ApiKeyInfo) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "permissions": key.permissions,
        "created_at": time(key.created_at),
        "created_by": key.created_by,
        "expires_at": key.expires_at.map(time),
        "last_used_on": key.last_used_on.map(day),
        "replaced_by": key.replaced_by,
    })
}

fn day(at: Timestamp) -> String {
    time(at).split('T').next().unwrap_or_default().to_owned()
}

/// A key, as people read it.
fn described_key(key: &ApiKeyInfo) -> String {
    let used = key.last_used_on.map_or_else(|| "never used".to_owned(), |at| format!("used {}", day(at)));
    let ends = key.expires_at.map_or_else(|| "never expires".to_owned(), |at| format!("expires {}", time(at)));
    format!("{} ({}, {used}, {ends})", key.name, key.permissions.join(", "))
}

pub(crate) async fn sessions<U: AuthUser>(who: Who<U>, auth: &Auth<U>) -> Result<Report, Failure> {
    let sessions = auth.sessions(who.row(auth).await?.id()).await?;
    let json: Vec<Value> = sessions
        .iter()
        .map(|session| {
            json!({
                "id": session.id.to_string(),
                "created_at": time(session.created_at),
                "last_used_at": time(session.last_used_at),
                "expires_at": time(session.expires_at),
                "ip": session.ip.map(|ip| ip.to_string()),
                "user_agent": session.user_agent,
            })
        })
        .collect();
    let cell = |session: &Value, name| session.get(name).map_or_else(String::new, plain);
    let rows: Vec<_> = json
        .iter()
        .map(|session| {
            ["id", "created_at", "last_used_at", "expires_at", "ip", "user_agent"].map(|name| cell(session, name))
        })
        .collect();
    let text = if rows.is_empty() {
        "no sessions\n".to_owned()
    } else {
        table(["ID", "BEGAN", "LAST USED", "EXPIRES", "ADDRESS", "USER AGENT"], &rows)
    };
    Ok(Report::new(text, json.into()))
}
