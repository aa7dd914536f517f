//! What browsers and authenticators write of a passkey.

pub use crate::passkeys::fuzz::{Data, authenticator_data, cbor, client_data, credential, verifies};
