//! From evidence to proof. A session begins or becomes fresh only with a [`Proof`], and only [`judge`] makes one.

mod bar;
mod evidence;
mod mfa;

pub(crate) use bar::{Bar, may_continue};
#[cfg(feature = "password")]
pub(crate) use evidence::PresentedDevice;
#[cfg(feature = "password")]
pub(crate) use evidence::Shown;
pub(crate) use evidence::{Evidence, HashState};
pub(crate) use mfa::{SEVERAL_FACTORS, claims_lack_mfa, needs_mfa, row_lacks_mfa};

use crate::base::pending_sign_in::Needs;
use crate::base::step_up::StepUp;
use crate::model::claims::Amr;
use crate::model::user::AuthUser;

/// Proof that somebody is `user`. Only [`judge`] makes it, so no code path can issue tokens without its checks.
#[derive(Debug)]
pub(crate) struct Proof<U: AuthUser> {
    evidence: Evidence<U>,
    by_device: bool,
}

/// What the evidence is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal<'a> {
    /// A session begins.
    Begin,
    /// A session that began with these methods becomes fresh.
    Freshen(&'a Amr),
}

/// Why evidence is not enough.
#[derive(Debug)]
pub(crate) enum Lacking<U: AuthUser> {
    /// Another step of the sign-in. The evidence counts in it.
    Step(Needs, Evidence<U>),
    /// A stronger proof than this one.
    Stronger(StepUp),
}

/// Decides whether the evidence is enough for the account as it is, whose bar the caller has just computed.
///
/// # Errors
/// What is missing. A session has one time of login: if a weaker proof moved it, rules that ask for a recent login with
/// several factors would be met by a recent password and an old factor.
pub(crate) fn judge<U: AuthUser>(mut evidence: Evidence<U>, goal: Goal<'_>, bar: Bar) -> Result<Proof<U>, Lacking<U>> {
    let began_with_several = matches!(goal, Goal::Freshen(began) if began.contains(Amr::MFA));
    // Nobody should take a step that leads nowhere: a mailbox and an app are not two factors.
    if (began_with_several || bar.is_mfa()) && !bar.in_the_end(evidence.shown).is_mfa() {
        return Err(Lacking::Stronger(SEVERAL_FACTORS));
    }
    if let Some(needs) = bar.missing(evidence.shown) {
        return Err(Lacking::Step(needs, evidence));
    }
    if evidence.shown.is_mfa() {
        // No method says so of itself: two of the same kind are not several factors.
        evidence.amr = evidence.amr.and(Amr::MFA);
    }
    let by_device = bar.relies_on_device(evidence.shown);
    Ok(Proof { evidence, by_device })
}

impl<U: AuthUser> Proof<U> {
    /// Returns the user whose identity was proved.
    pub(crate) const fn user(&self) -> &U {
        &self.evidence.user
    }

    /// Returns how it was proved.
    pub(crate) const fn amr(&self) -> &Amr {
        &self.evidence.amr
    }

    /// Returns the same evidence for the account as it is now: the method was asked about it again.
    pub(crate) fn again(&self, user: U, generation: u64) -> Evidence<U> {
        let Evidence { shown, from_new_network, admitted, .. } = self.evidence;
        let (amr, hash, device) = (self.evidence.amr.clone(), HashState::Stays, self.evidence.device.clone());
        Evidence { user, generation, shown, amr, hash, from_new_network, admitted, device }
    }

    /// Whether the application has been asked about the sign-in.
    pub(crate) const fn is_admitted(&self) -> bool {
        self.evidence.admitted
    }

    /// Returns the stored hash for which a password was right.
    pub(crate) fn hash(&self) -> Option<&str> {
        match &self.evidence.hash {
            HashState::Renewed(hash) => Some(hash.expose()),
            HashState::Stays | HashState::Replaced => self.evidence.user.password_hash(),
        }
    }

    /// Whether a second step was left out because the device is trusted. Such a session is never fresh before everything is
    /// shown: a device takes the place of no factor where a rule asks for a recent login.
    pub(crate) const fn is_by_device(&self) -> bool {
        self.by_device
    }

    /// Whether it is known that the hash that was verified is not the current one.
    pub(crate) const fn is_outdated(&self) -> bool {
        matches!(self.evidence.hash, HashState::Replaced)
    }

    /// Returns the user's generation, read before the evidence was checked.
    pub(crate) const fn generation(&self) -> u64 {
        self.evidence.generation
    }
}
