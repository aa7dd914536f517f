//! Keys: one signer, any number of verifiers, each tied to one algorithm.
//!
//! A key accepts a token by comparing *bytes*: the header segment must equal the one this ring would write. That
//! selects key and algorithm at once, so a foreign header is never interpreted.

mod crypto_provider;
mod data;
mod derive;
#[cfg(all(feature = "password", feature = "testing"))]
mod es256_key_pair;
#[cfg(fuzzing)]
pub(crate) mod fuzz_signatures;
mod jwk;
mod key;
mod lenient;
#[cfg(feature = "password")]
mod public_key;
mod ring;
mod rsa_size;
mod seal;
mod set;
mod signature_algorithm;
mod signer_cache;
mod signing_key;
mod verifying_key;

pub(crate) use crypto_provider::{install, problem};
pub(crate) use data::{DataKey, FactorKeys, WrappedKey};
pub(crate) use derive::{Purpose, derive, hmac_sha256};
#[cfg(all(feature = "password", feature = "testing"))]
pub(crate) use es256_key_pair::Es256KeyPair;
pub(crate) use jwk::{Jwk, JwkSet, NotAKeySet};
pub(crate) use key::{IssuedAs, Key};
#[cfg(feature = "password")]
pub(crate) use public_key::PublicKey;
pub(crate) use ring::KeyRing;
pub(crate) use set::KeySet;
pub use signature_algorithm::SignatureAlgorithm;
#[cfg(feature = "testing")]
pub(crate) use signing_key::SigningKey;
pub(crate) use verifying_key::VerifyingKey;
