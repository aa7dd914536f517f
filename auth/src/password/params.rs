//! How much work a hash is.

use super::config::PasswordConfigError;

/// The most memory a hash may ask for: 256 MiB, in KiB. Holds for settings and for stored hashes alike, so that a
/// manipulated row cannot make a login take the machine's memory (PWD-12).
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes a hash may ask for.
pub(super) const MAX_PASSES: u32 = 16;
/// The most lanes a hash may ask for.
pub(super) const MAX_LANES: u32 = 16;

/// The work of one Argon2id hash. The default is 19 456 KiB, 2 passes, 1 lane: the first choice of the OWASP Password
/// Storage Cheat Sheet, about 20 ms on a server's core.
///
/// Raise it as machines get faster: people's hashes are renewed as they log in. Lower it only together with a
/// migration: who has an older, stronger hash waits longer for an answer than who has no account, and that can be
/// measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
    /// Below the floor on purpose. Only `weak` sets it, and `weak` exists in tests only.
    pub(super) weak: bool,
}

impl Default for HashParams {
    fn default() -> Self {
        Self::new(19_456, 2, 1)
    }
}

impl HashParams {
    /// Memory in KiB (RFC 9106 `m`), passes over it (`t`) and lanes (`p`). Lanes are computed one after the other here,
    /// so more than one only serves to match hashes of other programs.
    ///
    /// Start-up refuses less than OWASP's floor (1 pass with 47 104 KiB, 2 with 19 456, 3 or more with 12 288) and more
    /// than 256 MiB, 16 passes or 16 lanes.
    #[must_use]
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self { memory_kib, passes, lanes, weak: false }
    }

    /// What start-up refuses.
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

    /// The time a hash takes, in KiB written.
    pub(super) fn cost(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}
