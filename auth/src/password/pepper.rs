//! A key that is not in the database.

use crate::base::secret::Secret;

use super::error::PasswordConfigError;

/// A secret that goes into every hash and is kept outside the database, so that passwords cannot be guessed from a
/// stolen table alone. Optional. A hash names its pepper by id (the PHC field `keyid`), so peppers can be rotated: set
/// a new one and keep the former as an [`old_pepper`](super::PasswordConfig::old_pepper); hashes move over as users log
/// in.
///
/// Losing a pepper makes every hash made with it unverifiable. It is Argon2's secret input `K` (RFC 9106 §3.1).
///
/// ```no_run
/// # fn main() -> Result<(), auth::SecretError> {
/// use auth::{Secret, password::{PasswordConfig, Pepper}};
///
/// let new = Pepper::new("2026-10", Secret::env("PEPPER_2026_10")?);
/// let old = Pepper::new("2024-03", Secret::env("PEPPER_2024_03")?);
/// let config = PasswordConfig::default().pepper(new).old_pepper(old);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Pepper {
    id: String,
    secret: Secret,
}

impl Pepper {
    /// Creates a pepper. `id` is public and written into each hash: 1 to 8 bytes.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: Secret) -> Self {
        Self { id: id.into(), secret }
    }
}

/// The peppers in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Peppers {
    pub(super) current: Option<Pepper>,
    pub(super) old: Vec<Pepper>,
}

impl Peppers {
    /// Returns the id and the bytes of the pepper for new hashes.
    pub(super) fn current(&self) -> Option<(&str, &[u8])> {
        self.current.as_ref().map(|pepper| (pepper.id.as_str(), pepper.secret.expose()))
    }

    /// Returns the bytes of the pepper `id`, current or old.
    pub(super) fn find(&self, id: &[u8]) -> Option<&[u8]> {
        self.all().find(|pepper| pepper.id.as_bytes() == id).map(|pepper| pepper.secret.expose())
    }

    /// Returns what start-up refuses.
    pub(super) fn problems(&self) -> Vec<PasswordConfigError> {
        let lengths = self.all().filter(|pepper| !(1..=8).contains(&pepper.id.len()));
        let mut problems: Vec<_> =
            lengths.map(|pepper| PasswordConfigError::PepperId { id: pepper.id.clone() }).collect();
        for (index, pepper) in self.all().enumerate() {
            if self.all().take(index).any(|earlier| earlier.id == pepper.id) {
                problems.push(PasswordConfigError::PepperTwice { id: pepper.id.clone() });
            }
        }
        problems
    }

    /// Tells the operator about peppers that were probably not meant to be like that. They are used as they are: a
    /// changed pepper would make every hash unverifiable.
    pub(super) fn warn_of_odd_ends(&self) {
        for (pepper, end) in self.all().filter_map(|pepper| Some((pepper, pepper.secret.odd_end()?))) {
            tracing::warn!(target: "auth::secret", pepper = pepper.id, end,
                "a pepper begins or ends with a character that may be there by mistake (`end`): it is part of the \
                 pepper, and an instance that has the pepper without it cannot verify any password");
        }
    }

    fn all(&self) -> impl Iterator<Item = &Pepper> {
        self.current.iter().chain(&self.old)
    }
}
