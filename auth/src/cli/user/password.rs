//! The password of an account: typed, piped, generated, or none. Never an argument.

use std::io::Read;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use clap::ArgMatches;
use zeroize::Zeroizing;

use super::super::failure::Failure;
use super::super::input::Input;
use crate::base::error::AuthError;
use crate::base::random::{OsRandom, random};

/// Where a password comes from.
pub(super) enum Password {
    Given(Zeroizing<String>),
    /// It is printed once.
    Generated(Zeroizing<String>),
    None,
}

impl Password {
    /// Reads what the arguments say, and otherwise asks at a terminal, where nothing may be typed to have one generated.
    pub(super) fn read(matches: &ArgMatches, input: Input<impl Read>) -> Result<Self, Failure> {
        let flag = |name| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default();
        if flag("no-password") {
            return Ok(Self::None);
        }
        let asks = flag("password-stdin");
        if flag("generate-password") || (!asks && !input.is_terminal()) {
            return generated();
        }
        let question = if asks { "Password: " } else { "Password (empty: one is generated): " };
        let password = input.password(question)?;
        match password.is_empty() {
            true if asks => Err(Failure::usage("no password was typed")),
            true => generated(),
            false => Ok(Self::Given(password)),
        }
    }

    /// Returns the password, if there is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Given(password) | Self::Generated(password) => Some(password),
            Self::None => None,
        }
    }

    /// Returns one that nobody knows yet.
    pub(super) fn generated(&self) -> Option<&str> {
        match self {
            Self::Generated(password) => Some(password),
            Self::Given(_) | Self::None => None,
        }
    }
}

/// 128 random bits, in characters that can be typed.
fn generated() -> Result<Password, Failure> {
    let bytes = Zeroizing::new(random::<16>(&OsRandom).map_err(AuthError::from)?);
    Ok(Password::Generated(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes))))
}
