//! A cache of verified tokens: the next request with one of them needs no HMAC, no base64 and no JSON.
//!
//! An entry says what a token contains and that one of our keys signed it, which stays true for as long as we have the
//! key: each key ring has its own cache, which is dropped with it. Expiry and revocation are checked on every request.
//! Only accepted tokens are cached, so requests with invalid ones take no space.
//!
//! Tokens that were verified are remembered (`token_cache`), because neither the content of a token nor its signer ever
//! changes. HMAC, base64 and JSON take 1.2 µs; a lookup takes 0.1 µs. Each key ring has its own cache, so a rotation
//! leaves nothing behind, and a verification in progress stores its result in the ring it started with.
//!
//! Whole tokens are compared, so correctness does not depend on a hash; the slot is found by the signature, hashed with
//! a random key. Only accepted tokens are stored. The limit is in bytes, not in tokens, and eviction favours tokens
//! that come again. Expiry and revocation can change between two requests, so they are not cached.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::base::secret::same_bytes;

/// What a typical token takes together with its claims; determines the number of locks.
const USUAL_BYTES: usize = 1024;
/// The approximate cost of an entry besides token and claims.
const PLACE_BYTES: usize = 192;
/// The length of an HMAC-SHA-256 in base64url; enough of a longer signature, too.
const SIGNATURE_CHARS: usize = 43;

/// The claims of accepted tokens, keeping the most recently and most often used.
pub(crate) struct Seen<C>(Option<Cache<Token, Arc<C>, Bytes>>);

impl<C> Seen<C> {
    /// Creates a cache of at most this many bytes; with 0, it caches nothing.
    pub(crate) fn new(bytes: usize) -> Self {
        let weight = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self((bytes > 0).then(|| Cache::with_weighter(bytes.div_ceil(USUAL_BYTES), weight, Bytes)))
    }

    /// Returns the claims of exactly this token.
    pub(crate) fn get(&self, token: &str) -> Option<Arc<C>> {
        self.0.as_ref()?.get(&Presented(token))
    }

    /// Caches an accepted token.
    pub(crate) fn put(&self, token: &str, claims: &Arc<C>) {
        if let Some(seen) = &self.0 {
            seen.insert(Token(token.into()), Arc::clone(claims));
        }
    }
}

/// A cached token, in full: only identical bytes are the same token.
#[derive(PartialEq, Eq)]
struct Token(Box<str>);

/// A token that came with a request.
struct Presented<'a>(&'a str);

impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Presented(&self.0).hash(state);
    }
}

impl Hash for Presented<'_> {
    /// Hashes the end of the token, which is the signature: no two tokens that we signed share one. The hash is keyed
    /// with a secret key, so without a valid signature an attacker never reaches the byte comparison (and its timing).
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(signature(self.0));
    }
}

/// Returns the end of a token, which is its signature.
fn signature(token: &str) -> &[u8] {
    let (_, signature) = token.as_bytes().split_at(token.len().saturating_sub(SIGNATURE_CHARS));
    signature
}

/// Returns whether `presented` is exactly the token that was verified. The signatures are compared in constant time,
/// the rest only if they are equal: whoever has the signature has the token.
pub(crate) fn same_token(verified: &str, presented: &str) -> bool {
    same_bytes(signature(verified), signature(presented)) && verified == presented
}

impl Equivalent<Token> for Presented<'_> {
    fn equivalent(&self, token: &Token) -> bool {
        *self.0 == *token.0
    }
}

/// The approximate memory of a token: its claims hold the same data in three quarters of the characters.
#[derive(Clone)]
struct Bytes;

impl<C> Weighter<Token, Arc<C>> for Bytes {
    fn weight(&self, token: &Token, _: &Arc<C>) -> u64 {
        let claims = size_of::<C>() + token.0.len() * 3 / 4;
        u64::try_from(token.0.len() + claims + PLACE_BYTES).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::sync::Arc;

    use quick_cache::Weighter;

    use super::{Bytes, PLACE_BYTES, Presented, SIGNATURE_CHARS, Seen, Token};

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF";

    #[test]
    fn a_token_that_differs_in_one_byte_is_another() {
        let seen = Seen::new(1 << 20);
        seen.put(TOKEN, &Arc::new(1));
        assert_eq!(seen.get(TOKEN).as_deref(), Some(&1));
        for place in 0..TOKEN.len() {
            let mut other = TOKEN.to_owned().into_bytes();
            other[place] ^= 1;
            assert!(seen.get(&String::from_utf8(other).unwrap()).is_none(), "byte {place}");
        }
        for other in ["", &TOKEN[1..], &TOKEN[..TOKEN.len() - 1], &format!("{TOKEN}="), &format!("e{TOKEN}")] {
            assert!(seen.get(other).is_none(), "{other}");
        }
    }

    #[test]
    fn only_who_has_a_valid_signature_reaches_the_comparison() {
        let hash = |token: &str| {
            let mut hasher = DefaultHasher::new();
            Presented(token).hash(&mut hasher);
            hasher.finish()
        };
        let (_, signature) = TOKEN.split_at(TOKEN.len() - SIGNATURE_CHARS);
        assert_eq!(hash(TOKEN), hash(&format!("another.payload{signature}")));
        for place in 0..SIGNATURE_CHARS {
            let mut other = signature.to_owned().into_bytes();
            other[place] ^= 1;
            assert_ne!(hash(TOKEN), hash(&String::from_utf8(other).unwrap()), "character {place}");
        }
    }

    #[test]
    fn an_entry_weighs_token_and_claims_and_its_place() {
        let weight = Bytes.weight(&Token("x".repeat(4_000).into()), &Arc::new([0_u8; 100]));
        assert_eq!(weight, u64::try_from(4_000 + 3_000 + 100 + PLACE_BYTES).unwrap());
    }

    #[test]
    fn memory_is_bounded_and_none_is_none() {
        const BYTES: usize = 64 << 10;
        let seen = Seen::new(BYTES);
        for n in 0..10_000 {
            seen.put(&format!("{n}.{TOKEN}{n}"), &Arc::new(n));
        }
        let cache = seen.0.as_ref().unwrap();
        assert!(cache.weight() <= u64::try_from(BYTES).unwrap(), "{}", cache.weight());
        assert!((50..BYTES / TOKEN.len()).contains(&cache.len()), "{}", cache.len());
        let none = Seen::new(0);
        none.put(TOKEN, &Arc::new(1));
        assert!(none.get(TOKEN).is_none());
    }

    #[test]
    fn reused_tokens_survive_a_flood_of_one_time_tokens() {
        let seen = Seen::new(64 << 10);
        seen.put(TOKEN, &Arc::new(0));
        for n in 1..10_000 {
            assert!(seen.get(TOKEN).is_some(), "after {n}");
            seen.put(&format!("{n}.{TOKEN}{n}"), &Arc::new(n));
        }
    }
}
