//! The work of a hash.

use super::error::PasswordConfigError;

/// The most memory a hash may ask for: 256 MiB, in KiB. Applies to settings and stored hashes alike, so that a
/// manipulated row cannot make a login exhaust the machine's memory (PWD-12).
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes a hash may ask for.
pub(super) const MAX_PASSES: u32 = 16;
/// The most lanes a hash may ask for.
pub(super) const MAX_LANES: u32 = 16;

/// The work of one Argon2id hash. The default is 19 456 KiB, 2 passes, 1 lane: the first choice of the OWASP Password
/// Storage Cheat Sheet, about 20 ms on a server core.
///
/// Raise it as machines get faster: existing hashes are upgraded as users log in. Lower it only together with a
/// migration: an account with an older, stronger hash takes longer to answer than an unknown account, and that can be
/// measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
    /// Below the minimum on purpose. Set only by `weak`, which exists only in tests.
    pub(super) weak: bool,
}

impl Default for HashParams {
    fn default() -> Self {
        Self::new(19_456, 2, 1)
    }
}

impl HashParams {
    /// Creates parameters: memory in KiB (RFC 9106 `m`), passes over it (`t`) and lanes (`p`). Lanes are computed
    /// sequentially here, so more than one only serves to match the hashes of other programs.
    ///
    /// Start-up refuses less than OWASP's minimum (1 pass with 47 104 KiB, 2 with 19 456, 3 or more with 12 288) and
    /// more than 256 MiB, 16 passes or 16 lanes.
    #[must_use]
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self { memory_kib, passes, lanes, weak: false }
    }

    /// Returns what start-up refuses.
    pub(super) fn problem(self) -> Option<PasswordConfigError> {
        let Self { memory_kib, passes, lanes, weak } = self;
        let floor = match passes {
            0 | 1 => 47_104,
            2 => 19_456,
            _ => 12_288,
        };
        if passes == 0 || lanes == 0 || (memory_kib < floor && !weak) {
            return Some(PasswordConfigError::WeakParams { memory_kib, passes, lanes, floor });
        }
        let too_much = memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES;
        too_much.then_some(PasswordConfigError::HugeParams { memory_kib, passes, lanes })
    }

    /// Returns the cost of a hash, in KiB written.
    pub(super) fn cost(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}
