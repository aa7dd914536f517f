//! Reads the keys that another issuer publishes (RFC 7517): those that can sign tokens, and nothing of the others.
//!
//! A set may have entries that nobody here understands (encryption keys, other curves, names of the future), so an entry
//! that cannot be used is skipped with a reason, and says nothing about the others. No tree of values is built: what a set
//! takes in memory is about its text.

mod entry;

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::verifying_key::VerifyingKey;
use entry::Entry;

/// The most entries of a set (KEY-12). Issuers have two or three keys.
pub(crate) const MAX_KEYS: usize = 100;

/// The keys of a set that can be used.
#[derive(Debug, Default)]
pub(crate) struct JwkSet {
    pub(crate) keys: Vec<Jwk>,
    pub(crate) skipped: Vec<Skipped>,
}

/// A key with its name.
#[derive(Debug, PartialEq)]
pub(crate) struct Jwk {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) key: VerifyingKey,
}

/// An entry that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its place in the set, counted from 0.
    pub(crate) index: usize,
    pub(crate) reason: &'static str,
}

/// The text is not a set of keys.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON Web Key Set of at most {MAX_KEYS} keys")]
pub(crate) struct NotAKeySet(#[source] serde_json::Error);

impl JwkSet {
    /// Reads a set.
    ///
    /// # Errors
    /// If the text is no JSON object with one list `keys`, or the list is too long.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, NotAKeySet> {
        let mut text = serde_json::Deserializer::from_slice(json);
        let set = text.deserialize_map(SetVisitor).and_then(|set| text.end().map(|()| set));
        set.map_err(NotAKeySet)
    }
}

struct SetVisitor;

impl<'de> Visitor<'de> for SetVisitor {
    type Value = JwkSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set of keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JwkSet, A::Error> {
        let mut set = None;
        while let Some(name) = map.next_key::<String>()? {
            if name != "keys" {
                map.next_value::<IgnoredAny>()?;
            } else if set.replace(map.next_value::<JwkSet>()?).is_some() {
                return Err(de::Error::duplicate_field("keys"));
            }
        }
        set.ok_or_else(|| de::Error::missing_field("keys"))
    }
}

/// The list in the set.
impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = JwkSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of keys")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JwkSet, A::Error> {
                let mut set = JwkSet::default();
                let mut index = 0;
                while let Some(entry) = list.next_element::<Entry>()? {
                    if index >= MAX_KEYS {
                        return Err(de::Error::custom("too many keys"));
                    }
                    match entry.key() {
                        Ok((kid, key)) => set.keys.push(Jwk { kid, key }),
                        Err(reason) => set.skipped.push(Skipped { index, reason }),
                    }
                    index += 1;
                }
                Ok(set)
            }
        }
        deserializer.deserialize_seq(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{JwkSet, MAX_KEYS};
    use crate::keys::signature_algorithm::SignatureAlgorithm;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn one(members: &str) -> Result<(SignatureAlgorithm, Option<String>), &'static str> {
        let set = JwkSet::parse(format!("{{\"keys\":[{{{members}}}]}}").as_bytes()).unwrap();
        match (&*set.keys, &*set.skipped) {
            ([one], []) => Ok((one.key.algorithm(), one.kid.as_deref().map(str::to_owned))),
            ([], [skipped]) => Err(skipped.reason),
            other => panic!("{other:?}"),
        }
    }

    fn ed(more: &str) -> Result<(SignatureAlgorithm, Option<String>), &'static str> {
        one(&format!("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{X}\"{more}"))
    }

    fn rsa(more: &str) -> Result<(SignatureAlgorithm, Option<String>), &'static str> {
        one(&format!("\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"{}\"{more}", "_".repeat(341) + "w"))
    }

    #[test]
    fn jwt_03_each_key_has_the_one_algorithm_of_its_type() {
        let algorithm = |result: Result<(SignatureAlgorithm, _), _>| result.map(|(algorithm, _)| algorithm);
        assert_eq!(algorithm(rsa("")), Ok(SignatureAlgorithm::Rs256), "as Entra publishes it");
        assert_eq!(algorithm(rsa(",\"alg\":\"PS256\"")), Ok(SignatureAlgorithm::Ps256));
        assert_eq!(algorithm(ed("")), Ok(SignatureAlgorithm::Ed25519));
        for name in ["EdDSA", "Ed25519"] {
            assert_eq!(algorithm(ed(&format!(",\"alg\":\"{name}\""))), Ok(SignatureAlgorithm::Ed25519));
        }
        for name in ["RS256", "ES256", "HS256", "none", ""] {
            assert!(ed(&format!(",\"alg\":\"{name}\"")).is_err(), "{name}");
        }
        for name in ["ES256", "EdDSA", "HS256", "RSA-OAEP", "RS1"] {
            assert!(rsa(&format!(",\"alg\":\"{name}\"")).is_err(), "{name}");
        }
        assert!(rsa(",\"alg\":256").is_err());
    }

    #[test]
    fn f_05_keys_that_are_not_for_signatures_are_skipped() {
        for fine in [
            "",
            ",\"use\":\"sig\"",
            ",\"key_ops\":[\"verify\"]",
            ",\"x5c\":[\"MII\"],\"x5u\":\"http://x\"",
            ",\"nbf\":1",
        ] {
            assert!(ed(fine).is_ok(), "{fine}");
        }
        for bad in [
            ",\"use\":\"enc\"",
            ",\"use\":null",
            ",\"use\":[\"sig\"]",
            ",\"key_ops\":[\"sign\"]",
            ",\"key_ops\":\"verify\"",
            ",\"key_ops\":[]",
            ",\"d\":\"AA\"",
            ",\"k\":null",
            ",\"kid\":\"\"",
            ",\"kid\":7",
            ",\"crv\":\"Ed25519\"",
            ",\"use\":\"sig\",\"use\":\"sig\"",
        ] {
            assert!(ed(bad).is_err(), "{bad}");
        }
        assert!(one("\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"").is_err());
        assert!(one("\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"").is_err());
    }

    #[test]
    fn f_05_a_key_of_31_bytes_is_skipped_alone() {
        let entry =
            |x: &str, kid: &str| format!("{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"{kid}\",\"x\":\"{x}\"}}");
        let bad = [&X[..42], "", "AAAA", &format!("{X}AAAA"), &format!("{X}="), "%"].map(|x| entry(x, "bad"));
        let others = ["null", "7", "-7.5", "true", "\"key\"", "[[[]]]", "{}", "{\"kty\":{\"a\":[1]}}"];
        let all = [&others.map(str::to_owned)[..], &bad[..], &[entry(X, "good")]].concat();
        let set = JwkSet::parse(format!("{{\"keys\":[{}],\"more\":[1]}}", all.join(",")).as_bytes()).unwrap();
        assert_eq!((set.keys.len(), set.skipped.len()), (1, others.len() + bad.len()), "{set:?}");
        assert_eq!(set.keys[0].kid.as_deref(), Some("good"));
    }

    #[test]
    fn key_12_a_set_is_one_list_of_a_hundred_keys() {
        let set = |number: usize| format!("{{\"keys\":[{}]}}", vec!["{}"; number].join(","));
        assert_eq!(JwkSet::parse(set(MAX_KEYS).as_bytes()).unwrap().skipped.len(), MAX_KEYS);
        let too_many = set(MAX_KEYS + 1);
        for bad in [
            "",
            "[]",
            "{}",
            "null",
            "{\"keys\":{}}",
            "{\"keys\":[],\"keys\":[]}",
            "{\"keys\":[]}x",
            &too_many,
            "\u{feff}{\"keys\":[]}",
        ] {
            assert!(JwkSet::parse(bad.as_bytes()).is_err(), "{bad:.40}");
        }
        assert!(JwkSet::parse(&[0xff; 8]).is_err());
        let deep = format!("{{\"x\":{}}}", "[".repeat(100_000));
        assert!(JwkSet::parse(deep.as_bytes()).is_err());
    }
}
