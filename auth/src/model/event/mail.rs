//! What events about mail say.

/// The reason a mailed link or code was refused. For operators only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailedTokenFailure {
    /// The link is unknown, used, expired or void.
    InvalidLink,
    /// The code is wrong.
    WrongCode,
    /// The code has nothing (any more) that it could belong to, or too many were tried.
    Expired,
}

/// The kind of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LetterKind {
    /// Link and code to set a new password.
    ResetPassword,
    /// Link and code to sign in.
    SignIn,
    /// Link and code to create the account of a sign-up.
    ConfirmSignUp,
    /// Notice to the owner of an account that somebody has tried to sign up with its address. It is sent in place of a
    /// [`ConfirmSignUp`](Self::ConfirmSignUp).
    SignUpOfOwner,
    /// Link and code to confirm the address of an account.
    VerifyAddress,
    /// Link to confirm a change of address, to the new one.
    ConfirmNewAddress,
    /// Link to confirm a change of address, to the present one.
    ConfirmAddressChange,
    /// Notice of a changed address, to the former one, with a link to undo it.
    AddressChanged,
    /// Notice that the application has set another address, to the former one.
    AddressSet,
    /// Notice that the password has changed.
    PasswordChanged,
    /// Notice of a sign-in from a network that is not known.
    NewSignIn,
    /// Notice that a refresh token was used twice, so that its session was ended.
    RefreshReused,
    /// Notice that too many wrong passwords were tried.
    PasswordLocked,
    /// Notice that an authenticator app was added.
    FactorAdded,
    /// Notice that the second factor was removed.
    FactorRemoved,
    /// Notice that an API key was made.
    KeyCreated,
    /// Notice that a passkey was added.
    PasskeyAdded,
    /// Notice that a passkey was removed.
    PasskeyRemoved,
    /// Notice that a passkey may have been copied: its signature counter has not gone on.
    PasskeyCloned,
    /// Notice that there are new recovery codes.
    RecoveryCodesGenerated,
    /// Notice that a recovery code was used.
    RecoveryCodeUsed,
}

impl LetterKind {
    /// Whether it is a notice of factors, or of what takes their place.
    pub(crate) const fn is_about_factors(self) -> bool {
        matches!(
            self,
            Self::FactorAdded
                | Self::FactorRemoved
                | Self::KeyCreated
                | Self::PasskeyAdded
                | Self::PasskeyRemoved
                | Self::PasskeyCloned
                | Self::RecoveryCodesGenerated
                | Self::RecoveryCodeUsed
        )
    }

    /// All of them.
    pub(crate) const ALL: [Self; 21] = [
        Self::ResetPassword,
        Self::SignIn,
        Self::ConfirmSignUp,
        Self::SignUpOfOwner,
        Self::VerifyAddress,
        Self::ConfirmNewAddress,
        Self::ConfirmAddressChange,
        Self::AddressChanged,
        Self::AddressSet,
        Self::PasswordChanged,
        Self::NewSignIn,
        Self::RefreshReused,
        Self::PasswordLocked,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::KeyCreated,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::PasskeyCloned,
        Self::RecoveryCodesGenerated,
        Self::RecoveryCodeUsed,
    ];
}
