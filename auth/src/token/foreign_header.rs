//! The form and the header of a token that somebody else signed (RFC 7515 §4). The header is not trusted: it only helps to
//! choose among the keys that the issuer has.
//!
//! `jku`, `x5u`, `jwk` and `x5c` name or bring keys. They are read over like every unknown name, and nothing is ever
//! fetched because of them (RFC 8725 §3.10). `crit` lists extensions without which the token must not be accepted
//! (§4.1.11); none is supported, so whatever has it is refused.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::base::base64url;

/// The longest header, in bytes of JSON.
const MAX_BYTES: usize = 1024;

/// Splits a token into what is signed, the payload in it, and the signature. A token of other than three segments is none
/// that is signed: five are encrypted, one is opaque.
pub(crate) fn segments(token: &str) -> Option<(&str, &str, &str)> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    (!header.is_empty() && !payload.contains('.')).then_some((message, payload, signature))
}

/// What matters of a header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
}

impl Header {
    /// Reads the first segment of a token. `None` if it is too long, is not base64url of a JSON object, has a name twice
    /// (RFC 7515 §4), or `crit`.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        if segment.len() > MAX_BYTES.div_ceil(3) * 4 {
            return None;
        }
        let mut json = Vec::new();
        base64url::decode(segment, &mut json)?;
        if json.len() > MAX_BYTES {
            return None;
        }
        let mut text = serde_json::Deserializer::from_slice(&json);
        let header = text.deserialize_map(HeaderVisitor).ok()?;
        text.end().ok().map(|()| header)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let (mut alg, mut header) = (None, Header::default());
        // A header of this size has few names.
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            if names.contains(&name) {
                return Err(Error::custom("a name comes twice"));
            }
            match &*name {
                "alg" => alg = Some(map.next_value()?),
                "kid" => header.kid = Some(map.next_value()?),
                "typ" => header.typ = Some(map.next_value()?),
                "crit" => return Err(Error::custom("an extension is needed")),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            names.push(name);
        }
        header.alg = alg.ok_or_else(|| Error::missing_field("alg"))?;
        Ok(header)
    }
}

/// A name, which is copied only if it has escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Header, MAX_BYTES};

    fn parse(json: &str) -> Option<Header> {
        Header::parse(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn jwt_05_keys_in_the_header_are_read_over() {
        let header = parse(
            r#"{"alg":"RS256","kid":"a","typ":"JWT","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","x5c":["MII"],
               "jwk":{"kty":"oct","k":"AAAA","alg":"HS256","kid":"b"},"x5t":"x","cty":"JWT","b64":true}"#,
        );
        let expected = Header { alg: "RS256".into(), kid: Some("a".into()), typ: Some("JWT".into()) };
        assert_eq!(header, Some(expected));
    }

    #[test]
    fn jwt_08_and_jwt_19_crit_and_repeated_names_are_refused() {
        assert!(parse(r#"{"alg":"RS256"}"#).is_some());
        for bad in [
            r#"{"alg":"RS256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"RS256","crit":[]}"#,
            r#"{"alg":"RS256","crit":null}"#,
            r#"{"alg":"RS256","cr\u0069t":["exp"]}"#,
            r#"{"alg":"RS256","alg":"RS256"}"#,
            r#"{"alg":"RS256","a\u006cg":"none"}"#,
            r#"{"alg":"RS256","x":1,"x":1}"#,
            r#"{"alg":"RS256","kid":"a","kid":"a"}"#,
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn jwt_24_what_is_no_json_object_of_texts_is_refused() {
        for bad in [
            "",
            "{}",
            "[]",
            "null",
            r#""alg""#,
            r#"{"alg":null}"#,
            r#"{"alg":["RS256"]}"#,
            r#"{"alg":256}"#,
            r#"{"alg":"RS256","kid":7}"#,
            r#"{"alg":"RS256","kid":null}"#,
            r#"{"alg":"RS256","typ":["JWT"]}"#,
            r#"{"alg":"RS256"}{}"#,
            r#"{"alg":"RS256",}"#,
            "\u{feff}{\"alg\":\"RS256\"}",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        let utf_16: Vec<u8> = r#"{"alg":"RS256"}"#.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&utf_16[..], b"{\"alg\":\"RS256\",\"kid\":\"\xff\"}"] {
            assert_eq!(Header::parse(&URL_SAFE_NO_PAD.encode(bytes)), None);
        }
        assert_eq!(Header::parse("eyJhbGciOiJSUzI1NiJ9="), None, "padding");
    }

    #[test]
    fn headers_of_more_than_a_kibibyte_are_refused() {
        let of = |bytes: usize| {
            let json = r#"{"alg":"RS256","x":""}"#;
            parse(&json.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "a".repeat(bytes - json.len()))))
        };
        assert!(of(MAX_BYTES).is_some());
        assert!(of(MAX_BYTES + 1).is_none() && of(MAX_BYTES + 100).is_none());
        assert!(Header::parse(&"A".repeat(4 << 20)).is_none());
    }
}
