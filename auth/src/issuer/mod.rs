//! Access tokens of other issuers (OpenID Connect providers): verified here, for services that do not issue their own.

pub use crate::model::foreign::{ForeignRegistered, NotClaims, ReadClaims, Verified};
