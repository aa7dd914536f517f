//! Access tokens: issue, verify. Independent of HTTP and of the caller.

pub(crate) mod access;
pub(crate) mod cache;
pub(crate) mod foreign_header;
pub(crate) mod presented;
pub(crate) mod store_claim;
