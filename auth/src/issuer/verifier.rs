//! Judges a token by a set of keys and the rules of its issuer, in this order, cheapest first: size, form, header, key,
//! algorithm, signature, claims, issuer, audience, times, kind.

use std::sync::Arc;

use super::claim_rules::ClaimRules;
use super::issuer_keys::IssuerKeys;
use super::refused::Refused;
use crate::base::base64url;
use crate::base::clock::Timestamp;
use crate::keys::SignatureAlgorithm;
use crate::model::foreign::{ReadClaims, Verified};
use crate::token::foreign_header::{Header, segments};

/// The longest token that is read, in bytes, and the longest if the application allows long ones (JWT-22).
pub(super) const MAX_TOKEN_BYTES: usize = 8 << 10;
pub(super) const MAX_LARGE_TOKEN_BYTES: usize = 16 << 10;

/// What is the same for all tokens of an issuer.
#[derive(Clone, Debug)]
pub(super) struct Verifier {
    /// The longest token, in bytes (JWT-22).
    pub(super) max_bytes: usize,
    pub(super) algorithms: Vec<SignatureAlgorithm>,
    pub(super) rules: ClaimRules,
}

impl Verifier {
    /// Returns what a token says if it was signed with one of these keys, for us, and is valid now.
    pub(super) fn verify<C: ReadClaims>(
        &self,
        token: &str,
        keys: &IssuerKeys<C>,
        now: Timestamp,
    ) -> Result<Arc<Verified<C>>, Refused> {
        if let Some(verified) = keys.seen(token) {
            // Only accepted tokens are there, and of what they say nothing else can become wrong.
            return self.rules.check_times(&verified.registered, now).map(|()| verified);
        }
        if token.len() > self.max_bytes {
            return Err(Refused::Size);
        }
        let (message, payload, signature) = segments(token).ok_or(Refused::Form)?;
        let mut decoded = Vec::new();
        let header = Header::parse(message.split('.').next().unwrap_or_default()).ok_or(Refused::Header)?;
        base64url::decode(signature, &mut decoded).ok_or(Refused::Form)?;
        keys.verify(&header, &self.algorithms, message.as_bytes(), &decoded)?;
        base64url::decode(payload, &mut decoded).ok_or(Refused::Form)?;
        let verified = Arc::new(claims(&decoded).ok_or(Refused::Claims)?);
        self.rules.check(header.typ.as_deref(), &verified.registered, now)?;
        keys.remember(token, &verified);
        Ok(verified)
    }
}

/// Validated as UTF-8 as a whole: faster than string by string, and just as strict.
fn claims<C: ReadClaims>(payload: &[u8]) -> Option<Verified<C>> {
    C::read_claims(std::str::from_utf8(payload).ok()?).ok()
}
