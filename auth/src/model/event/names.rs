//! Stable names for the parts of events, for log pipelines, audit tables and metrics.

use super::{
    EventKind, KeyRefusal, LetterKind, LimitedAction, LimitedBy, LoginFailure, MailedTokenFailure, RefreshRefusal,
    Refusal, RegistrationRefusal,
};
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::SessionId;

impl EventKind {
    /// Returns why something was refused, as a stable name such as `wrong_password`, `rule` or `taken`.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::LoginFailed { reason, .. } => Some(reason.name()),
            Self::RegistrationRefused { reason } => Some(reason.name()),
            Self::RefreshRefused { reason, .. } => Some(reason.name()),
            Self::Refused { reason, .. } => Some(reason.name()),
            Self::Limited { by, .. } => Some(by.name()),
            Self::KeyRefused { reason, .. } => Some(reason.name()),
            Self::PasswordResetFailed { reason, .. } | Self::AddressVerificationFailed { reason, .. } => {
                Some(reason.name())
            }
            Self::SignInPending { needs, .. } => Some(needs.name()),
            _ => None,
        }
    }

    /// Returns the kind of mail the event is about, if any.
    #[must_use]
    pub const fn letter(&self) -> Option<LetterKind> {
        match self {
            Self::MailSent { letter, .. } | Self::MailDelayed { letter, .. } | Self::MailFailed { letter, .. } => {
                Some(*letter)
            }
            _ => None,
        }
    }

    /// Returns the API key the event is about, if any: after a rotation, the new one.
    #[must_use]
    pub const fn key_id(&self) -> Option<&ApiKeyId> {
        match self {
            Self::KeyCreated { key_id, .. } | Self::KeyRotated { key_id, .. } | Self::KeyRevoked { key_id, .. } => {
                Some(key_id)
            }
            Self::KeyRefused { key_id, .. } => key_id.as_ref(),
            _ => None,
        }
    }

    /// Returns the session the event is about, if any.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        match self {
            Self::LoginSucceeded { session, .. }
            | Self::FormerTokenAccepted { session, .. }
            | Self::Reauthenticated { session, .. }
            | Self::Refreshed { session, .. }
            | Self::RefreshReused { session, .. }
            | Self::SessionEnded { session, .. } => Some(session),
            Self::RefreshRefused { session, .. } => session.as_ref(),
            _ => None,
        }
    }
}

/// Assigns a stable name to each variant.
macro_rules! names {
    ($($of:ident { $($variant:ident => $name:literal,)+ })+) => {$(
        impl $of {
            /// Returns its stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    )+};
}

names! {
    LoginFailure {
        UnknownAccount => "unknown_account",
        WrongPassword => "wrong_password",
        NoPassword => "no_password",
        Inactive => "inactive",
        Denied => "denied",
        WrongCode => "wrong_code",
        WrongLink => "wrong_link",
        WrongFactor => "wrong_factor",
        WrongPasskey => "wrong_passkey",
        Expired => "expired",
        Raced => "raced",
    }
    RegistrationRefusal {
        Taken => "taken",
        Denied => "denied",
    }
    RefreshRefusal {
        Malformed => "malformed",
        Unknown => "unknown",
        Expired => "expired",
        Revoked => "revoked",
        Inactive => "inactive",
        StepUp => "step_up",
    }
    Refusal {
        NotSignedIn => "not_signed_in",
        InvalidToken => "invalid_token",
        Revoked => "revoked",
        Inactive => "inactive",
        Rule => "rule",
        StepUp => "step_up",
        Check => "check",
        CrossSite => "cross_site",
        KeyRequired => "key_required",
    }
    LimitedAction {
        Register => "register",
        Login => "login",
        Reauthenticate => "reauthenticate",
        ChangePassword => "change_password",
        ForgotPassword => "forgot_password",
        ResetPassword => "reset_password",
        SignInByMail => "sign_in_by_mail",
        AnswerSignIn => "answer_sign_in",
        VerifyAddress => "verify_address",
        ChangeAddress => "change_address",
        ConfirmFactor => "confirm_factor",
        AddPasskey => "add_passkey",
        CreateKey => "create_key",
        UseKey => "use_key",
        Refresh => "refresh",
        Logout => "logout",
    }
    LimitedBy {
        Address => "address",
        FailuresOfAddress => "failures_of_address",
        Pair => "pair",
        Account => "account",
        Locked => "locked",
        Session => "session",
        Key => "key",
        All => "all",
    }
    MailedTokenFailure {
        InvalidLink => "invalid_link",
        WrongCode => "wrong_code",
        Expired => "expired",
    }
    KeyRefusal {
        Malformed => "malformed",
        Unknown => "unknown",
        Expired => "expired",
        Revoked => "revoked",
        Inactive => "inactive",
        NotAccepted => "not_accepted",
    }
    LetterKind {
        ResetPassword => "reset_password",
        SignIn => "sign_in",
        ConfirmSignUp => "confirm_sign_up",
        SignUpOfOwner => "sign_up_of_owner",
        VerifyAddress => "verify_address",
        ConfirmNewAddress => "confirm_new_address",
        ConfirmAddressChange => "confirm_address_change",
        AddressChanged => "address_changed",
        AddressSet => "address_set",
        PasswordChanged => "password_changed",
        NewSignIn => "new_sign_in",
        RefreshReused => "refresh_reused",
        PasswordLocked => "password_locked",
        FactorAdded => "factor_added",
        KeyCreated => "key_created",
        PasskeyAdded => "passkey_added",
        PasskeyRemoved => "passkey_removed",
        PasskeyCloned => "passkey_cloned",
        FactorRemoved => "factor_removed",
        RecoveryCodesGenerated => "recovery_codes_generated",
        RecoveryCodeUsed => "recovery_code_used",
    }
}
