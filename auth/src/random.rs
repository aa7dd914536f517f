//! Randomness comes in through a trait, so that tests can repeat a run.

use std::fmt;

/// The operating system gave no random bytes. Nothing that needs a secret can go on without them.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomError(#[source] getrandom::Error);

/// Where every secret, salt and identifier comes from. [`OsRandom`] unless a test says otherwise.
pub trait Random: Send + Sync + fmt::Debug + 'static {
    /// Fills `bytes` with unpredictable bytes.
    ///
    /// # Errors
    /// When the source cannot give any.
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

/// `N` fresh random bytes.
pub(crate) fn random<const N: usize>(source: &dyn Random) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    source.fill(&mut bytes)?;
    Ok(bytes)
}
