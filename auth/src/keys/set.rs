//! The keys of tokens, messages and mail. They are swapped as one, so that nothing stays behind on an old secret.
//!
//! What rotates is one set; what must not rotate hangs on the data key (`data`). The keys of tokens and messages are
//! swapped together.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::data::WrappingKey;
use super::key::{KeyParts, SignatureError};
use super::key_plan::KeyPlan;
use super::published_keys::PublishedKeys;
use super::{KeyRing, Purpose, derive, secret_key};
use crate::base::secret::Secret;

/// The keys of one list of secrets and key pairs.
pub(crate) struct KeySet {
    /// Signs and verifies access tokens.
    pub(crate) tokens: KeyRing,
    /// What others verify them with.
    pub(crate) published: PublishedKeys,
    /// Signs and verifies messages between processes: only with the current secret. Whoever holds a former one must not
    /// be able to tell us anything.
    pub(crate) broadcast: Zeroizing<[u8; 32]>,
    /// Make and recognise mailed links and codes: with the first one, and with all. A link in a mailbox must not die
    /// because the secret was rotated by the book, so former secrets recognise theirs.
    pub(crate) mail: Vec<Zeroizing<[u8; 32]>>,
    /// Open the data key.
    pub(crate) wrapping: Vec<WrappingKey>,
    of_secrets: Vec<KeyParts>,
    plan: Arc<KeyPlan>,
}

impl KeySet {
    /// Derives the keys of `realm`: from `secret`, which signs unless a key pair does, and from `former`, which only
    /// verify.
    ///
    /// # Errors
    /// If the token backend does not accept a key.
    pub(crate) fn new(
        secret: &Secret,
        former: &[Secret],
        realm: &str,
        plan: Arc<KeyPlan>,
    ) -> Result<Self, SignatureError> {
        // The text of a secret loses its line end; tokens signed when it had one stay good.
        let (signing, with_line_end) = secret.without_line_end();
        let former = former.iter().flat_map(|secret| {
            let (trimmed, whole) = secret.without_line_end();
            [Some(trimmed), whole]
        });
        let former: Vec<Secret> = std::iter::once(with_line_end).chain(former).flatten().collect();
        let all = || std::iter::once(&signing).chain(&former);
        let of_secrets: Vec<KeyParts> =
            all().map(|secret| secret_key::parts(secret, realm)).collect::<Result<_, _>>()?;
        Ok(Self {
            tokens: plan.ring(&of_secrets)?,
            published: PublishedKeys::of(&plan),
            broadcast: derive(signing.expose(), Purpose::Broadcast, realm),
            mail: all().map(|secret| derive(secret.expose(), Purpose::Mail, realm)).collect(),
            wrapping: all().map(|secret| WrappingKey::of(secret, realm)).collect(),
            of_secrets,
            plan,
        })
    }

    /// Returns the keys of the same secrets with another plan.
    pub(crate) fn with_plan(&self, plan: Arc<KeyPlan>) -> Result<Self, SignatureError> {
        Ok(Self {
            tokens: plan.ring(&self.of_secrets)?,
            published: PublishedKeys::of(&plan),
            broadcast: self.broadcast.clone(),
            mail: self.mail.clone(),
            wrapping: self.wrapping.clone(),
            of_secrets: self.of_secrets.clone(),
            plan,
        })
    }

    /// Returns which key signs, and which are accepted beside it.
    pub(crate) const fn plan(&self) -> &Arc<KeyPlan> {
        &self.plan
    }
}
