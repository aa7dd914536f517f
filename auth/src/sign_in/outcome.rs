//! What a step of signing in has come to.
//!
//! There is no variant for an address that was confirmed and nothing else. Confirming takes the session of the account
//! (`Auth::verify_address`, which answers nothing), or it is the step of a sign-in or a sign-up, after which a session
//! begins: so every caller would have an arm that nothing reaches.

use std::fmt;

use super::FreshToken;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::PendingSignIn;
use crate::model::user::AuthUser;
use crate::session::Tokens;

/// What a step of signing in, signing up or reauthenticating has come to. It has no other state, and a later version
/// that adds one breaks the programs that would have to decide about it.
///
/// ```
/// # use auth::{Auth, AuthError, AuthUser, ClientInfo, Credentials, SignIn, Completed};
/// async fn sign_in<U: AuthUser>(auth: &Auth<U>, typed: Credentials<'_>, client: &ClientInfo) -> Result<String, AuthError> {
///     match auth.login(typed, client).await? {
///         SignIn::Complete(Completed::SignedIn { tokens, .. }) => Ok(tokens.access_token),
///         SignIn::Complete(_) => unreachable!("a login makes nothing fresh"),
///         // A page with a field for the code.
///         SignIn::Pending(pending) => Ok(format!("{}: {}", pending.needs, pending.sign_in)),
///     }
/// }
///
/// // Or leave the other step to the built-in routes: it is then an error, whose answer says how to go on.
/// async fn short<U: AuthUser>(auth: &Auth<U>, typed: Credentials<'_>, client: &ClientInfo) -> Result<U, AuthError> {
///     let (user, _tokens) = auth.login(typed, client).await?.signed_in()?;
///     Ok(user)
/// }
/// ```
#[must_use = "a sign-in may need another step"]
pub enum SignIn<U: AuthUser> {
    /// It is done.
    Complete(Completed<U>),
    /// It needs another step. There is no session yet.
    Pending(Box<PendingSignIn>),
}

/// What was done.
pub enum Completed<U: AuthUser> {
    /// A session began.
    SignedIn {
        /// The user, as the access token describes them.
        user: U,
        /// Its tokens.
        tokens: Tokens,
    },
    /// The session that asked is fresh.
    Freshened(FreshToken),
}

impl<U: AuthUser> SignIn<U> {
    pub(crate) const fn began(user: U, tokens: Tokens) -> Self {
        Self::Complete(Completed::SignedIn { user, tokens })
    }

    /// Returns the user and the tokens of the session that began.
    ///
    /// # Errors
    /// [`AuthError::FactorRequired`] if another step is needed: the 401 that says how to go on.
    pub fn signed_in(self) -> Result<(U, Tokens), AuthError> {
        match self {
            Self::Complete(Completed::SignedIn { user, tokens }) => Ok((user, tokens)),
            Self::Complete(Completed::Freshened(_)) => Err(AuthError::internal("no session began: one became fresh")),
            Self::Pending(pending) => Err(AuthError::FactorRequired(pending)),
        }
    }

    /// Returns the access token of the session that became fresh.
    ///
    /// # Errors
    /// [`AuthError::FactorRequired`] if another step is needed.
    pub fn freshened(self) -> Result<FreshToken, AuthError> {
        match self {
            Self::Complete(Completed::Freshened(token)) => Ok(token),
            Self::Complete(Completed::SignedIn { .. }) => {
                Err(AuthError::internal("a session began: none became fresh"))
            }
            Self::Pending(pending) => Err(AuthError::FactorRequired(pending)),
        }
    }
}

/// Without tokens and handles.
impl<U: AuthUser> fmt::Debug for SignIn<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete(completed) => f.debug_tuple("Complete").field(completed).finish(),
            Self::Pending(pending) => f.debug_tuple("Pending").field(pending).finish(),
        }
    }
}

/// Without tokens.
impl<U: AuthUser> fmt::Debug for Completed<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedIn { tokens, .. } => f.debug_struct("SignedIn").field("tokens", tokens).finish_non_exhaustive(),
            Self::Freshened(token) => f.debug_tuple("Freshened").field(token).finish(),
        }
    }
}
