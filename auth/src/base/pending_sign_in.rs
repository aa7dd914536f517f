//! A sign-in that needs another step.

use std::fmt;
use std::time::Duration;

/// A sign-in that has begun and needs another step, before which there is no session.
///
/// As an error ([`AuthError::FactorRequired`](crate::AuthError::FactorRequired)) it is a 401 with the code
/// `factor_required` and the members `sign_in`, `needs`, `methods` and `expires_in`. It is continued with
/// [`Auth::answer`](crate::Auth::answer), or by the route of one of the methods: `POST /sign-in/passkey/step`,
/// `/sign-in/totp`, `/sign-in/recovery-code`, `/sign-in/mail/code`, `/sign-in/mail/link`, `/sign-in/enrol/passkey`,
/// `/sign-in/enrol/totp`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingSignIn {
    /// The handle: whoever has it can take the next step, which still has to be right. It is not a token, and opens
    /// nothing by itself. Keep it in the page, not in its address.
    pub sign_in: String,
    /// What is missing.
    pub needs: Needs,
    /// The methods that would meet it.
    pub methods: &'static [SignInMethod],
    /// How long the handle works.
    pub expires_in: Duration,
}

/// Without the handle.
impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("needs", &self.needs)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// What a sign-in needs to be complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// A second factor.
    Factor,
    /// Proof that its user reads the mail of the account's address.
    Mailbox,
    /// A second factor that the account does not have yet, and must have (`#[auth(mfa)]`): it is added inside the sign-in,
    /// with [`Auth::enrol_totp`](crate::Auth::enrol_totp) or `POST /sign-in/enrol/totp`, or with
    /// [`Auth::enrol_passkey`](crate::Auth::enrol_passkey) or `POST /sign-in/enrol/passkey` where passkeys are on.
    Enrolment,
}

impl Needs {
    /// Returns its stable name: `factor`, `mailbox`, `enrolment`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Factor => "factor",
            Self::Mailbox => "mailbox",
            Self::Enrolment => "enrolment",
        }
    }
}

/// For people.
impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Factor => "enter the code of your authenticator app, or a recovery code",
            Self::Mailbox => "confirm the address: enter the code that was mailed",
            Self::Enrolment => "set up an authenticator app: this account must have a second factor",
        })
    }
}

/// A way to take a step of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInMethod {
    /// The code in a mail.
    MailedCode,
    /// The link in a mail, opened in the browser that asked for it.
    MailedLink,
    /// The code that an authenticator app shows.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// An authenticator app that is set up inside the sign-in.
    TotpEnrolment,
    /// A passkey of the account: in this sign-in (`POST /sign-in/passkey/step`), or in one of its own, which needs no
    /// other step.
    Passkey,
    /// A passkey that is added inside the sign-in.
    PasskeyEnrolment,
}

impl SignInMethod {
    /// What a mailbox is proved with.
    pub(crate) const OF_MAILBOX: &'static [Self] = &[Self::MailedCode, Self::MailedLink];

    /// What an authenticator app is proved with.
    pub(crate) const OF_TOTP: &'static [Self] = &[Self::Totp, Self::RecoveryCode];

    /// What an account gets whose second factor is a passkey.
    pub(crate) const OF_PASSKEY: &'static [Self] = &[Self::Passkey];

    /// The same, if it has recovery codes.
    pub(crate) const OF_PASSKEY_OR_RECOVERY_CODE: &'static [Self] = &[Self::Passkey, Self::RecoveryCode];

    /// What is left of that while passkeys are off.
    pub(crate) const OF_RECOVERY_CODE: &'static [Self] = &[Self::RecoveryCode];

    /// The same, of an account that has an app as well.
    pub(crate) const OF_TOTP_OR_PASSKEY: &'static [Self] = &[Self::Passkey, Self::Totp, Self::RecoveryCode];

    /// What an account gets that must have a second factor, and has none.
    pub(crate) const OF_ENROLMENT: &'static [Self] = &[Self::TotpEnrolment];

    /// The same where passkeys are on.
    pub(crate) const OF_ANY_ENROLMENT: &'static [Self] = &[Self::PasskeyEnrolment, Self::TotpEnrolment];

    /// Returns its stable name: `mailed_code`, `mailed_link`, `totp`, `recovery_code`, `totp_enrolment`, `passkey`,
    /// `passkey_enrolment`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MailedCode => "mailed_code",
            Self::MailedLink => "mailed_link",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::TotpEnrolment => "totp_enrolment",
            Self::Passkey => "passkey",
            Self::PasskeyEnrolment => "passkey_enrolment",
        }
    }
}
