//! Why a ceremony fails.

use crate::base::error::AuthError;
use crate::store::StoreError;

/// What is wrong with an answer of an authenticator (`WebAuthn` §7.1, §7.2). Each check has its own, for events and tests;
/// whoever asks is told none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CeremonyError {
    #[error("it cannot be read")]
    Malformed,
    #[error("it is of another ceremony")]
    Type,
    #[error("the challenge is unknown, expired, of somebody else, or used")]
    Challenge,
    #[error("it is from a page of another origin")]
    Origin,
    #[error("it is from a page in a frame of another origin")]
    CrossOrigin,
    #[error("it is for another relying party")]
    RelyingParty,
    #[error("nobody touched the authenticator")]
    UserPresence,
    #[error("the authenticator did not verify its user")]
    UserVerification,
    #[error("it is backed up, but not eligible for it")]
    BackupState,
    #[error("its eligibility for backups has changed")]
    BackupEligibility,
    #[error("the key is of an algorithm that was not offered")]
    Algorithm,
    #[error("the key is malformed")]
    Key,
    #[error("the credential is not known here")]
    Unknown,
    #[error("the credential is of another account, or has changed")]
    Credential,
    #[error("the user handle is missing, or somebody else's")]
    UserHandle,
    #[error("the signature is wrong")]
    Signature,
    #[error("the signature counter has not increased: the authenticator may have been cloned")]
    SignCount,
    #[error("the credential is registered")]
    Registered,
    #[error("the account has as many passkeys as it may have")]
    TooMany,
}

/// A ceremony that failed, or could not be judged.
#[derive(Debug)]
pub(crate) enum PasskeyFailure {
    /// The answer is refused. The credential that it names, if there is one, belongs to this user.
    Refused(CeremonyError, Option<String>),
    /// Nothing was decided.
    Undecided(AuthError),
}

impl From<CeremonyError> for PasskeyFailure {
    fn from(error: CeremonyError) -> Self {
        Self::Refused(error, None)
    }
}

impl From<StoreError> for PasskeyFailure {
    fn from(error: StoreError) -> Self {
        Self::Undecided(error.into())
    }
}

impl From<AuthError> for PasskeyFailure {
    fn from(error: AuthError) -> Self {
        Self::Undecided(error)
    }
}
