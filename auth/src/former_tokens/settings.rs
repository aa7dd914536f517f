//! What an application says about the tokens of its former auth.

use std::fmt;
use std::time::Duration;

use super::date;
use crate::base::clock::Timestamp;
use crate::keys::FormerKey;

/// The access tokens of the auth that an application had before: with which key they were signed, for which user they are,
/// and until when they are accepted. For [`AuthBuilder::former_tokens`](crate::AuthBuilder::former_tokens).
///
/// The key says the algorithm, which no token chooses: HS256 for a [secret](Self::hs256); RS256, ES256, ES384 or `EdDSA`
/// for a [public key](Self::public_key_pem). A token is a signed JWT of at most 8 KiB that says when it expires (`exp`);
/// `nbf` and `iat` are checked if they are there. One that calls itself something else than an access token (`"type":
/// "refresh"`, `"purpose": "reset"`) is refused.
///
/// ```
/// use auth::FormerTokens;
///
/// # fn main() { let old_secret = "x7Qk2mVb9TzRw4Lp0HsN"; let pem = "";
/// // {"sub": "42", "exp": …}
/// FormerTokens::hs256(old_secret).accepted_until("2027-03-01");
/// // {"user_id": 42, "exp": …}, {"user": {"id": 42}, "exp": …}
/// FormerTokens::hs256(old_secret).user_id_claim("user_id").accepted_until("2027-03-01");
/// FormerTokens::hs256(old_secret).user_id_claim("user.id").accepted_until("2027-03-01");
/// // {"sub": "ada@example.org", "iss": "shop", "exp": …}, signed with RS256
/// FormerTokens::public_key_pem(pem).login_claim("sub").issuer("shop").accepted_until("2027-03-01");
/// # }
/// ```
#[must_use = "pass it to `AuthBuilder::former_tokens`"]
#[derive(Debug)]
pub struct FormerTokens {
    pub(super) key: Result<FormerKey, &'static str>,
    pub(super) until: Option<Result<Timestamp, String>>,
    pub(super) user: UserClaim,
    /// Claims that must have these values.
    pub(super) required: Vec<(String, String)>,
    /// How long the former auth made its tokens live.
    pub(super) lifetime: Option<Duration>,
}

/// The claim that says whose a token is.
#[derive(Clone, Debug)]
pub(super) enum UserClaim {
    Id(String),
    Login(String),
}

impl UserClaim {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Id(name) | Self::Login(name) => name,
        }
    }
}

impl FormerTokens {
    /// Tokens that were signed with HS256 and this secret: the bytes that the former auth used, which are neither trimmed
    /// nor decoded. It may be the text that is the [`Secret`](crate::Secret) of this library, too, whose keys are derived
    /// from it: no token of one is a token of the other.
    ///
    /// `build()` refuses a secret that is guessable or shorter than 16 bytes: until the end of the switch, whoever finds
    /// it out could be anybody, administrators included. It is better that everybody signs in once more. One of less than
    /// 32 bytes (RFC 7518 §3.2) is accepted with a warning.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Self {
        Self::of(Ok(FormerKey::hs256(secret.as_ref())))
    }

    /// Tokens that were signed with a key pair, of which this is the public key in PEM (`-----BEGIN PUBLIC KEY-----`):
    /// RSA of 2,048 to 4,096 bits (RS256), P-256 (ES256), P-384 (ES384) or Ed25519 (`EdDSA`).
    pub fn public_key_pem(pem: &str) -> Self {
        Self::of(FormerKey::public_pem(pem))
    }

    fn of(key: Result<FormerKey, &'static str>) -> Self {
        let user = UserClaim::Id("sub".to_owned());
        Self { key, until: None, user, required: Vec::new(), lifetime: None }
    }

    /// Sets the end of the switch, as a date (`2027-03-01`: at its beginning, in UTC), at most 400 days ahead. Required.
    /// Take the day on which the last token of the former auth expires. From then on, the setting does nothing, and a start
    /// says that it can be removed.
    pub fn accepted_until(mut self, date: &str) -> Self {
        self.until = Some(date::read(date).ok_or_else(|| date.to_owned()));
        self
    }

    /// Sets the claim that has the id of the user, as text or as a whole number: `sub` by default. Dots lead into objects
    /// (`user.id`).
    pub fn user_id_claim(mut self, name: &str) -> Self {
        self.user = UserClaim::Id(name.to_owned());
        self
    }

    /// Sets the claim that has a login of the user, which is looked up as at a login: the first field under
    /// `#[auth(login)]`.
    ///
    /// A login can become somebody else's. So a token is refused if this library knows of any change of the account since it
    /// was issued. Prefer an id if the tokens have one.
    pub fn login_claim(mut self, name: &str) -> Self {
        self.user = UserClaim::Login(name.to_owned());
        self
    }

    /// Accepts only tokens with this issuer (`iss`). Not checked otherwise.
    pub fn issuer(self, issuer: &str) -> Self {
        self.claim("iss", issuer)
    }

    /// Accepts only tokens for this audience (`aud`, a text or a list). Not checked otherwise.
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// Accepts only tokens in which this claim has this value, or is a list that has it. Call it if the former auth signed
    /// anything else with its key, such as refresh tokens or mailed links, and told them apart by a claim:
    /// `.claim("scope", "api")`.
    pub fn claim(mut self, name: &str, value: &str) -> Self {
        self.required.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says how long the former auth made its tokens live, if they do not say when they were issued (`iat`): they were
    /// issued that long before they expire. Without either, a token is refused as soon as anything of its user has ended,
    /// even if it was issued later.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Returns until when tokens are accepted. The epoch if that is not known.
    pub(crate) fn until(&self) -> Timestamp {
        self.until.as_ref().and_then(|until| until.as_ref().ok()).copied().unwrap_or_default()
    }

    /// Returns the length of a secret that is shorter than it should be.
    pub(crate) fn short_secret(&self) -> Option<usize> {
        match &self.key {
            Ok(FormerKey::Secret(secret)) => Some(secret.len()).filter(|bytes| *bytes < crate::MIN_SECRET_BYTES),
            _ => None,
        }
    }
}

/// The end, as a person reads it.
pub(super) struct Day(pub(super) Timestamp);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds(self.0.into()).fmt(f)
    }
}
