//! The keys of an issuer at one time, and the tokens that were verified with them.
//!
//! A cached token says that one of these keys signed it, which stays true for as long as the issuer has the key: each set
//! has a cache of its own, so a key that the issuer takes back leaves nothing behind.

use std::sync::Arc;

use super::refused::Refused;
use crate::keys::{Jwk, SignatureAlgorithm, VerifyingKey};
use crate::model::foreign::Verified;
use crate::token::cache::Seen;
use crate::token::foreign_header::Header;

/// Of several keys with one name and one algorithm, how many are tried. There should be one.
const TRIED: usize = 4;

/// The keys of an issuer.
pub(super) struct IssuerKeys<C> {
    keys: Vec<Jwk>,
    seen: Seen<Verified<C>>,
}

impl<C> IssuerKeys<C> {
    /// Creates a set with a cache of at most this many bytes.
    pub(super) fn new(keys: Vec<Jwk>, memory: usize) -> Self {
        Self { keys, seen: Seen::new(memory) }
    }

    pub(super) fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// Whether these are the same keys, in the same order.
    pub(super) fn has(&self, keys: &[Jwk]) -> bool {
        self.keys == keys
    }

    /// Returns what was cached of exactly this token.
    pub(super) fn seen(&self, token: &str) -> Option<Arc<Verified<C>>> {
        self.seen.get(token)
    }

    /// Caches an accepted token.
    pub(super) fn remember(&self, token: &str, verified: &Arc<Verified<C>>) {
        self.seen.put(token, verified);
    }

    /// Checks a signature with the key that the header names.
    pub(super) fn verify(
        &self,
        header: &Header,
        allowed: &[SignatureAlgorithm],
        message: &[u8],
        signature: &Vec<u8>,
    ) -> Result<(), Refused> {
        let keys = self.keys_for(header, allowed)?;
        let signed = keys.iter().any(|key| key.verify(message, signature));
        if signed { Ok(()) } else { Err(Refused::Signature) }
    }

    fn keys_for(&self, header: &Header, allowed: &[SignatureAlgorithm]) -> Result<Vec<&VerifyingKey>, Refused> {
        // A name that is no signature's (`none`, `HS256`) fits no key, now or later. Any other may be that of new keys, also
        // if they are called as the former ones were.
        let algorithm = SignatureAlgorithm::named(&header.alg).filter(|algorithm| allowed.contains(algorithm));
        let fits = |jwk: &&Jwk| Some(jwk.key.algorithm()) == algorithm;
        let Some(kid) = header.kid.as_deref() else {
            let mut fitting = self.keys.iter().filter(fits);
            return match (fitting.next(), fitting.next()) {
                (Some(one), None) => Ok(vec![&one.key]),
                (None, _) if algorithm.is_some() => Err(Refused::UnknownKey),
                _ => Err(Refused::NoKeyNamed),
            };
        };
        let named = self.keys.iter().filter(|jwk| jwk.kid.as_deref() == Some(kid));
        let keys: Vec<_> = named.filter(fits).take(TRIED).map(|jwk| &jwk.key).collect();
        match algorithm {
            _ if !keys.is_empty() => Ok(keys),
            Some(_) => Err(Refused::UnknownKey),
            // Not worth a look at new keys.
            None => Err(Refused::Algorithm),
        }
    }
}
