//! What mailed tokens are for.

use std::time::Duration;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailPurpose {
    /// To set a new password.
    ResetPassword,
    /// To sign in.
    SignIn,
    /// To go on with a sign-in.
    SecondStep,
    /// To go on with a sign-in or a reauthentication by a second factor. It is never mailed.
    Factor,
    /// To go on with one by adding a second factor. It is never mailed, and opens nothing else.
    Enrolment,
    /// To make the session of a signed-in user fresh.
    Reauthenticate,
    /// To create the account of a sign-up.
    SignUp,
    /// To confirm the address of an account.
    VerifyAddress,
    /// To give an account another address.
    ChangeAddress,
    /// To give it back the address it had.
    UndoAddressChange,
    /// Nothing: it keeps others from signing up with an address that an account may take back.
    ReservedAddress,
}

impl MailPurpose {
    /// What a sign-in, a reauthentication or a sign-up waits with.
    pub(crate) const OF_SIGN_IN: &'static [Self] =
        &[Self::SignIn, Self::SecondStep, Self::Reauthenticate, Self::SignUp];

    /// The same, and what waits for something that was not mailed.
    pub(crate) const PENDING: &'static [Self] =
        &[Self::SignIn, Self::SecondStep, Self::Factor, Self::Enrolment, Self::Reauthenticate, Self::SignUp];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset",
            Self::SignIn => "sign_in",
            Self::SecondStep => "second_step",
            Self::Factor => "factor",
            Self::Enrolment => "enrolment",
            Self::Reauthenticate => "reauthenticate",
            Self::SignUp => "sign_up",
            Self::VerifyAddress => "verify",
            Self::ChangeAddress => "change",
            Self::UndoAddressChange => "undo",
            Self::ReservedAddress => "reserved",
        }
    }

    /// How long the token lives (OTK-03, OTK-13, REG-06).
    pub(crate) const fn life(self) -> Duration {
        match self {
            Self::Factor => Duration::from_mins(5),
            Self::SignIn | Self::SecondStep | Self::Enrolment | Self::Reauthenticate => Duration::from_mins(10),
            Self::ResetPassword | Self::SignUp => Duration::from_mins(30),
            Self::ChangeAddress => Duration::from_hours(2),
            Self::VerifyAddress => Duration::from_hours(24),
            Self::UndoAddressChange | Self::ReservedAddress => Duration::from_hours(72),
        }
    }

    /// How many tokens of it an owner has at a time. Of a change of address there is one, so that no two are mixed up.
    pub(super) const fn most(self) -> usize {
        match self {
            Self::ChangeAddress => 1,
            Self::ResetPassword | Self::VerifyAddress | Self::Reauthenticate => 3,
            // Strangers can begin them for an address, as often as limits let them: the owner's own must outlive these.
            Self::SignIn | Self::SecondStep | Self::SignUp => 10,
            // More than one network can begin before they expire: nobody who has stolen a password ends the owner's.
            Self::Factor | Self::Enrolment => 200,
            // The first one is what its owner needs.
            Self::UndoAddressChange | Self::ReservedAddress => usize::MAX,
        }
    }
}

/// Which derived text of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenText {
    /// The one in the link of the mail.
    Link,
    /// The one in the link of the mail to the address that an account has, about a change to another.
    FormerLink,
    /// The one that the browser that asked was given. It makes a code usable, and is nothing by itself.
    Handle,
}

impl TokenText {
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Link => b"link",
            Self::FormerLink => b"former link",
            Self::Handle => b"handle",
        }
    }
}
