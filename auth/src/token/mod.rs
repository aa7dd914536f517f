//! Tokens and sessions: issue, verify, refresh, revoke. Independent of HTTP and of the caller.

pub(crate) mod access;
pub(crate) mod mark;
mod notes;
pub(crate) mod presented;
pub(crate) mod ratchet;
pub(crate) mod revoke;
pub(crate) mod seen;
pub(crate) mod session;
pub(crate) mod store;
