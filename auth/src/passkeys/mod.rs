//! Passkeys (`WebAuthn` Level 3): credentials whose private key stays with its user, and that a page of another site cannot
//! ask for.
//!
//! The verifier is written here, because there is no library that could be used. `webauthn-rs-core` 0.6.2 cannot be in one
//! lock file with this crate: its `crypto-glue` 0.2 asks `rsa` for a feature that only pre-releases of 0.10.0 have, and
//! `jsonwebtoken` 12 (`rust-crypto`) for the release. It also brings a hundred packages, knows no Ed25519, and leaves a third
//! of the checks to whoever calls it. What remains without attestation is small: a subset of CBOR, a fixed layout of bytes,
//! strict JSON. Signatures are verified by the backend of the tokens, so no package comes along, and passkeys are part of
//! `password`, as the other factors are. Each check of `WebAuthn` §7.1 and §7.2 has an error of its own and a test that fails
//! without it; the vectors of §16 are tests as well.
//!
//! What is used once is used up first: the challenge before anything of an answer is verified. A credential belongs to
//! whoever inserts its record. What a right assertion changes in the record is written by compare and set, and the
//! signature counter is judged by the record that is replaced.

mod accepted;
mod authentication;
mod authenticator_data;
mod cbor;
mod challenge;
mod client_data;
mod cose_key;
mod error;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod new_passkey;
mod of_account;
mod options;
mod outside;
mod passkey_info;
mod registration;
mod relying_party;
mod response;
mod service;
mod stored_passkey;

pub use accepted::AcceptedPasskeys;
pub(crate) use challenge::Purpose;
pub(crate) use error::{CeremonyError, PasskeyFailure};
pub(crate) use new_passkey::NewPasskey;
pub(crate) use of_account::remove_added_since;
pub use options::PasskeyOptions;
pub(crate) use outside::{Outside, is_page};
pub use passkey_info::PasskeyInfo;
pub use relying_party::PasskeySettings;
pub(crate) use relying_party::RelyingParty;
pub(crate) use service::{Passkeys, UsedPasskey};

#[cfg(all(test, feature = "testing"))]
mod tests;
