//! Reads which issuer a token names, before anything about it is verified.
//!
//! The answer chooses among the configured issuers, and says whether a token is worth a request for new keys. It is never
//! used as an address, and never for a decision about the caller: the issuer that it leads to compares `iss` again, in
//! what it has verified.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::base::base64url;
use crate::token::foreign_header::segments;

/// Returns the claim `iss` of a token of at most `max_bytes`.
pub(super) fn issuer(token: &str, max_bytes: usize) -> Option<String> {
    if token.len() > max_bytes {
        return None;
    }
    let (_, payload, _) = segments(token)?;
    let mut json = Vec::new();
    base64url::decode(payload, &mut json)?;
    serde_json::Deserializer::from_slice(&json).deserialize_map(IssuerVisitor).ok()
}

struct IssuerVisitor;

impl<'de> Visitor<'de> for IssuerVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims with an issuer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut issuer = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name != "iss" {
                map.next_value::<IgnoredAny>()?;
            } else if issuer.replace(map.next_value()?).is_some() {
                return Err(Error::duplicate_field("iss"));
            }
        }
        issuer.ok_or_else(|| Error::missing_field("iss"))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::issuer;

    #[test]
    fn only_one_text_in_an_object_is_an_issuer() {
        let of = |json: &str| issuer(&format!("e30.{}.", URL_SAFE_NO_PAD.encode(json)), 1 << 20);
        assert_eq!(of(r#"{"sub":{"iss":"x"},"i\u0073s":"https://a"}"#).as_deref(), Some("https://a"));
        for bad in ["{}", "[]", "", r#"{"iss":["a"]}"#, r#"{"iss":null}"#, r#"{"iss":"a","iss":"a"}"#, r#""iss""#] {
            assert_eq!(of(bad), None, "{bad}");
        }
        assert_eq!(issuer("e30.eyJpc3MiOiJhIn0.", 19), None, "too long");
        assert_eq!(issuer("e30.eyJpc3MiOiJhIn0.", 20).as_deref(), Some("a"));
        assert_eq!(issuer("eyJpc3MiOiJhIn0", 1000), None);
        let deep = format!("{{\"x\":{}", "[".repeat(100_000));
        assert_eq!(of(&deep), None);
    }
}
