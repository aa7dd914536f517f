//! Why a token is not accepted. For operators: whoever sent the token gets one answer for all of them.

use crate::base::error::AuthError;

/// The first check that a token does not pass, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is longer than a token may be.
    Size,
    /// It is not three segments of base64url.
    Form,
    /// Its header is no JSON object, too long, or asks for something that is not supported (`crit`).
    Header,
    /// Of several configured issuers, it names none.
    UnknownIssuer,
    /// The issuer has no key of that name for that algorithm; or, of a token that names none, no key for it.
    UnknownKey,
    /// It names no key, and more than one could have signed it.
    NoKeyNamed,
    /// The algorithm that it names is none of signatures, or not allowed.
    Algorithm,
    /// The signature is wrong.
    Signature,
    /// The claims that the application reads are not there.
    Claims,
    /// Another issuer.
    Issuer,
    /// For somebody else.
    Audience,
    /// Expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// Signed by the issuer for another purpose: an ID token, a refresh token.
    Kind,
    /// The issuer says that it is not valid.
    Inactive,
}

/// Why there are no claims.
pub(super) enum Unverified {
    /// Something is wrong with the token.
    Refused(Refused),
    /// Whether something is, cannot be said.
    Unavailable(AuthError),
}

impl Refused {
    /// Whether a token could be refused for this reason because the issuer has other keys by now.
    pub(super) const fn may_be_a_matter_of_new_keys(self) -> bool {
        matches!(self, Self::UnknownKey | Self::Signature)
    }

    /// Returns its name, which is stable.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Form => "form",
            Self::Header => "header",
            Self::UnknownIssuer => "unknown_issuer",
            Self::UnknownKey => "unknown_key",
            Self::NoKeyNamed => "no_key_named",
            Self::Algorithm => "algorithm",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Kind => "kind",
            Self::Inactive => "inactive",
        }
    }
}
