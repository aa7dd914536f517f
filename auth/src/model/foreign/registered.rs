//! The claims that issuers name alike (RFC 7519 §4.1, OpenID Connect Core §2, RFC 9068 §2.2), and those by which they
//! tell their kinds of tokens apart.

use serde::de::{self, Deserialize, IgnoredAny, MapAccess};
use serde_json::{Value, json};

use super::registered_values::{Methods, Seconds};
use crate::base::clock::Timestamp;
use crate::model::claims::{Amr, Audience};
use crate::model::interned_name::Name;

/// The registered claims of a token of another issuer.
///
/// Times are whole seconds: fractions are cut off, what is before 1970 counts as 1970, and what is too large as the
/// largest number. Texts where a number belongs, and any name that comes twice, are errors.
#[derive(Clone, Debug, Default)]
pub struct ForeignRegistered {
    iss: Option<Name>,
    aud: Option<Audience>,
    exp: Option<u64>,
    nbf: Option<u64>,
    iat: Option<u64>,
    auth_time: Option<u64>,
    amr: Option<Amr>,
    /// Methods that the application derives from other claims.
    more_amr: Amr,
    acr: Option<Box<str>>,
    typ: Option<Box<str>>,
    token_use: Option<Box<str>>,
    token_type: Option<Box<str>>,
    client_id: Option<Box<str>>,
    /// Whether a claim was there that only ID tokens have.
    of_id_token: bool,
    /// Whether it says that something happened.
    of_event: bool,
    /// Whether the issuer said so when it was asked.
    introspected: bool,
}

impl ForeignRegistered {
    /// The names that [`read`](Self::read) looks at.
    pub const NAMES: [&'static str; 16] = [
        "iss",
        "aud",
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "amr",
        "acr",
        "typ",
        "token_use",
        "token_type",
        "client_id",
        "nonce",
        "at_hash",
        "c_hash",
        "events",
    ];

    /// Reads the value of `name` from the map, and returns true, if it is a registered claim; otherwise leaves the value
    /// to the caller, as it does with `events`, of which only the presence matters here.
    ///
    /// # Errors
    /// If the claim comes twice, or has another type.
    pub fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "iss" => once(&mut self.iss, "iss", map)?,
            "aud" => once(&mut self.aud, "aud", map)?,
            "exp" => time(&mut self.exp, "exp", map)?,
            "nbf" => time(&mut self.nbf, "nbf", map)?,
            "iat" => time(&mut self.iat, "iat", map)?,
            "auth_time" => time(&mut self.auth_time, "auth_time", map)?,
            "amr" => {
                let mut methods: Option<Methods> = self.amr.take().map(Methods);
                once(&mut methods, "amr", map)?;
                self.amr = methods.map(|methods| methods.0);
            }
            "acr" => once(&mut self.acr, "acr", map)?,
            "typ" => once(&mut self.typ, "typ", map)?,
            "token_use" => once(&mut self.token_use, "token_use", map)?,
            "token_type" => once(&mut self.token_type, "token_type", map)?,
            "client_id" => once(&mut self.client_id, "client_id", map)?,
            "nonce" | "at_hash" | "c_hash" => {
                map.next_value::<IgnoredAny>()?;
                self.of_id_token = true;
            }
            "events" => {
                self.of_event = true;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns what was read under this name, for a field of the application that has the name of a registered claim.
    /// `None` if it was absent, and for `nonce` and hashes, of which only the presence matters.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        let number = |number: Option<u64>| number.map(Value::from);
        let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
        match name {
            "iss" => self.iss.as_deref().map(Value::from),
            "aud" => self.aud.as_ref().map(|aud| json!(aud)),
            "exp" => number(self.exp),
            "nbf" => number(self.nbf),
            "iat" => number(self.iat),
            "auth_time" => number(self.auth_time),
            "amr" => self.amr.as_ref().map(|amr| json!(amr)),
            "acr" => text(&self.acr),
            "typ" => text(&self.typ),
            "token_use" => text(&self.token_use),
            "token_type" => text(&self.token_type),
            "client_id" => text(&self.client_id),
            _ => None,
        }
    }

    /// Adds a method to those that `amr` names: for a claim that stands for it, such as an `acr` of the issuer.
    pub fn add_method(&mut self, method: Amr) {
        self.more_amr = std::mem::take(&mut self.more_amr).and(method.clone());
        self.amr = self.amr.take().map(|amr| amr.and(method));
    }

    /// Returns the issuer (`iss`), or the empty text if there is none. Never empty in a token that was accepted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.iss.as_deref().unwrap_or_default()
    }

    /// Returns the audience (`aud`). Access tokens of some issuers have none.
    #[must_use]
    pub const fn audience(&self) -> Option<&Audience> {
        self.aud.as_ref()
    }

    /// Returns when the token expires (`exp`): from this second on it is not valid. The epoch if it does not say.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_secs(self.exp.unwrap_or(0))
    }

    /// Returns when the token expires, if it says so.
    pub(crate) fn expiry(&self) -> Option<Timestamp> {
        self.exp.map(Timestamp::from_secs)
    }

    /// Returns when it was issued (`iat`).
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.iat.map(Timestamp::from_secs)
    }

    /// Returns the first second at which it is valid (`nbf`).
    #[must_use]
    pub fn valid_from(&self) -> Option<Timestamp> {
        self.nbf.map(Timestamp::from_secs)
    }

    /// Returns when the user last proved their identity to the issuer (`auth_time`), in seconds since the epoch.
    #[must_use]
    pub const fn auth_time(&self) -> Option<u64> {
        self.auth_time
    }

    /// Returns how they proved it (`amr`, RFC 8176). Empty if the issuer does not say.
    #[must_use]
    pub const fn amr(&self) -> &Amr {
        match &self.amr {
            Some(amr) => amr,
            None => &self.more_amr,
        }
    }

    /// Returns the class of the authentication (`acr`), whose values each issuer defines.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// Returns the client that the token was issued to (`client_id`, RFC 9068 §2.2).
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns the claim `typ`, by which Keycloak tells its tokens apart. Not the header of that name.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Returns the claim `token_use`, by which Cognito tells its tokens apart.
    #[must_use]
    pub fn token_use(&self) -> Option<&str> {
        self.token_use.as_deref()
    }

    /// Returns what introspection calls the type of the token (`token_type`, RFC 7662 §2.2): `Bearer`, `DPoP`.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    /// Whether the token has a claim that OpenID Connect defines for ID tokens alone: `nonce`, `at_hash` or `c_hash`.
    #[must_use]
    pub const fn has_claims_of_id_tokens(&self) -> bool {
        self.of_id_token
    }

    /// Whether the token says that something has happened (`events`, RFC 8417 §2.2), such as that a session has ended.
    #[must_use]
    pub const fn is_about_events(&self) -> bool {
        self.of_event
    }

    /// Whether it is what the issuer said when it was asked about the token, and not what it had signed.
    pub(crate) const fn is_introspected(&self) -> bool {
        self.introspected
    }

    pub(crate) const fn set_introspected(&mut self) {
        self.introspected = true;
    }
}

fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(de::Error::duplicate_field(name));
    }
    *place = Some(map.next_value()?);
    Ok(())
}

fn time<'de, A: MapAccess<'de>>(place: &mut Option<u64>, name: &'static str, map: &mut A) -> Result<(), A::Error> {
    let mut read = place.map(Seconds);
    once(&mut read, name, map)?;
    *place = read.map(|seconds| seconds.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

    use super::ForeignRegistered;
    use crate::model::claims::Amr;

    fn read(json: &str) -> Option<ForeignRegistered> {
        struct Payload;
        impl<'de> Visitor<'de> for Payload {
            type Value = ForeignRegistered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut read = ForeignRegistered::default();
                while let Some(name) = map.next_key::<String>()? {
                    let own = read.read(&name, &mut map)?;
                    assert_eq!(own, name != "events" && ForeignRegistered::NAMES.contains(&&*name), "{name}");
                    if !own {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(read)
            }
        }
        serde_json::Deserializer::from_str(json).deserialize_map(Payload).ok()
    }

    #[test]
    fn jwt_18_times_are_whole_seconds_or_errors() {
        for (text, secs) in [
            ("1800000000", 1_800_000_000),
            ("1800000000.9", 1_800_000_000),
            ("1.8e9", 1_800_000_000),
            ("-1", 0),
            ("-1.5", 0),
            ("0", 0),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551616", u64::MAX),
            ("1e300", u64::MAX),
        ] {
            let read = read(&format!("{{\"exp\":{text}}}")).unwrap();
            assert_eq!(read.exp, Some(secs), "{text}");
        }
        for text in ["\"1800000000\"", "1e400", "NaN", "null", "[]", "{}", "true", ""] {
            for claim in ["exp", "nbf", "iat", "auth_time"] {
                assert!(read(&format!("{{\"{claim}\":{text}}}")).is_none(), "{claim}: {text}");
            }
        }
    }

    #[test]
    fn jwt_19_registered_claims_come_once() {
        for (name, value) in [
            ("iss", "\"a\""),
            ("aud", "\"a\""),
            ("exp", "1"),
            ("nbf", "1"),
            ("iat", "1"),
            ("auth_time", "1"),
            ("amr", "[]"),
            ("acr", "\"1\""),
            ("typ", "\"a\""),
            ("token_use", "\"a\""),
            ("token_type", "\"a\""),
            ("client_id", "\"a\""),
        ] {
            assert!(read(&format!("{{\"{name}\":{value}}}")).is_some(), "{name}");
            assert!(read(&format!("{{\"{name}\":{value},\"{name}\":{value}}}")).is_none(), "{name}");
            let escaped = format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
            assert!(read(&format!("{{\"{name}\":{value},\"{escaped}\":{value}}}")).is_none(), "{escaped}");
        }
    }

    #[test]
    fn methods_are_read_from_a_list_or_a_text() {
        let read = |amr: &str| read(&format!("{{\"amr\":{amr}}}"));
        assert!(read("[\"pwd\",\"mfa\"]").unwrap().amr().contains(Amr::MFA));
        assert!(read("\"mfa\"").unwrap().amr().contains(Amr::MFA));
        assert!(!read("[]").unwrap().amr().contains(Amr::MFA));
        let of_supabase = read(r#"[{"method":"mfa","timestamp":1},"pwd","",7,null,["mfa"]]"#).unwrap();
        assert_eq!(of_supabase.amr().names().collect::<Vec<_>>(), ["pwd"]);
        assert!(read("7").is_none() && read("{}").is_none());
    }

    #[test]
    fn an_added_method_counts_with_and_without_amr() {
        for json in ["{}", "{\"amr\":[\"pwd\"]}"] {
            let mut claims = read(json).unwrap();
            assert!(!claims.amr().contains(Amr::MFA));
            claims.add_method(Amr::MFA);
            assert!(claims.amr().contains(Amr::MFA), "{json}");
        }
    }

    #[test]
    fn values_are_handed_on_as_they_were_read() {
        let claims = read(r#"{"client_id":"web","exp":7.9,"aud":["a","b"],"amr":["pwd"],"nonce":"n"}"#).unwrap();
        let text = |name: &str| claims.value(name).map(|value| value.to_string());
        assert_eq!(text("client_id").as_deref(), Some("\"web\""));
        assert_eq!(text("exp").as_deref(), Some("7"));
        assert_eq!(text("aud").as_deref(), Some("[\"a\",\"b\"]"));
        assert_eq!(text("amr").as_deref(), Some("[\"pwd\"]"));
        assert_eq!((text("iss"), text("nonce")), (None, None));
        assert!(claims.has_claims_of_id_tokens() && !claims.is_about_events());
        assert!(read(r#"{"events":{}}"#).unwrap().is_about_events());
    }
}
