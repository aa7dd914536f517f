//! One entry of a set: what of it matters, and whether it is a key that can sign tokens.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess};

use crate::base::base64url;
use crate::keys::lenient::{Lenient, Leniently};
use crate::keys::signature_algorithm::SignatureAlgorithm;
use crate::keys::verifying_key::VerifyingKey;

/// An entry, as far as it matters.
#[derive(Default)]
pub(super) struct Entry {
    kty: Member,
    crv: Member,
    kid: Member,
    alg: Member,
    usage: Member,
    n: Member,
    e: Member,
    x: Member,
    y: Member,
    key_ops: Operations,
    /// A member that only private keys and secrets have.
    is_private: bool,
    is_duplicate: bool,
}

impl Entry {
    /// Returns the name of the key and the key, or why it cannot be used.
    pub(super) fn key(self) -> Result<(Option<Box<str>>, VerifyingKey), &'static str> {
        if self.is_duplicate {
            return Err("one of its members comes twice");
        }
        if self.is_private {
            return Err("it is a secret or a private key, which everybody can read there");
        }
        if !(self.usage.is_absent() || self.usage.text() == Some("sig")) || self.key_ops == Operations::Other {
            return Err("it is not for signatures");
        }
        let algorithm = self.algorithm()?;
        let bytes = |member: &Member| {
            let mut bytes = Vec::new();
            base64url::decode(member.text()?, &mut bytes).map(|()| bytes)
        };
        let key = match algorithm {
            SignatureAlgorithm::Ed25519 => bytes(&self.x).and_then(|x| VerifyingKey::ed25519(&x)),
            SignatureAlgorithm::Es256 | SignatureAlgorithm::Es384 => {
                bytes(&self.x).zip(bytes(&self.y)).and_then(|(x, y)| VerifyingKey::ec(algorithm, &x, &y))
            }
            _ => bytes(&self.n).zip(bytes(&self.e)).and_then(|(n, e)| VerifyingKey::rsa(algorithm, &n, &e)),
        };
        let key = key.ok_or("it has not the form or the size of a key of its type")?;
        let kid = match self.kid {
            Member::Absent => None,
            Member::Text(kid) if !kid.is_empty() => Some(kid),
            Member::Text(_) | Member::Other => return Err("its `kid` is no name"),
        };
        Ok((kid, key))
    }

    /// Returns the one algorithm of the key: the one that it names, or the one that belongs to its type.
    fn algorithm(&self) -> Result<SignatureAlgorithm, &'static str> {
        let usual = match (self.kty.text(), self.crv.text()) {
            (Some("RSA"), _) => SignatureAlgorithm::Rs256,
            (Some("EC"), Some("P-256")) => SignatureAlgorithm::Es256,
            (Some("EC"), Some("P-384")) => SignatureAlgorithm::Es384,
            (Some("OKP"), Some("Ed25519")) => SignatureAlgorithm::Ed25519,
            _ => return Err("its type or curve is not supported"),
        };
        match &self.alg {
            Member::Absent => Ok(usual),
            Member::Text(name) => SignatureAlgorithm::named(name)
                .filter(|named| *named == usual || (named.is_rsa() && usual.is_rsa()))
                .ok_or("its `alg` is not supported, or not of its type"),
            Member::Other => Err("its `alg` is no name"),
        }
    }
}

impl Lenient for Entry {
    /// Without a type, which is the reason that is given.
    fn other() -> Self {
        Self::default()
    }

    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut entry = Self::default();
        while let Some(name) = object.next_key::<String>()? {
            let member = match &*name {
                "kty" => &mut entry.kty,
                "crv" => &mut entry.crv,
                "kid" => &mut entry.kid,
                "alg" => &mut entry.alg,
                "use" => &mut entry.usage,
                "n" => &mut entry.n,
                "e" => &mut entry.e,
                "x" => &mut entry.x,
                "y" => &mut entry.y,
                "key_ops" => {
                    entry.is_duplicate |= entry.key_ops != Operations::Absent;
                    entry.key_ops = object.next_value()?;
                    continue;
                }
                // Members of private keys and of secrets (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
                "d" | "p" | "q" | "dp" | "dq" | "qi" | "oth" | "k" => {
                    entry.is_private = true;
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
                _ => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            entry.is_duplicate |= !member.is_absent();
            *member = object.next_value()?;
        }
        Ok(entry)
    }
}

/// A member that should be a text.
#[derive(Default)]
enum Member {
    #[default]
    Absent,
    Text(Box<str>),
    Other,
}

impl Member {
    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Lenient for Member {
    fn other() -> Self {
        Self::Other
    }

    fn text(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// What the key may be used for (RFC 7517 §4.3).
#[derive(Default, PartialEq, Eq)]
enum Operations {
    #[default]
    Absent,
    Verify,
    Other,
}

impl Lenient for Operations {
    fn other() -> Self {
        Self::Other
    }

    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut operations = Self::Other;
        while let Some(operation) = list.next_element::<Member>()? {
            if operation.text() == Some("verify") {
                operations = Self::Verify;
            }
        }
        Ok(operations)
    }
}

/// Each of them is read from any value.
macro_rules! read_leniently {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Leniently::<Self>::new())
            }
        }
    )+};
}

read_leniently!(Entry, Member, Operations);
