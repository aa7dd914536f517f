//! What the browser says of the ceremony: client data (`WebAuthn` §5.8.1), which the authenticator signs a hash of.

use serde::Deserialize;

use super::error::CeremonyError;
use super::relying_party::RelyingParty;
use crate::base::base64url::decode;

/// Which ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ceremony {
    Registration,
    Authentication,
}

impl Ceremony {
    const fn kind(self) -> &'static str {
        match self {
            Self::Registration => "webauthn.create",
            Self::Authentication => "webauthn.get",
        }
    }
}

/// Client data, read from JSON. A member that is there twice is an error; members that are not listed are ignored, because
/// browsers may add some.
#[derive(Debug, Deserialize)]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<serde::de::IgnoredAny>,
}

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CeremonyError> {
        // By itself the parser does not look into texts of members that it ignores.
        let text = std::str::from_utf8(bytes).map_err(|_| CeremonyError::Malformed)?;
        // A struct is also read from an array of its members, which no browser writes.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(CeremonyError::Malformed);
        }
        serde_json::from_str(text).map_err(|_| CeremonyError::Malformed)
    }

    /// Returns the challenge that was signed.
    pub(super) fn challenge(&self) -> Result<Vec<u8>, CeremonyError> {
        let mut bytes = Vec::new();
        decode(&self.challenge, &mut bytes).ok_or(CeremonyError::Malformed)?;
        Ok(bytes)
    }

    /// Checks everything but the challenge. Origins are those of the settings, as browsers write them, byte by byte: no
    /// header of a request has a say in it.
    pub(super) fn check(&self, ceremony: Ceremony, party: &RelyingParty) -> Result<(), CeremonyError> {
        if self.kind != ceremony.kind() {
            return Err(CeremonyError::Type);
        }
        if !party.origins.contains(&self.origin) {
            return Err(CeremonyError::Origin);
        }
        if self.cross_origin || self.top_origin.is_some() {
            return Err(CeremonyError::CrossOrigin);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ceremony, CeremonyError, ClientData};
    use crate::passkeys::relying_party::RelyingParty;

    fn checked(json: &str) -> Result<(), CeremonyError> {
        let party = RelyingParty::of_test("example.org", &["https://example.org", "https://app.example.org:8443"]);
        ClientData::read(json.as_bytes())?.check(Ceremony::Authentication, &party)
    }

    fn from(origin: &str) -> String {
        format!(r#"{{"type":"webauthn.get","challenge":"AA","origin":"{origin}"}}"#)
    }

    #[test]
    fn pk_03_only_listed_origins_are_accepted_byte_by_byte() {
        assert_eq!(checked(&from("https://example.org")), Ok(()));
        assert_eq!(checked(&from("https://app.example.org:8443")), Ok(()));
        for bad in [
            "http://example.org",
            "https://example.org:443",
            "https://example.org:8443",
            "https://example.org/",
            "https://example.org.",
            "https://EXAMPLE.org",
            "https://www.example.org",
            "https://app.example.org",
            "https://example.org.evil.example",
            "https://evil-example.org",
            "null",
            "",
        ] {
            assert_eq!(checked(&from(bad)), Err(CeremonyError::Origin), "{bad}");
        }
    }

    #[test]
    fn pk_03_frames_of_other_origins_are_refused() {
        let with = |more: &str| {
            checked(&format!(r#"{{"type":"webauthn.get","challenge":"AA","origin":"https://example.org",{more}}}"#))
        };
        assert_eq!(with(r#""crossOrigin":false,"extra":[1]"#), Ok(()));
        assert_eq!(with(r#""crossOrigin":true"#), Err(CeremonyError::CrossOrigin));
        assert_eq!(with(r#""topOrigin":"https://example.org""#), Err(CeremonyError::CrossOrigin));
        assert_eq!(with(r#""crossOrigin":false,"topOrigin":"""#), Err(CeremonyError::CrossOrigin));
        assert_eq!(with(r#""crossOrigin":"no""#), Err(CeremonyError::Malformed));
    }

    #[test]
    fn pk_02_another_type_or_malformed_data_is_refused() {
        let registration = from("https://example.org").replace("get", "create");
        assert_eq!(checked(&registration), Err(CeremonyError::Type));
        assert_eq!(
            checked(&from("https://example.org").replace("webauthn.get", "Webauthn.get")),
            Err(CeremonyError::Type)
        );
        for bad in [
            "",
            "[]",
            "{}",
            "\u{feff}{}",
            r#"{"type":"webauthn.get","challenge":"AA","origin":"https://example.org"} x"#,
            r#"{"type":"webauthn.get","challenge":"AA","origin":"https://example.org","origin":"https://example.org"}"#,
            r#"{"type":"webauthn.get","challenge":"AA","origin":"https://example.org","typ\u0065":"webauthn.get"}"#,
            r#"{"type":"webauthn.get","challenge":["AA"],"origin":"https://example.org"}"#,
            r#"["webauthn.get","AA","https://example.org",false,null]"#,
        ] {
            assert_eq!(checked(bad), Err(CeremonyError::Malformed), "{bad}");
        }
        let not_utf8 =
            [b"{\"other\":\"\xff\",", from("https://example.org").strip_prefix('{').unwrap().as_bytes()].concat();
        assert_eq!(ClientData::read(&not_utf8).unwrap_err(), CeremonyError::Malformed);
        let data = ClientData::read(from("https://example.org").replace("AA", "AA==").as_bytes()).unwrap();
        assert_eq!(data.challenge(), Err(CeremonyError::Malformed));
    }
}
