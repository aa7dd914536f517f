//! Keys of access tokens: key pairs that others can verify with, and what is made of the secret.
//!
//! Without a key pair, tokens are signed with a key that is derived from the [secret](crate::Secret) (HS256), and only
//! who has the secret can verify them. With one, every service can, by the public key that
//! [`Auth::well_known`](crate::Auth::well_known) publishes:
//!
//! ```no_run
//! # use auth::{Auth, AuthUser, Secret};
//! # use auth::keys::SigningKey;
//! # async fn demo<U: AuthUser>(pool: impl auth::store::Backend<U>) -> auth::Result<()> {
//! let auth = Auth::<U>::builder(pool)
//!     .secret(Secret::env("JWT_SECRET_KEY")?) // as before: it signs messages and mailed links
//!     .issuer("https://shop.example.org")
//!     .audience("https://api.shop.example.org")
//!     .signing_key(SigningKey::es256_env_or_file("SIGNING_KEY", "signing.pem")?)
//!     .build()
//!     .await?;
//! # drop(auth);
//! # Ok(()) }
//! ```
//!
//! # Rotation
//!
//! Other services keep a key set for minutes or hours, so a key is published before it signs, and as long as tokens of it
//! live after it did. That takes three deployments, a day or more apart:
//!
//! | | `next_key` | `signing_key` | `former_key` |
//! |---|---|---|---|
//! | before | | A | |
//! | B is published | B | A | |
//! | B signs, A is accepted | | B | A |
//! | A is gone | | B | |
//!
//! The same order takes a service from HS256 to a key pair without a refused request: first list it as
//! [`next_key`](crate::AuthBuilder::next_key), so that every instance accepts its tokens, then as
//! [`signing_key`](crate::AuthBuilder::signing_key). Tokens that the secret signed are accepted for a day after that.
//!
//! [`ManagedKeys`] do all of that by themselves.
//
// A key accepts a token by comparing *bytes*: the header segment must equal the one this ring would write. That selects
// key and algorithm at once, so a foreign header is never interpreted.

mod crypto_provider;
mod data;
mod derive;
#[cfg(feature = "testing")]
mod es256_key_pair;
mod former_key;
#[cfg(fuzzing)]
pub(crate) mod fuzz_signatures;
mod jwk;
mod key;
mod key_pair;
mod key_plan;
mod lenient;
mod managed_keys;
mod p256_private_key;
mod pair_algorithm;
mod pem;
mod public_jwk;
#[cfg(feature = "password")]
mod public_key;
mod public_pem;
mod published_keys;
mod ring;
mod rsa_size;
mod seal;
mod secret_key;
mod set;
mod signature_algorithm;
mod signer_cache;
mod signing_key;
mod signing_key_error;
mod verifying_key;

pub(crate) use crypto_provider::{install, problem};
pub(crate) use data::{DataKey, FactorKeys, SealingKey, WrappedKey};
pub(crate) use derive::{Purpose, derive, hmac_sha256};
#[cfg(feature = "testing")]
pub(crate) use es256_key_pair::Es256KeyPair;
pub(crate) use former_key::FormerKey;
pub(crate) use jwk::{Jwk, JwkSet, NotAKeySet};
pub use key::TokenType;
pub(crate) use key::{IssuedAs, Key};
pub(crate) use key_pair::KeyPair;
pub(crate) use key_plan::{KeyPlan, NamedPair, Signs};
pub(crate) use managed_keys::MAX_AGE;
pub use managed_keys::ManagedKeys;
#[cfg(feature = "password")]
pub(crate) use public_key::PublicKey;
pub(crate) use published_keys::KEY_SET_PATH;
pub(crate) use ring::KeyRing;
pub(crate) use set::KeySet;
pub use signature_algorithm::SignatureAlgorithm;
pub use signing_key::SigningKey;
pub use signing_key_error::SigningKeyError;
pub(crate) use verifying_key::VerifyingKey;
