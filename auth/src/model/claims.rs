//! The content of access tokens: registered claims (RFC 7519 §4.1, RFC 9068 §2.2), the library's own, and the
//! application's.

mod amr;
#[doc(hidden)]
pub mod subject;

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::base::base64url;
pub use crate::model::interned_name::Name;
pub use amr::Amr;

/// The claims struct that `#[derive(AuthUser)]` generates (`UserClaims` for `User`).
///
/// It is a single flat struct, so a token is parsed once and a duplicate claim is refused.
pub trait Claims: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Returns the claims that every access token has.
    fn registered(&self) -> Registered<'_>;

    /// Returns whether the e-mail address was confirmed when the token was issued (`email_verified`); `None` for a user
    /// type without a `verified` field.
    fn verified(&self) -> Option<bool> {
        None
    }

    /// Returns the stamp of the user's row; `None` for a user type without a `created` field.
    fn created(&self) -> Option<RowStamp> {
        None
    }
}

/// The claims that every access token of a session has, borrowed from a claims struct. Rules do not see them: what a rule
/// asks about a login it gets from [`Facts`](crate::policy::Facts), whatever kind of credential the caller presented.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The audience.
    pub aud: &'a Audience,
    /// When it was issued, in seconds since the epoch.
    pub iat: u64,
    /// When it expires, in seconds since the epoch: from this second on it is not valid.
    pub exp: u64,
    /// The first second at which it is valid.
    pub nbf: Option<u64>,
    /// The session it belongs to.
    pub sid: &'a SessionId,
    /// When the user last proved their identity, as strongly as at the login, in seconds since the epoch. Zero: nobody knows,
    /// or a trusted device took the place of a second step. That is never recent.
    pub auth_time: u64,
    /// How they proved it.
    pub amr: &'a Amr,
    /// The user's generation when the session began; see `token::revoke`.
    pub generation: u64,
    /// The store that the session is in. Tokens of releases before this claim have none.
    pub store: Option<StoreId>,
}

/// The claims that the library fills in when it issues a token; the derive adds `sub` and the application's own.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields of `Registered`, owned")]
pub struct TokenClaims {
    pub iss: Name,
    pub aud: Audience,
    pub iat: u64,
    pub exp: u64,
    pub jti: TokenId,
    pub sid: SessionId,
    pub auth_time: u64,
    pub amr: Amr,
    pub generation: u64,
    pub store: Option<StoreId>,
}

/// The audience of a token: one name or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One name; the form in which tokens are issued.
    One(Name),
    /// Several names; accepted if ours is among them.
    Many(Vec<Name>),
}

impl Audience {
    /// Returns whether `name` is in the audience.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => *one == *name,
            Self::Many(many) => many.iter().any(|one| *one == *name),
        }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => serializer.serialize_str(one),
            Self::Many(many) => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Audience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an audience or a list of them")
            }

            fn visit_str<E: de::Error>(self, one: &str) -> Result<Audience, E> {
                Ok(Audience::One(Name::remembered(one)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Audience, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = list.next_element::<Name>()? {
                    many.push(one);
                }
                Ok(Audience::Many(many))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

/// A newtype of `N` bytes, written as unpadded base64url. Ids are public, so the fast codec may read them; secrets go
/// through the constant-time one.
macro_rules! text_bytes {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $chars:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Creates it from its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
                let mut text = [0; $chars];
                let written = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).unwrap_or(0);
                f(text.get(..written).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default())
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let mut bytes = [0; $bytes];
                base64url::decode_into(text, &mut bytes).map(|()| Self(bytes)).ok_or(NotAnId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.with_text(|text| f.write_str(text))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.with_text(|text| serializer.serialize_str(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }
    };
}

text_bytes! {
    /// The id of one access token (`jti`): 128 random bits.
    TokenId, 16, 22
}
text_bytes! {
    /// The public id of a session (`sid`): SHA-256 of the handle in its refresh token. It can be used to list and end
    /// the session, but not to take it over.
    SessionId, 32, 43
}

text_bytes! {
    /// The id of a store, that is, of its table of records: 96 random bits, made with the table. Access tokens carry it
    /// (`auth_store`), so that they are worth nothing at another store with the same secret.
    StoreId, 12, 16
}

text_bytes! {
    /// The stamp of a row: a hash of its `#[auth(created)]` field, which tells it from a later row with the same id.
    RowStamp, 8, 11
}

/// A value that tells when a row was created: anything that prints itself the same each time it is read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot tell one row from another",
    label = "this type is the `#[auth(created)]` field",
    note = "it needs `Display`: a time of `time` or `chrono`, a number, a `String`; not an `Option`"
)]
pub trait CreatedAt: fmt::Display {}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + ?Sized> CreatedAt for T {}

impl RowStamp {
    /// Makes the stamp of a row that was created at this time.
    #[must_use]
    pub fn of(created: &impl CreatedAt) -> Self {
        let digest: [u8; 32] = Sha256::digest(created.to_string()).into();
        digest.first_chunk().map_or(Self([0; 8]), |stamp| Self(*stamp))
    }
}

/// The text is not the base64url form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the text of an id")]
pub struct NotAnId;

crate::base::error::other_errors!(NotAnId);

/// Reads a string and parses it without copying it.
fn parsed<'de, T: std::str::FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    text(deserializer, |text| if text.is_empty() { Err(NotAnId) } else { text.parse().map_err(|_| NotAnId) })
}

fn text<'de, T, E: fmt::Display, D: Deserializer<'de>>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Text<T, F>(F, PhantomData<T>);
    impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Text<T, F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<D: de::Error>(self, text: &str) -> Result<T, D> {
            (self.0)(text).map_err(D::custom)
        }
    }
    deserializer.deserialize_str(Text(parse, PhantomData))
}
