//! What a token of another issuer says: claims that every issuer names alike, and those that the application reads.
//!
//! The engine that verifies such tokens (`issuer`) knows nothing of the application's struct: it asks for one pass over
//! the payload, in which the registered claims are read by this module and the others by whoever wrote the struct.

mod claims;
mod names;
mod payload;
mod registered;
mod registered_values;
mod values;

use std::ops::Deref;

use crate::base::error::other_errors;

pub use claims::AuthClaims;
pub use names::{read_keys, read_names, read_scope};
pub use payload::{ClaimNode, Place, ReadPlaces, read_payload};
pub use registered::ForeignRegistered;
pub use values::{or_absent, read_subject, read_value, subject_of};

/// Reads the claims of a token of another issuer. `#[derive(AuthClaims)]` implements it; by hand, it is a visitor that
/// leaves the registered claims to [`ForeignRegistered::read`]:
///
/// ```
/// use std::borrow::Cow;
/// use std::fmt;
///
/// use auth::issuer::{ForeignRegistered, NotClaims, ReadClaims, Verified};
/// use serde::Deserializer;
/// use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
///
/// #[derive(Clone, Debug)]
/// struct Employee {
///     sub: String,
/// }
///
/// impl ReadClaims for Employee {
///     fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims> {
///         struct Payload;
///
///         impl<'de> Visitor<'de> for Payload {
///             type Value = Verified<Employee>;
///
///             fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///                 f.write_str("the claims of an employee")
///             }
///
///             fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
///                 let (mut registered, mut sub) = (ForeignRegistered::default(), None);
///                 while let Some(name) = map.next_key::<Cow<'_, str>>()? {
///                     if registered.read(&name, &mut map)? {
///                         continue;
///                     }
///                     if name == "sub" {
///                         if sub.replace(map.next_value()?).is_some() {
///                             return Err(A::Error::duplicate_field("sub"));
///                         }
///                     } else {
///                         map.next_value::<IgnoredAny>()?;
///                     }
///                 }
///                 let sub = sub.ok_or_else(|| A::Error::missing_field("sub"))?;
///                 Ok(Verified::new(registered, Employee { sub }))
///             }
///         }
///
///         let mut json = serde_json::Deserializer::from_str(payload);
///         let verified = json.deserialize_map(Payload)?;
///         json.end()?;
///         Ok(verified)
///     }
/// }
///
/// let verified = Employee::read_claims(r#"{"iss":"https://sso.example.org","sub":"ada","exp":1800000000}"#)?;
/// assert_eq!((verified.sub.as_str(), verified.registered.issuer()), ("ada", "https://sso.example.org"));
/// assert!(Employee::read_claims(r#"{"sub":"ada","sub":"eve"}"#).is_err());
/// # Ok::<_, NotClaims>(())
/// ```
pub trait ReadClaims: Clone + Send + Sync + Sized + 'static {
    /// Reads the payload, in one pass.
    ///
    /// # Errors
    /// If it is no JSON object with these claims, if one of them has another type, or if a name that is read comes twice
    /// (RFC 8725 §2.6).
    fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims>;
}

/// The claims of a verified token: those that are registered, and the application's. Dereferences to the latter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified<C> {
    /// The registered claims (RFC 7519 §4.1, RFC 9068 §2.2).
    pub registered: ForeignRegistered,
    /// What the application reads from the token.
    pub claims: C,
}

impl<C> Verified<C> {
    /// Puts both together: for a parser, which alone knows that they are of one token.
    #[must_use]
    pub const fn new(registered: ForeignRegistered, claims: C) -> Self {
        Self { registered, claims }
    }
}

impl<C> Deref for Verified<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.claims
    }
}

/// The payload of a token does not have the claims that the application reads. It does not say which, because the text
/// would be the token's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token does not have the claims that are read from it")]
pub struct NotClaims;

other_errors!(NotClaims);

impl From<serde_json::Error> for NotClaims {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}
