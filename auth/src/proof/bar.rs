//! What an account asks of everybody who signs in to it.

use super::evidence::Shown;
use super::mfa::needs_mfa;
use crate::base::pending_sign_in::Needs;
use crate::model::claims::RowStamp;
use crate::model::user::{AuthUser, is_same_row};

/// What a sign-in to one account must show. It is computed from the row and the factors as they are when the sign-in is
/// judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Who must read the mail of the account's address.
    mailbox: Mailbox,
    /// Whether the user type demands several factors of this user. A mailbox is none.
    mfa: bool,
    /// Whether the account has a second step: something that its user holds, and one thing more.
    second_step: bool,
    /// Whether the device of this sign-in is trusted, which takes the place of a second step, and of nothing else.
    device: bool,
}

/// Who must read the mail of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mailbox {
    Nobody,
    /// Whoever adds a factor inside a sign-in. A stolen password alone adds none.
    WhoEnrols,
    /// Whoever signs in.
    Everybody,
}

impl Bar {
    /// Returns what the row of an account asks for.
    pub(crate) fn of<U: AuthUser>(user: &U) -> Self {
        let unconfirmed = U::SCHEMA.verified_required && user.is_verified() == Some(false);
        let mailbox = if unconfirmed { Mailbox::Everybody } else { Mailbox::Nobody };
        Self { mailbox, mfa: needs_mfa(user), second_step: false, device: false }
    }

    /// Adds what its factors ask for.
    pub(crate) const fn with_second_step(self, second_step: bool) -> Self {
        Self { second_step, ..self }
    }

    /// Whether a trusted device would change what is asked for: never for those who must have a second factor.
    pub(crate) const fn lets_devices_pass(self) -> bool {
        self.second_step && !self.mfa
    }

    /// Adds that the device is trusted.
    pub(crate) const fn on_trusted_device(self) -> Self {
        Self { device: self.lets_devices_pass(), ..self }
    }

    /// Whether that is why nothing more is asked for.
    pub(super) const fn relies_on_device(self, shown: Shown) -> bool {
        self.second_step && self.device && !shown.is_second_step()
    }

    /// Adds that the account has an address to which mail goes.
    pub(crate) const fn with_mail(self, mail: bool) -> Self {
        match self.mailbox {
            Mailbox::Nobody if mail => Self { mailbox: Mailbox::WhoEnrols, ..self },
            _ => self,
        }
    }

    /// Whether several factors are demanded.
    pub(crate) const fn is_mfa(self) -> bool {
        self.mfa
    }

    /// Returns what is missing, if anything is. A factor that is there comes first: whoever has stolen a password causes no
    /// mail. One that has to be added comes last.
    pub(super) const fn missing(self, shown: Shown) -> Option<Needs> {
        let mailbox = match self.mailbox {
            Mailbox::Nobody => false,
            Mailbox::WhoEnrols => self.enrols(shown),
            Mailbox::Everybody => true,
        };
        if self.second_step && !self.device && !shown.is_second_step() {
            Some(Needs::Factor)
        } else if mailbox && !shown.has(Shown::MAILBOX) {
            Some(Needs::Mailbox)
        } else if self.enrols(shown) {
            Some(Needs::Enrolment)
        } else {
            None
        }
    }

    /// What will be shown once everything is that can be asked for.
    pub(super) const fn in_the_end(self, shown: Shown) -> Shown {
        let held = self.enrols(shown) || matches!(self.missing(shown), Some(Needs::Factor));
        if held { shown.and(Shown::HELD) } else { shown }
    }

    /// Whether a factor has to be added first.
    const fn enrols(self, shown: Shown) -> bool {
        self.mfa && !self.second_step && !shown.is_mfa()
    }

    /// Whether a session of the account may go on: one that began before something was asked for does not. (Whoever adds
    /// a factor ends the other sessions. Those that lack factors are told by `row_lacks_mfa`.)
    pub(crate) const fn lets_sessions_continue(self) -> bool {
        !matches!(self.mailbox, Mailbox::Everybody)
    }
}

/// Whether what was issued for the row with this stamp may go on with the row as it is now: it is the same one, its account
/// is active, and nothing is asked for that was not before. For sessions and API keys alike.
pub(crate) fn may_continue<U: AuthUser>(row: &U, stamp: Option<RowStamp>) -> bool {
    row.is_active() && is_same_row(row, stamp) && Bar::of(row).lets_sessions_continue()
}

#[cfg(test)]
mod tests {
    use super::{Bar, Mailbox, Needs, Shown};

    const MFA: Bar = Bar { mailbox: Mailbox::Nobody, mfa: true, second_step: false, device: false };

    /// What is asked for in turn, when everything is shown.
    fn asked(bar: Bar, mut shown: Shown) -> (Vec<Needs>, Shown) {
        let mut asked = Vec::new();
        while let Some(needs) = bar.missing(shown) {
            asked.push(needs);
            shown = shown.and(if needs == Needs::Mailbox { Shown::MAILBOX } else { Shown::HELD });
        }
        (asked, shown)
    }

    #[test]
    fn sign_12_a_factor_is_added_after_the_mailbox() {
        let enrolment = asked(MFA, Shown::KNOWN);
        assert_eq!(enrolment.0, [Needs::Enrolment]);
        let with_mail = asked(MFA.with_mail(true), Shown::KNOWN);
        assert_eq!(with_mail.0, [Needs::Mailbox, Needs::Enrolment]);
        assert!(enrolment.1.is_mfa() && with_mail.1.is_mfa());
        assert_eq!(asked(MFA.with_second_step(true).with_mail(true), Shown::KNOWN).0, [Needs::Factor]);
    }

    #[test]
    fn dev_01_a_trusted_device_is_no_factor() {
        let plain = Bar { mfa: false, second_step: true, ..MFA };
        assert_eq!(plain.missing(Shown::KNOWN), Some(Needs::Factor));
        assert_eq!(plain.on_trusted_device().missing(Shown::KNOWN), None);
        assert!(plain.on_trusted_device().relies_on_device(Shown::KNOWN));
        assert!(!plain.on_trusted_device().relies_on_device(Shown::KNOWN | Shown::HELD));
        assert_eq!(MFA.with_second_step(true).on_trusted_device().missing(Shown::KNOWN), Some(Needs::Factor));
        assert_eq!(MFA.on_trusted_device().missing(Shown::KNOWN), Some(Needs::Enrolment));
        let unconfirmed = Bar { mailbox: Mailbox::Everybody, ..plain };
        assert_eq!(unconfirmed.on_trusted_device().missing(Shown::KNOWN), Some(Needs::Mailbox));
    }

    #[test]
    fn what_comes_in_the_end_is_known_at_once() {
        for bits in 0..16 {
            let shown = Shown::from_bits(bits);
            let mailboxes = [Mailbox::Nobody, Mailbox::WhoEnrols, Mailbox::Everybody];
            for (mailbox, bits) in mailboxes.into_iter().flat_map(|mailbox| (0..4).map(move |bits| (mailbox, bits))) {
                let bar = Bar { mailbox, mfa: bits & 1 == 1, second_step: bits & 2 == 2, device: false };
                // A factor without anything beside it begins nothing.
                if shown == Shown::HELD || shown.bits() == 0 {
                    continue;
                }
                let (_, then) = asked_once(bar, shown);
                assert_eq!(bar.in_the_end(shown).is_mfa(), then.is_mfa(), "{bar:?} {shown:?}");
            }
        }
    }

    /// As above, each once.
    fn asked_once(bar: Bar, mut shown: Shown) -> (u8, Shown) {
        let mut times = 0;
        while let (Some(needs), 0..4) = (bar.missing(shown), times) {
            shown = shown.and(if needs == Needs::Mailbox { Shown::MAILBOX } else { Shown::HELD });
            times += 1;
        }
        (times, shown)
    }
}
