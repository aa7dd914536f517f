//! Cached signers and verifiers.
//!
//! `jsonwebtoken::crypto::{sign, verify}` build a signer per call: a key schedule for HMAC, key parsing for the others.
//! Signers cannot cross threads, so every thread caches its own, by key.
//!
//! jsonwebtoken signs; its signers are cached here. `decode` is not used, because it parses header and claims twice and
//! checks less than it appears to.

use std::cell::RefCell;

use jsonwebtoken::crypto::{JwtSigner, JwtVerifier};

use super::crypto_provider::provider;
use super::key::{Key, SignatureError};

/// More keys than any process has in its rings; if a thread caches this many, the cache is cleared.
const MAX_CACHED: usize = 32;

struct SignerCache<T: ?Sized>(Vec<(u64, Box<T>)>);

impl<T: ?Sized> SignerCache<T> {
    fn get(
        &mut self,
        key: &Key,
        make: impl FnOnce() -> Result<Box<T>, jsonwebtoken::errors::Error>,
    ) -> Result<&T, SignatureError> {
        if !self.0.iter().any(|(number, _)| *number == key.number()) {
            if self.0.len() >= MAX_CACHED {
                self.0.clear();
            }
            let made = make().map_err(SignatureError::Key)?;
            self.0.push((key.number(), made));
        }
        let cached = self.0.iter().find(|(number, _)| *number == key.number());
        cached.map(|(_, cached)| &**cached).ok_or(SignatureError::Wrong)
    }
}

thread_local! {
    static SIGNERS: RefCell<SignerCache<dyn JwtSigner>> = const { RefCell::new(SignerCache(Vec::new())) };
    static VERIFIERS: RefCell<SignerCache<dyn JwtVerifier>> = const { RefCell::new(SignerCache(Vec::new())) };
}

pub(super) fn sign(key: &Key, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
    SIGNERS.with_borrow_mut(|cache| {
        let signer = cache.get(key, || (provider().signer_factory)(&key.algorithm(), key.signing()))?;
        signer.try_sign(message).map_err(|_| SignatureError::Wrong)
    })
}

pub(super) fn verify(key: &Key, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
    VERIFIERS.with_borrow_mut(|cache| {
        let verifier = cache.get(key, || (provider().verifier_factory)(&key.algorithm(), key.verifying()))?;
        verifier.verify(message, signature).map_err(|_| SignatureError::Wrong)
    })
}
