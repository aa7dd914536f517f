//! The occasions to write.

use std::net::IpAddr;
use std::time::Duration;

use super::words::Facts;
use crate::model::event::LetterKind;
use crate::model::user::AuthUser;

/// An occasion to write. `service` is the host of the application's pages, which names it; a `link` opens one of them,
/// with a token in its fragment or query ([`links`](crate::AuthBuilder::links)); a `code` has eight digits and is for the page in which it was asked for; `expires_in`
/// is how long both work.
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are explained above, once for all")]
pub enum Letter<'a, U: AuthUser> {
    /// Somebody, probably the user, has forgotten the password.
    #[non_exhaustive]
    ResetPassword { user: &'a U, service: &'a str, link: &'a str, code: &'a str, expires_in: Duration },
    /// Somebody, probably the user, signs in with the mailbox.
    #[non_exhaustive]
    SignIn { user: &'a U, service: &'a str, link: &'a str, code: &'a str, expires_in: Duration },
    /// Somebody signs up with this address. There is no account yet.
    #[non_exhaustive]
    ConfirmSignUp {
        registration: &'a U::Registration,
        service: &'a str,
        link: &'a str,
        code: &'a str,
        expires_in: Duration,
    },
    /// Somebody has tried to sign up with the address of this user.
    #[non_exhaustive]
    SignUpOfOwner { user: &'a U, service: &'a str },
    /// The address of an account is to be confirmed.
    #[non_exhaustive]
    VerifyAddress { user: &'a U, service: &'a str, link: &'a str, code: &'a str, expires_in: Duration },
    /// The user wants this address for the account: it goes there.
    #[non_exhaustive]
    ConfirmNewAddress { user: &'a U, service: &'a str, link: &'a str, expires_in: Duration },
    /// The account is to get another address: it goes to the present one.
    #[non_exhaustive]
    ConfirmAddressChange {
        user: &'a U,
        service: &'a str,
        /// The other address.
        new: &'a str,
        link: &'a str,
        expires_in: Duration,
    },
    /// The account has got another address: it goes to the former one. The link takes it back.
    #[non_exhaustive]
    AddressChanged { user: &'a U, service: &'a str, link: &'a str, expires_in: Duration },
    /// The application has given the account another address: it goes to the former one.
    #[non_exhaustive]
    AddressSet { user: &'a U, service: &'a str },
    /// The password was changed, or set by mail.
    #[non_exhaustive]
    PasswordChanged { user: &'a U, service: &'a str },
    /// Somebody has signed in from a network from which nobody has before.
    #[non_exhaustive]
    NewSignIn {
        user: &'a U,
        service: &'a str,
        /// From where, if it is known.
        ip: Option<IpAddr>,
    },
    /// A refresh token was used twice, as a stolen one is; its session was ended.
    #[non_exhaustive]
    RefreshReused { user: &'a U, service: &'a str },
    /// Too many wrong passwords were tried: strangers have to wait.
    #[non_exhaustive]
    PasswordLocked { user: &'a U, service: &'a str },
    /// An authenticator app was added: a sign-in needs a code of it from now on.
    #[non_exhaustive]
    FactorAdded { user: &'a U, service: &'a str },
    /// The second factor was removed, by the user or by the application.
    #[non_exhaustive]
    FactorRemoved { user: &'a U, service: &'a str },
    /// An API key was made, or made anew by rotation: whoever has it can do what it may do.
    #[non_exhaustive]
    KeyCreated {
        user: &'a U,
        service: &'a str,
        /// What it was called.
        name: &'a str,
    },
    /// A passkey was added: whoever has it can sign in.
    #[non_exhaustive]
    PasskeyAdded {
        user: &'a U,
        service: &'a str,
        /// What it was called.
        name: &'a str,
    },
    /// A passkey was removed.
    #[non_exhaustive]
    PasskeyRemoved {
        user: &'a U,
        service: &'a str,
        /// What it was called.
        name: &'a str,
    },
    /// A passkey may have been copied: its signature counter has not gone on, so the sign-in was refused.
    #[non_exhaustive]
    PasskeyCloned { user: &'a U, service: &'a str },
    /// There are new recovery codes.
    #[non_exhaustive]
    RecoveryCodesGenerated { user: &'a U, service: &'a str },
    /// A recovery code was used.
    #[non_exhaustive]
    RecoveryCodeUsed {
        user: &'a U,
        service: &'a str,
        /// How many can still be used.
        left: u8,
    },
}

impl<U: AuthUser> Letter<'_, U> {
    /// Returns what the built-in letters say.
    pub(super) fn facts(&self) -> Facts<'_> {
        match *self {
            Self::ResetPassword { service, link, code, expires_in, .. } => {
                Facts::of(LetterKind::ResetPassword, service).link(link, expires_in).code(code)
            }
            Self::SignIn { service, link, code, expires_in, .. } => {
                Facts::of(LetterKind::SignIn, service).link(link, expires_in).code(code)
            }
            Self::ConfirmSignUp { service, link, code, expires_in, .. } => {
                Facts::of(LetterKind::ConfirmSignUp, service).link(link, expires_in).code(code)
            }
            Self::VerifyAddress { service, link, code, expires_in, .. } => {
                Facts::of(LetterKind::VerifyAddress, service).link(link, expires_in).code(code)
            }
            Self::ConfirmNewAddress { service, link, expires_in, .. } => {
                Facts::of(LetterKind::ConfirmNewAddress, service).link(link, expires_in)
            }
            Self::ConfirmAddressChange { service, new, link, expires_in, .. } => {
                Facts::of(LetterKind::ConfirmAddressChange, service).link(link, expires_in).about(new)
            }
            Self::AddressChanged { service, link, expires_in, .. } => {
                Facts::of(LetterKind::AddressChanged, service).link(link, expires_in)
            }
            Self::NewSignIn { service, ip, .. } => {
                let facts = Facts::of(LetterKind::NewSignIn, service);
                match ip {
                    Some(ip) => facts.about(&ip.to_string()),
                    None => facts,
                }
            }
            Self::SignUpOfOwner { service, .. } => Facts::of(LetterKind::SignUpOfOwner, service),
            Self::AddressSet { service, .. } => Facts::of(LetterKind::AddressSet, service),
            Self::PasswordChanged { service, .. } => Facts::of(LetterKind::PasswordChanged, service),
            Self::RefreshReused { service, .. } => Facts::of(LetterKind::RefreshReused, service),
            Self::PasswordLocked { service, .. } => Facts::of(LetterKind::PasswordLocked, service),
            Self::FactorAdded { service, .. } => Facts::of(LetterKind::FactorAdded, service),
            Self::FactorRemoved { service, .. } => Facts::of(LetterKind::FactorRemoved, service),
            Self::KeyCreated { service, name, .. } => Facts::of(LetterKind::KeyCreated, service).about(name),
            Self::PasskeyAdded { service, name, .. } => Facts::of(LetterKind::PasskeyAdded, service).about(name),
            Self::PasskeyRemoved { service, name, .. } => Facts::of(LetterKind::PasskeyRemoved, service).about(name),
            Self::PasskeyCloned { service, .. } => Facts::of(LetterKind::PasskeyCloned, service),
            Self::RecoveryCodesGenerated { service, .. } => Facts::of(LetterKind::RecoveryCodesGenerated, service),
            Self::RecoveryCodeUsed { service, left, .. } => {
                Facts::of(LetterKind::RecoveryCodeUsed, service).about(&left.to_string())
            }
        }
    }
}
