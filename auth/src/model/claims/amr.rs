//! How a user proved their identity.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::{NotAnId, text};

/// How a user proved their identity (`amr`, with the names of RFC 8176). A set of methods.
///
/// Names that this release does not know stay in the set, and so in the session and its tokens: an instance of another
/// release knows what they mean. Here they allow nothing.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Amr {
    known: u16,
    /// The other names, sorted, each once.
    others: Option<Arc<[Box<str>]>>,
}

impl Amr {
    const NAMES: [(&'static str, Amr); 9] = [
        ("pwd", Amr::PASSWORD),
        ("otp", Amr::OTP),
        ("hwk", Amr::HARDWARE_KEY),
        ("mfa", Amr::MFA),
        ("email", Amr::EMAIL),
        ("recovery", Amr::RECOVERY_CODE),
        ("swk", Amr::SOFTWARE_KEY),
        ("user", Amr::USER_PRESENCE),
        ("key", Amr::API_KEY),
    ];

    /// `pwd`: a password.
    pub const PASSWORD: Self = Self::one(1);
    /// `otp`: a one-time code.
    pub const OTP: Self = Self::one(1 << 1);
    /// `hwk`: proof of possession of a key that never leaves its device: a passkey that is not synchronized.
    pub const HARDWARE_KEY: Self = Self::one(1 << 2);
    /// `mfa`: more than one factor.
    pub const MFA: Self = Self::one(1 << 3);
    /// `email`: a code or a link that was mailed. RFC 8176 has no name for it.
    pub const EMAIL: Self = Self::one(1 << 4);
    /// `recovery`: a recovery code. RFC 8176 has no name for it.
    pub const RECOVERY_CODE: Self = Self::one(1 << 5);
    /// `swk`: proof of possession of a key that may be on several devices: a passkey that is synchronized.
    pub const SOFTWARE_KEY: Self = Self::one(1 << 6);
    /// `user`: somebody touched the authenticator.
    pub const USER_PRESENCE: Self = Self::one(1 << 7);
    /// `key`: an API key. RFC 8176 has no name for it, and no session begins with one.
    pub const API_KEY: Self = Self::one(1 << 8);

    const fn one(known: u16) -> Self {
        Self { known, others: None }
    }

    fn of(known: u16, mut others: Vec<Box<str>>) -> Self {
        others.sort_unstable();
        others.dedup();
        Self { known, others: (!others.is_empty()).then(|| others.into()) }
    }

    fn others(&self) -> &[Box<str>] {
        self.others.as_deref().unwrap_or_default()
    }

    /// Returns the union of both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let known = self.known | other.known;
        match (&self.others, &other.others) {
            (_, None) => Self { known, ..self },
            (None, _) => Self { known, ..other },
            _ => Self::of(known, [self.others(), other.others()].concat()),
        }
    }

    /// Returns the set without the methods of another one that this release knows.
    pub(crate) fn without(self, other: &Self) -> Self {
        Self { known: self.known & !other.known, ..self }
    }

    /// Returns how a passkey is called: its key may be on several devices, or on one alone.
    pub(crate) fn of_passkey(is_synced: bool) -> Self {
        if is_synced { Self::SOFTWARE_KEY } else { Self::HARDWARE_KEY }.and(Self::USER_PRESENCE)
    }

    /// Returns whether a passkey is among the methods.
    pub(crate) fn has_passkey(&self) -> bool {
        self.known & (Self::HARDWARE_KEY.known | Self::SOFTWARE_KEY.known) != 0
    }

    /// Returns the set without what a passkey is called.
    pub(crate) fn without_passkey(self) -> Self {
        [true, false].map(Self::of_passkey).iter().fold(self, Self::without)
    }

    /// Returns whether every method in `other` is in this set.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "for the constants: `amr.contains(Amr::MFA)`")]
    pub fn contains(&self, other: Self) -> bool {
        self.known & other.known == other.known && other.others().iter().all(|name| self.others().contains(name))
    }

    /// Returns the names of the methods in the set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let known = Self::NAMES.into_iter().filter(|(_, method)| self.known & method.known != 0).map(|(name, _)| name);
        known.chain(self.others().iter().map(|name| &**name))
    }
}

impl fmt::Debug for Amr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Amr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for name in self.names() {
            list.serialize_element(name)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Amr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Amr;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of authentication methods")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Amr, A::Error> {
                let (mut known, mut others) = (0, Vec::new());
                while let Some(one) = list.next_element()? {
                    match one {
                        One::Known(method) => known |= method,
                        One::Other(name) => others.push(name),
                    }
                }
                Ok(Amr::of(known, others))
            }
        }
        enum One {
            Known(u16),
            Other(Box<str>),
        }
        impl<'de> Deserialize<'de> for One {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text(deserializer, |name| {
                    let known = Amr::NAMES.into_iter().find(|(known, _)| *known == name);
                    Ok::<_, NotAnId>(
                        known.map_or_else(|| Self::Other(name.into()), |(_, method)| Self::Known(method.known)),
                    )
                })
            }
        }
        deserializer.deserialize_seq(Names)
    }
}
