//! Tokens and sessions: issue, verify, refresh, revoke. Knows neither HTTP nor who asks.

pub(crate) mod access;
pub(crate) mod mark;
pub(crate) mod ratchet;
pub(crate) mod revoke;
pub(crate) mod seen;
pub(crate) mod session;
