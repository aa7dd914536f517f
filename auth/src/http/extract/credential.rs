//! What a guard verified about the caller of a request.

use std::sync::Arc;

use super::admitted_rule::Basis;
use crate::api_keys::FoundKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::event::Refusal;
use crate::model::principal::{PermissionSet, Principal};
use crate::policy::Facts;
use crate::store::Budget;

/// A verified credential. Each kind says here what rules learn from it: whoever adds one is led by the compiler to each
/// place that has to decide about it.
pub enum Credential<P: Principal> {
    /// An access token of one of our sessions.
    Session(Arc<P::Claims>),
    /// An API key. Whether its owner is still there is asked when the row is loaded, which it always is.
    Key(Arc<FoundKey<P>>),
    /// A token of another issuer.
    Foreign(Arc<P::Claims>),
}

impl<P: Principal> Credential<P> {
    /// Returns the claims of the session that the credential belongs to; an API key has none.
    pub(super) fn claims(&self) -> Option<&P::Claims> {
        match self {
            Self::Session(claims) | Self::Foreign(claims) => Some(claims),
            Self::Key(_) => None,
        }
    }

    /// Returns the key, if it is one.
    pub(super) fn key(&self) -> Option<&Arc<FoundKey<P>>> {
        match self {
            Self::Session(_) | Self::Foreign(_) => None,
            Self::Key(key) => Some(key),
        }
    }

    /// Returns whose it is.
    pub(super) fn subject(&self) -> &P::Id {
        match self {
            Self::Session(claims) | Self::Foreign(claims) => P::subject(claims),
            Self::Key(key) => key.owner(),
        }
    }

    /// Returns what a rule is evaluated on at `now`: of a session the token, unless the row alone decides, and the row if
    /// there is one. Of a key what it may do, `permissions`, and what its owner may: both must meet the rule, and without a
    /// row nothing does.
    pub(super) fn basis<'a>(
        &'a self,
        by_token: bool,
        row: Option<(&'a P, &'a PermissionSet)>,
        now: Timestamp,
    ) -> Basis<'a, P> {
        match self {
            Self::Session(claims) | Self::Foreign(claims) => {
                let claims: &P::Claims = claims;
                let by_row = row.map(|(row, _)| Facts::of_row(claims, row, now));
                [by_token.then(|| Facts::of_token(claims, now)), by_row]
            }
            Self::Key(_) => [
                row.map(|(row, permissions)| Facts::of_key(permissions, row, now)),
                row.map(|(row, _)| Facts::of_key_owner(row, now)),
            ],
        }
    }
}

/// Verifies one kind of credential.
pub(super) trait Authenticator<P: Principal> {
    /// Verifies what a request presents. `budget` is what is left of its time to wait for stores.
    ///
    /// # Errors
    /// Why it is refused, or why nobody knows.
    async fn verify(&self, presented: &str, budget: &Budget) -> Result<Credential<P>, Unverified>;
}

/// Why a credential was not verified.
pub enum Unverified {
    /// It is not valid; observers learn the reason, the client does not.
    Refused(Refusal),
    /// The store did not answer.
    Failed(AuthError),
}

impl From<AuthError> for Unverified {
    fn from(error: AuthError) -> Self {
        Self::Failed(error)
    }
}
