//! The access tokens of our sessions, as a kind of credential.

use super::credential::{Authenticator, Credential, Unverified};
use crate::auth::Auth;
use crate::model::event::Refusal;
use crate::model::user::AuthUser;
use crate::store::Budget;

/// Verifies them with the keys and the memory of this handle.
pub(super) struct SessionTokens<'a, U: AuthUser>(pub(super) &'a Auth<U>);

impl<U: AuthUser> Authenticator<U> for SessionTokens<'_, U> {
    async fn verify(&self, presented: &str, budget: &Budget) -> Result<Credential<U>, Unverified> {
        let Self(auth) = self;
        let claims = auth.tokens().verify(presented, auth.now());
        let claims = claims.ok_or(Unverified::Refused(Refusal::InvalidToken))?;
        if auth.feed().is_active(&claims, budget).await? {
            Ok(Credential::Session(claims))
        } else {
            Err(Unverified::Refused(Refusal::Revoked))
        }
    }
}
