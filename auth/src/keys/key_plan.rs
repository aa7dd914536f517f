//! Which key signs, which are accepted beside it, and what their tokens are called.

use std::sync::Arc;

use super::key::{IssuedAs, Key, KeyParts, SignatureError, TokenType};
use super::key_pair::KeyPair;
use super::ring::KeyRing;
use crate::base::clock::Timestamp;
use crate::model::interned_name::Name;

/// Everything about the keys of access tokens but the secrets, which rotate by themselves.
#[derive(Clone, Debug)]
pub(crate) struct KeyPlan {
    /// The names in tokens that a secret signs.
    pub(crate) of_secret: IssuedAs,
    /// The names that such tokens had before.
    pub(crate) of_secret_before: Vec<IssuedAs>,
    /// Tokens that a secret signed are accepted if they were issued before, because a key pair has taken over.
    pub(crate) secret_retires_at: Option<Timestamp>,
    /// In the order in which they are published.
    pub(crate) pairs: Vec<NamedPair>,
    pub(crate) token_type: TokenType,
    /// Where others ask about tokens, if they may and the application has said where that is.
    pub(crate) introspection_endpoint: Option<Name>,
}

/// A key pair, and the names in its tokens.
#[derive(Clone, Debug)]
pub(crate) struct NamedPair {
    pub(crate) pair: Arc<KeyPair>,
    pub(crate) issued_as: IssuedAs,
    pub(crate) signs: Signs,
}

/// When a key pair signs. It is published, and its tokens are accepted, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    /// When the application lists it to: every verifier is to read it before.
    Later,
    /// From then on, until one does that begins later.
    From(Timestamp),
    /// No more.
    Before,
}

impl Signs {
    /// Returns from when on it signs, if it does.
    pub(crate) const fn from(self) -> Option<Timestamp> {
        match self {
            Self::From(time) => Some(time),
            Self::Later | Self::Before => None,
        }
    }
}

impl KeyPlan {
    /// Returns the plan of a service whose secret signs.
    pub(crate) const fn secret_only(issued_as: IssuedAs) -> Self {
        Self {
            of_secret: issued_as,
            of_secret_before: Vec::new(),
            secret_retires_at: None,
            pairs: Vec::new(),
            token_type: TokenType::AtJwt,
            introspection_endpoint: None,
        }
    }

    /// Returns the pair that signs at this time, if one does.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<&NamedPair> {
        let begun = self.pairs.iter().filter(|named| named.signs.from().is_some_and(|time| time <= now));
        begun.max_by_key(|named| named.signs.from())
    }

    /// Whether the same pairs sign at the same times.
    pub(crate) fn has_same_pairs(&self, other: &Self) -> bool {
        let times = |plan: &Self| -> Vec<_> {
            plan.pairs.iter().map(|named| (named.pair.kid().to_owned(), named.signs)).collect()
        };
        times(self) == times(other)
    }

    /// Returns the names of the tokens that others can verify: of those that are issued, will be, or were.
    pub(crate) fn published_as(&self) -> Option<&IssuedAs> {
        let named = self.pairs.iter().max_by_key(|named| named.signs.from())?;
        Some(&named.issued_as)
    }

    /// Makes the ring of these keys and the keys of the secrets, of which the first is the current one.
    pub(super) fn ring(&self, of_secrets: &[KeyParts]) -> Result<KeyRing, SignatureError> {
        let pair = |named: &NamedPair, token_type| {
            let parts = named.pair.parts().map_err(SignatureError::Key)?;
            Ok(Key::new(parts, token_type, named.issued_as.clone()))
        };
        let of_secret = |parts: &KeyParts, token_type| {
            Key::new(parts.clone(), token_type, self.of_secret.clone())
                .replaced(self.of_secret_before.clone(), self.secret_retires_at)
        };
        let (current, former) = of_secrets.split_first().ok_or(SignatureError::Wrong)?;
        let usual = of_secret(current, self.token_type);
        let mut others = Vec::new();
        for named in &self.pairs {
            others.push(pair(named, self.token_type)?.signing_from(named.signs.from()));
        }
        others.extend(former.iter().map(|parts| of_secret(parts, self.token_type)));
        // Tokens of the default type are always accepted: only access tokens have it, so nothing else that a key signs
        // passes for one.
        let default = TokenType::default();
        if self.token_type != default {
            others.extend(self.pairs.iter().map(|named| pair(named, default)).collect::<Result<Vec<_>, _>>()?);
            others.extend(of_secrets.iter().map(|parts| of_secret(parts, default)));
        }
        Ok(KeyRing::new(usual, others))
    }
}
