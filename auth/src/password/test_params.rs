//! Parameters that must not be deployed.

use super::params::HashParams;

impl HashParams {
    /// Returns the least work Argon2 supports (64 KiB, 1 pass), for tests that are not about hashing. Exists only with
    /// the feature `testing`.
    #[must_use]
    pub const fn weak_for_tests() -> Self {
        Self { memory_kib: 64, passes: 1, lanes: 1, weak: true }
    }
}
