//! Keys: one signer, any number of verifiers, each tied to one algorithm.
//!
//! What a key accepts is decided by *bytes*: the header segment of a token must equal the one this ring would write.
//! That picks key and algorithm at once, so a header somebody else wrote is never interpreted.

mod derive;
mod kept;
mod provider;
mod ring;

pub(crate) use derive::{Purpose, derive, hmac_sha256};
pub(crate) use provider::{install, problem};
pub(crate) use ring::{Key, KeyRing};
