//! Everything that rotates with the secret. It is swapped as one, so that nothing stays behind on an old secret.
//!
//! What rotates is one set; what must not rotate hangs on the data key (`data`). The keys of tokens and messages are
//! swapped together.

use zeroize::Zeroizing;

use super::data::WrappingKey;
use super::key::{IssuedAs, SignatureError};
use super::signing_key::SigningKey;
use super::{KeyRing, Purpose, derive};
use crate::base::secret::Secret;

/// The keys derived from one list of secrets.
pub(crate) struct KeySet {
    /// Signs and verifies access tokens.
    pub(crate) tokens: KeyRing,
    /// Signs and verifies messages between processes: only with the current secret. Whoever holds a former one must not
    /// be able to tell us anything.
    pub(crate) broadcast: Zeroizing<[u8; 32]>,
    /// Open the data key.
    pub(crate) wrapping: Vec<WrappingKey>,
}

impl KeySet {
    /// Derives the keys of `realm`: from `secret`, which signs, and from `former`, which only verify. Tokens are issued
    /// like `issued_as`.
    ///
    /// # Errors
    /// If the token backend does not accept a key.
    pub(crate) fn new(
        secret: &Secret,
        former: &[Secret],
        realm: &str,
        issued_as: &IssuedAs,
    ) -> Result<Self, SignatureError> {
        // The text of a secret loses its line end; tokens signed when it had one stay good.
        let (signing, with_line_end) = secret.without_line_end();
        let former = former.iter().flat_map(|secret| {
            let (trimmed, whole) = secret.without_line_end();
            [Some(trimmed), whole]
        });
        let former: Vec<Secret> = std::iter::once(with_line_end).chain(former).flatten().collect();
        let key = |secret| SigningKey::Secret { secret, realm }.key(issued_as);
        Ok(Self {
            tokens: KeyRing::new(key(&signing)?, former.iter().map(key).collect::<Result<_, _>>()?),
            broadcast: derive(signing.expose(), Purpose::Broadcast, realm),
            wrapping: std::iter::once(&signing).chain(&former).map(|secret| WrappingKey::of(secret, realm)).collect(),
        })
    }
}
