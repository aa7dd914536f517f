//! The public name of an API key.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::claims::{NotAnId, SessionId};

/// The id of an API key: the SHA-256 of its text, in base64url. It names the key in lists, routes and events, and cannot be
/// used in place of it. It is refused in the same way as the id of a session once the key is revoked, so it is one of that
/// kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(SessionId);

impl ApiKeyId {
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SessionId::from_bytes(bytes))
    }

    /// Returns it as the id by which what was issued is revoked (`sid`).
    pub(crate) const fn sid(&self) -> &SessionId {
        &self.0
    }
}

impl FromStr for ApiKeyId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyId({self})")
    }
}

impl Serialize for ApiKeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
