//! The source of randomness, behind a trait so that tests can be reproducible.

use std::fmt;

/// The operating system provided no random bytes. Nothing that needs a secret can continue without them.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomError(#[source] getrandom::Error);

/// The source of every secret, salt and identifier. The default is [`OsRandom`].
pub trait Random: Send + Sync + fmt::Debug + 'static {
    /// Fills `bytes` with unpredictable bytes.
    ///
    /// # Errors
    /// If the source cannot provide any.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's generator (`getrandom`).
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(RandomError)
    }
}

/// Returns `N` random bytes.
pub(crate) fn random<const N: usize>(source: &dyn Random) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    source.fill(&mut bytes)?;
    Ok(bytes)
}
