//! What a method of signing in has shown.

use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

use crate::model::claims::Amr;
use crate::model::hash::PasswordHash;
use crate::model::user::AuthUser;

/// The kinds of proof (NIST SP 800-63B): what somebody knows, holds, or is. Methods add theirs up, so that the same kind
/// shown twice never counts as two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown(u8);

impl Shown {
    /// Something that the user knows: a password.
    pub(crate) const KNOWN: Self = Self(1);
    /// Something that the user holds: a device, a list of codes.
    pub(crate) const HELD: Self = Self(1 << 1);
    /// A device that has checked who uses it: a passkey with user verification.
    pub(crate) const VERIFIED: Self = Self(1 << 2);
    /// Access to the mail of the account's address. It is no factor beside others (NIST SP 800-63B-4 §3.1.3.1).
    pub(crate) const MAILBOX: Self = Self(1 << 3);

    /// Reads what was shown before, as stored.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1111)
    }

    /// Returns it as it is stored.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns both together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this is enough for an account with a second step: something held, and one thing more. A mailbox is enough
    /// for that, and no factor.
    pub(super) const fn is_second_step(self) -> bool {
        self.has(Self::HELD) && (self.has(Self::KNOWN) || self.has(Self::VERIFIED) || self.has(Self::MAILBOX))
    }

    /// Whether this is proof by several factors.
    pub(crate) const fn is_mfa(self) -> bool {
        self.has(Self::HELD) && (self.has(Self::KNOWN) || self.has(Self::VERIFIED))
    }
}

impl BitOr for Shown {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

/// What became of the hash that a password was verified against.
#[derive(Debug)]
pub(crate) enum HashState {
    /// It is stored, as far as is known.
    Stays,
    /// A stronger one of the same password has replaced it.
    Renewed(PasswordHash),
    /// Somebody else has replaced it.
    Replaced,
}

/// What was shown about one account, now. It is not enough for a token: only [`judge`](super::judge) makes a
/// [`Proof`](super::Proof) of it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Evidence<U: AuthUser> {
    pub(super) user: U,
    pub(super) generation: u64,
    pub(super) shown: Shown,
    pub(super) amr: Amr,
    pub(super) hash: HashState,
    pub(super) from_new_network: bool,
    pub(super) admitted: bool,
    pub(super) device: Option<PresentedDevice>,
}

/// What a device has presented beside a first factor, unjudged.
#[derive(Clone)]
pub(crate) struct PresentedDevice(Arc<str>);

impl PresentedDevice {
    pub(crate) fn new(token: &str) -> Self {
        Self(token.into())
    }

    pub(crate) fn token(&self) -> &str {
        &self.0
    }
}

/// Without it.
impl fmt::Debug for PresentedDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedDevice([redacted])")
    }
}

impl<U: AuthUser> Evidence<U> {
    /// A password that is right for `user`. The generation was read before it was checked, so any change of the
    /// password meanwhile is seen.
    pub(crate) const fn of_password(user: U, generation: u64) -> Self {
        Self {
            user,
            generation,
            shown: Shown::KNOWN,
            amr: Amr::PASSWORD,
            hash: HashState::Stays,
            from_new_network: false,
            admitted: false,
            device: None,
        }
    }

    /// What was shown in several steps, of which the last one was just right.
    pub(crate) const fn of_steps(user: U, generation: u64, shown: Shown, amr: Amr) -> Self {
        Self {
            user,
            generation,
            shown,
            amr,
            hash: HashState::Stays,
            from_new_network: false,
            admitted: false,
            device: None,
        }
    }

    /// Returns what was shown.
    pub(crate) const fn shown(&self) -> Shown {
        self.shown
    }

    /// Returns how.
    pub(crate) const fn amr(&self) -> &Amr {
        &self.amr
    }

    /// Returns the user's generation, read before anything was checked.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Records what became of the hash.
    pub(crate) fn with_hash(self, hash: HashState) -> Self {
        Self { hash, ..self }
    }

    /// Records whether it comes from a network from which nobody has signed in before.
    pub(crate) fn with_new_network(self, is_new: bool) -> Self {
        Self { from_new_network: is_new, ..self }
    }

    /// Whether it does.
    pub(crate) const fn is_from_new_network(&self) -> bool {
        self.from_new_network
    }

    /// Records whether the application has been asked about this sign-in, and lets it go on.
    pub(crate) fn with_admission(self, admitted: bool) -> Self {
        Self { admitted, ..self }
    }

    /// Adds what a device has presented.
    pub(crate) fn with_device(self, device: Option<PresentedDevice>) -> Self {
        Self { device, ..self }
    }

    /// Returns what a device has presented beside a password: beside anything less it counts for nothing.
    pub(crate) const fn device(&self) -> Option<&PresentedDevice> {
        if self.shown.has(Shown::KNOWN) { self.device.as_ref() } else { None }
    }

    /// Returns the account that it is about.
    pub(crate) const fn user(&self) -> &U {
        &self.user
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn only_different_kinds_of_proof_are_several_factors() {
        for one in [Shown::KNOWN, Shown::HELD, Shown::VERIFIED, Shown::MAILBOX] {
            assert!(!(one | one).is_mfa(), "{one:?} twice");
        }
        assert!(!(Shown::KNOWN | Shown::VERIFIED).is_mfa(), "no device");
        assert!(!(Shown::MAILBOX | Shown::KNOWN).is_mfa(), "a mailbox is no factor");
        assert!(!(Shown::MAILBOX | Shown::HELD).is_mfa(), "a mailbox is no factor");
        assert!((Shown::MAILBOX | Shown::HELD).is_second_step());
        assert!(!(Shown::MAILBOX | Shown::KNOWN).is_second_step() && !Shown::HELD.is_second_step());
        assert!((Shown::KNOWN | Shown::HELD).is_mfa());
        assert!((Shown::HELD | Shown::VERIFIED).is_mfa());
    }
}
