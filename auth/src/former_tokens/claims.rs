//! The claims of a former token, as whoever wrote the former auth happened to name them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::base::clock::Timestamp;

/// The members of a claims set (RFC 7519 §4), no two of the same name.
#[derive(Debug)]
pub(super) struct FormerClaims(Vec<(String, Value)>);

/// Claims by which an application tells its kinds of tokens apart.
const KINDS: [&str; 8] = ["type", "typ", "token_type", "token_use", "tokenType", "kind", "use", "purpose"];
/// What they say of an access token, in small letters.
const ACCESS: [&str; 6] = ["access", "access_token", "access-token", "bearer", "auth", "jwt"];

impl FormerClaims {
    /// Reads a payload: a JSON object, and nothing after it.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let json = std::str::from_utf8(payload).ok()?;
        serde_json::from_str(json).ok()
    }

    /// Returns the claim with this name; if there is none, what is below the names that dots separate (`user.id`).
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.member(name) {
            return Some(value);
        }
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(self.member(first)?, |value, name| value.as_object()?.get(name))
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.0.iter().find_map(|(other, value)| (other == name).then_some(value))
    }

    /// Returns a claim as text: a text that is not empty, or a whole number.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
            _ => None,
        }
    }

    /// Reads a time (`NumericDate`, RFC 7519 §2): `Ok(None)` if it is absent, and an error if it is no number.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, NoTime> {
        let Some(value) = self.member(name) else { return Ok(None) };
        let secs = value.as_u64().or_else(|| value.as_f64().filter(|secs| secs.is_finite()).map(whole));
        secs.map(|secs| Some(Timestamp::from_secs(secs))).ok_or(NoTime)
    }

    /// Whether a claim is this text, or a list that has it.
    pub(super) fn names(&self, name: &str, wanted: &str) -> bool {
        match self.get(name) {
            Some(Value::String(text)) => text == wanted,
            Some(Value::Array(list)) => list.iter().any(|one| one.as_str() == Some(wanted)),
            _ => false,
        }
    }

    /// Whether a claim says that this is no access token: a refresh token, one of a mailed link. What the application
    /// asks for by name (`but`) is for it to judge.
    pub(super) fn is_of_another_kind(&self, but: &[(String, String)]) -> bool {
        let judged = |name: &str| but.iter().any(|(other, _)| other == name);
        KINDS.iter().filter(|name| !judged(name)).filter_map(|name| self.member(name)).any(|value| {
            let kind = value.as_str().map(str::to_ascii_lowercase);
            kind.is_none_or(|kind| !ACCESS.contains(&&*kind))
        })
    }
}

/// A time that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoTime;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
const fn whole(secs: f64) -> u64 {
    secs as u64
}

impl<'de> Deserialize<'de> for FormerClaims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = FormerClaims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FormerClaims, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(Error::custom("a claim comes twice"));
                    }
                    members.push((name, value));
                }
                Ok(FormerClaims(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::{FormerClaims, NoTime};
    use crate::base::clock::Timestamp;

    fn read(json: &str) -> FormerClaims {
        FormerClaims::read(json.as_bytes()).unwrap()
    }

    #[test]
    fn subjects_are_texts_and_whole_numbers_wherever_they_are() {
        for (json, name, found) in [
            (r#"{"sub":"42"}"#, "sub", Some("42")),
            (r#"{"user_id":42}"#, "user_id", Some("42")),
            (r#"{"sub":-7}"#, "sub", Some("-7")),
            (r#"{"user":{"id":18446744073709551615}}"#, "user.id", Some("18446744073709551615")),
            (r#"{"https://x.org/id":"a"}"#, "https://x.org/id", Some("a")),
            (r#"{"user.id":"a","user":{"id":"b"}}"#, "user.id", Some("a")),
            (r#"{"sub":""}"#, "sub", None),
            (r#"{"sub":4.5}"#, "sub", None),
            (r#"{"sub":1e3}"#, "sub", None),
            (r#"{"sub":true}"#, "sub", None),
            (r#"{"sub":null}"#, "sub", None),
            (r#"{"sub":["42"]}"#, "sub", None),
            (r#"{"user":"id"}"#, "user.id", None),
            (r#"{"user":{"id":1}}"#, "user", None),
            ("{}", "sub", None),
        ] {
            assert_eq!(read(json).text(name).as_deref(), found, "{json}");
        }
    }

    #[test]
    fn jwt_19_jwt_24_payloads_that_are_no_plain_objects_are_refused() {
        for bad in [
            "",
            "[]",
            "[[\"sub\",1]]",
            "null",
            "1",
            "{\"a\":1}{}",
            "{\"a\":1,}",
            r#"{"sub":1,"sub":2}"#,
            r#"{"sub":1,"s\u0075b":2}"#,
            "\u{feff}{}",
        ] {
            assert!(FormerClaims::read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(FormerClaims::read(b"{\"a\":\"\xff\"}").is_none());
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(FormerClaims::read(deep.as_bytes()).is_none());
    }

    #[test]
    fn times_are_numbers_of_seconds() {
        for (json, time) in [
            ("{}", Ok(None)),
            (r#"{"exp":1700000000}"#, Ok(Some(1_700_000_000))),
            (r#"{"exp":1700000000.9}"#, Ok(Some(1_700_000_000))),
            (r#"{"exp":-5}"#, Ok(Some(0))),
            (r#"{"exp":"1700000000"}"#, Err(NoTime)),
            (r#"{"exp":null}"#, Err(NoTime)),
            (r#"{"exp":[1]}"#, Err(NoTime)),
        ] {
            assert_eq!(read(json).time("exp"), time.map(|secs| secs.map(Timestamp::from_secs)), "{json}");
        }
        assert!(read(r#"{"exp":1e300}"#).time("exp").unwrap().unwrap() > Timestamp::from_secs(u64::MAX / 2000));
    }

    #[test]
    fn jwt_12_tokens_for_another_purpose_say_so() {
        for good in ["{}", r#"{"type":"access"}"#, r#"{"typ":"Bearer"}"#, r#"{"token_use":"access_token"}"#] {
            assert!(!read(good).is_of_another_kind(&[]), "{good}");
        }
        for bad in
            [r#"{"type":"refresh"}"#, r#"{"purpose":"reset-password"}"#, r#"{"typ":1}"#, r#"{"token_type":"ID"}"#]
        {
            assert!(read(bad).is_of_another_kind(&[]), "{bad}");
        }
        let asked = [("type".to_owned(), "login".to_owned())];
        assert!(!read(r#"{"type":"login"}"#).is_of_another_kind(&asked));
        assert!(read(r#"{"type":"login","purpose":"x"}"#).is_of_another_kind(&asked));
    }
}
