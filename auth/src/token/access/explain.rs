//! The verifier, one check at a time: which of them a token does not pass, and why.
//!
//! Each check is the one that [`AccessTokens::verify`] makes, and its answer has the last word: if it refuses what
//! passes every check here, that is said, too. For operators only. A caller is never told why.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{AccessTokens, MAX_TOKEN_BYTES, read};
use crate::base::base64url;
use crate::base::clock::Timestamp;
use crate::base::misleading::is_misleading;
use crate::keys::{IssuedAs, Key, KeyRing};
use crate::model::claims::{Claims, Registered};
use crate::model::interned_name::Name;

/// One check of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// A stable word.
    pub(crate) name: &'static str,
    pub(crate) passed: bool,
    /// What was found, and what was expected. Never the token, or its signature.
    pub(crate) detail: String,
}

impl Check {
    pub(crate) fn new(name: &'static str, passed: bool, detail: impl Into<String>) -> Self {
        Self { name, passed, detail: detail.into() }
    }
}

impl<C: Claims> AccessTokens<C> {
    /// Returns the checks up to the first one after which the others mean nothing, and the claims of an accepted token.
    pub(crate) fn explain(&self, token: &str, now: Timestamp) -> (Vec<Check>, Option<Arc<C>>) {
        let mut checks = Vec::new();
        self.checks(token, now, &mut checks);
        let accepted = self.verify(token, now);
        if accepted.is_none() && checks.iter().all(|check| check.passed) {
            checks.push(Check::new("verifier", false, "refused, although every check above passes"));
        }
        (checks, accepted)
    }

    fn checks(&self, token: &str, now: Timestamp, checks: &mut Vec<Check>) {
        let mut add = |name, passed, detail: String| {
            checks.push(Check::new(name, passed, detail));
            passed
        };
        let size = format!("{} bytes, at most {MAX_TOKEN_BYTES}", token.len());
        let segments: Vec<&str> = token.split('.').collect();
        if !add("size", token.len() <= MAX_TOKEN_BYTES, size) {
            return;
        }
        let (formed, detail) = form(&segments);
        if !add("form", formed, detail) {
            return;
        }
        let ring = self.ring.load();
        let signer = ring.keys.tokens.signer(now);
        let by = ring.keys.tokens.key_of(token);
        let place = by.map(|key| usize::from(!std::ptr::eq(key, signer)));
        let (key, detail) = key(place, segments.first(), signer.header());
        if !add("key", key, detail) {
            return;
        }
        let signed = ring.keys.tokens.open(token, |_| Some(())).is_some();
        let own = by.and_then(|key| KeyRing::sign_with(key, b"").ok());
        let length = own.and_then(|own| bytes(own.rsplit('.').next()?)).map_or(0, |own| own.len());
        if !add("signature", signed, signature(signed, segments.last(), length)) {
            return;
        }
        let claims = read::<C>(&ring.keys.tokens, token);
        if !add("claims", claims.is_some(), claims_read::<C>(segments.get(1).copied(), claims.is_some())) {
            return;
        }
        let Some((key, claims)) = claims else { return };
        let claims = claims.registered();
        let own = ring.store.accepts(&claims);
        add("store", own, if own { "of this database" } else { "of another database with the same secret" }.to_owned());
        named(key, &claims, &mut add);
        self.timed(&claims, now, &mut add);
    }

    fn timed(&self, claims: &Registered<'_>, now: Timestamp, add: &mut impl FnMut(&'static str, bool, String) -> bool) {
        let rules = &self.rules;
        let (now, leeway) = (now.as_secs(), rules.leeway.as_secs());
        let begins = claims.nbf.unwrap_or(0).max(claims.iat);
        let detail = if begins > now {
            let claim = if begins > claims.iat { "nbf" } else { "iat" };
            format!("not valid yet: `{claim}` is in {}, leeway {}", duration(begins - now), duration(leeway))
        } else {
            format!("{} ago", duration(now - begins))
        };
        add("issued", rules.has_begun(claims, now), detail);
        let detail = if claims.exp > now {
            format!("in {}", duration(claims.exp - now))
        } else {
            format!("expired {} ago, leeway {}", duration(now - claims.exp), duration(leeway))
        };
        add("expiry", rules.is_unexpired(claims, now), detail);
        let life = claims.exp.saturating_sub(claims.iat);
        let detail = format!("{}, at most {}", duration(life), duration(rules.ttl.as_secs()));
        add("lifetime", rules.is_short(claims), detail);
    }
}

/// Issuer and audience belong to the key, which may have had other names; and one that signs no more has an end.
fn named(key: &Key, claims: &Registered<'_>, add: &mut impl FnMut(&'static str, bool, String) -> bool) {
    let expected = |name: fn(&IssuedAs) -> &Name| {
        let mut names: Vec<String> = key.names().map(|names| format!("`{}`", &**name(names))).collect();
        names.dedup();
        names.join(" or ")
    };
    let issued = key.names().find(|names| claims.iss == &*names.issuer);
    let issuer = format!("`{}`, expected {}", short(claims.iss), expected(|names| &names.issuer));
    add("issuer", issued.is_some(), issuer);
    let of_issuer = key
        .names()
        .any(|names| claims.aud.contains(&names.audience) && (issued.is_none() || claims.iss == &*names.issuer));
    add("audience", of_issuer, format!("expected {}", expected(|names| &names.audience)));
    if key.has_retired(claims) {
        let detail = "signed with the secret, although a key pair has signed for more than a day".to_owned();
        add("signer", false, detail);
    }
}

fn form(segments: &[&str]) -> (bool, String) {
    let said = match segments {
        ["", ..] => "the header is empty",
        [_, "", ..] => "the payload is empty",
        [_, payload, _] if bytes(payload).is_none() => "the payload is not base64url without `=`",
        [_, _, signature] if bytes(signature).is_none() => "the signature is not base64url without `=`",
        [_, _, _] => return (true, "header, payload and signature".to_owned()),
        [_] => "no JWT, which has two dots",
        [_, _, _, _, _] => "an encrypted JWT, which this library does not issue",
        more => return (false, format!("{} segments instead of 3", more.len())),
    };
    (false, said.to_owned())
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    base64url::decode(text, &mut bytes).map(|()| bytes)
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&bytes(text)?).ok()
}

/// `own`: how many bytes a signature of ours has.
fn signature(signed: bool, found: Option<&&str>, own: usize) -> String {
    if signed {
        return "made with this key".to_owned();
    }
    match found.and_then(|text| bytes(text)).map_or(0, |bytes| bytes.len()) {
        0 => "there is none".to_owned(),
        length if length != own => format!("{length} bytes instead of {own}: was the token cut off, or added to?"),
        _ => "not made with this key, or header or payload were changed".to_owned(),
    }
}

/// Says which key signed it, or what about the header no key has.
fn key(place: Option<usize>, header: Option<&&str>, own: &str) -> (bool, String) {
    match place {
        Some(0) => return (true, "the current one".to_owned()),
        Some(_) => return (true, "one that does not sign at the moment, and verifies".to_owned()),
        None => {}
    }
    let (Some(found), Some(own)) = (header.and_then(|text| object(text)), object(own.trim_end_matches('.'))) else {
        return (false, "the header is not a JSON object in base64url".to_owned());
    };
    let names = ["alg", "typ", "kid"];
    let mut wrong: Vec<String> = names
        .iter()
        .filter(|name| found.get(**name) != own.get(**name))
        .map(|name| {
            let text = |header: &Map<String, Value>| match header.get(*name) {
                None => "missing".to_owned(),
                Some(Value::String(text)) => format!("`{}`", short(text)),
                Some(_) => "no text".to_owned(),
            };
            let whose = if *name == "kid" { "of no key in use; the current one is" } else { "expected" };
            format!("`{name}` is {}, {whose} {}", text(&found), text(&own))
        })
        .collect();
    wrong.extend(
        found
            .keys()
            .filter(|name| !own.contains_key(*name))
            .take(8)
            .map(|name| format!("`{}` is nothing that this library writes", short(name))),
    );
    if wrong.is_empty() {
        wrong.push("the header has the right values, but is not spelled as this library writes it".to_owned());
    }
    (false, wrong.join("; "))
}

/// Why the payload cannot be read. Messages of the parser are repeated only if they hold no value.
fn claims_read<C: Claims>(payload: Option<&str>, read: bool) -> String {
    if read {
        return "as this user type has them".to_owned();
    }
    let payload = payload.and_then(bytes).unwrap_or_default();
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(&payload) else {
        return "the payload is not a JSON object".to_owned();
    };
    let error = serde_json::from_slice::<C>(&payload).err().map(|error| error.to_string()).unwrap_or_default();
    if ["missing field", "duplicate field"].iter().any(|known| error.starts_with(known)) {
        return short(error.split(" at line").next().unwrap_or_default());
    }
    match claims.keys().find(|name| is_at_fault::<C>(&claims, name)) {
        Some(name) => format!(
            "`{}` is {} that this user type does not read: of another type, out of range, or an unknown role or permission",
            short(name),
            kind(claims.get(name))
        ),
        None => "not as this user type has them: several claims have another type".to_owned(),
    }
}

/// Whether the claims can be read without this one, or are only missing it. A claim of the wrong type is noticed before
/// one that is missing.
fn is_at_fault<C: Claims>(claims: &Map<String, Value>, name: &str) -> bool {
    let mut others = claims.clone();
    others.remove(name);
    match serde_json::from_str::<C>(&Value::Object(others).to_string()) {
        Ok(_) => true,
        Err(error) => error.to_string().starts_with(&format!("missing field `{name}`")),
    }
}

const fn kind(value: Option<&Value>) -> &'static str {
    match value {
        Some(Value::String(_)) => "a text",
        Some(Value::Number(_)) => "a number",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
        Some(Value::Bool(_)) => "true or false",
        Some(Value::Null) | None => "null",
    }
}

/// A text from the token, for a line of a terminal.
fn short(text: &str) -> String {
    text.chars().map(|c| if is_misleading(c) { '\u{fffd}' } else { c }).take(80).collect()
}

fn duration(seconds: u64) -> String {
    humantime::format_duration(std::time::Duration::from_secs(seconds)).to_string()
}
