//! What a guard verified about the caller of a request.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::event::Refusal;
use crate::model::principal::Principal;
use crate::policy::Facts;
use crate::store::Budget;

/// A verified credential. Each kind has an [`Authenticator`], and says here what rules learn from it: whoever adds one is
/// led by the compiler to each place that has to decide about it.
pub enum Credential<P: Principal> {
    /// An access token of one of our sessions.
    Session(Arc<P::Claims>),
    /// A token of another issuer.
    Foreign(Arc<P::Claims>),
}

impl<P: Principal> Credential<P> {
    /// Returns the claims of the token.
    pub(super) fn claims(&self) -> &P::Claims {
        let (Self::Session(claims) | Self::Foreign(claims)) = self;
        claims
    }

    /// Returns what a rule is evaluated on at `now`, without a row and with it.
    pub(super) fn facts<'a>(&'a self, row: Option<&'a P>, now: Timestamp) -> Facts<'a, P> {
        let claims = self.claims();
        row.map_or_else(|| Facts::of_token(claims, now), |row| Facts::of_row(claims, row, now))
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
