//! What a guard verified about the caller of a request.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::model::user::AuthUser;
use crate::policy::Facts;

/// A verified credential. Each kind has an [`Authenticator`](super::authenticate::Authenticator), and says here what
/// rules learn from it: whoever adds one is led by the compiler to each place that has to decide about it.
pub(super) enum Credential<U: AuthUser> {
    /// An access token of one of our sessions.
    Session(Arc<U::Claims>),
}

impl<U: AuthUser> Credential<U> {
    /// Returns the claims of the session that the credential belongs to.
    pub(super) fn claims(&self) -> &U::Claims {
        let Self::Session(claims) = self;
        claims
    }

    /// Returns what a rule is evaluated on at `now`, without a row and with it.
    pub(super) fn facts<'a>(&'a self, row: Option<&'a U>, now: Timestamp) -> Facts<'a, U> {
        let claims = self.claims();
        row.map_or_else(|| Facts::of_token(claims, now), |row| Facts::of_row(claims, row, now))
    }
}
