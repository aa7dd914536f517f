//! What everything stands on.

pub(crate) mod base64url;
pub(crate) mod catch_panic;
pub mod clock;
pub(crate) mod document;
pub(crate) mod error;
pub(crate) mod log_once;
pub(crate) mod misleading;
pub(crate) mod pending_sign_in;
pub mod random;
pub(crate) mod secret;
pub(crate) mod step_up;
pub(crate) mod sync;
