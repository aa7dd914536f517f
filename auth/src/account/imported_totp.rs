//! Authenticator apps that another system has set up.

use super::Accounts;
use crate::base::error::AuthError;
use crate::factors::{FactorOwner, TotpSecret};
use crate::model::event::EventKind;
use crate::model::user::AuthUser;

impl<U: AuthUser> Accounts<'_, U> {
    /// Gives the account an authenticator app that another system has set up, so that its user need not scan another
    /// picture: for a move to this library, after [`import`](Self::import). From now on a sign-in needs a second step.
    ///
    /// The app must show six digits for 30 seconds with SHA-1, as all do that ignore other settings; one that does not is set
    /// up anew. The secret is sealed in the store, and survives a rotation of yours. Recovery codes of the other system do not
    /// come along: their user makes new ones at `POST /factors/recovery-codes`. Nobody is mailed.
    ///
    /// Returns `false` if the account has an app already, which stays, so an import can be repeated.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser, TotpSecret};
    /// # async fn demo<U: AuthUser>(auth: &Auth<U>, id: U::Id) -> Result<(), Box<dyn std::error::Error>> {
    /// let secret = TotpSecret::from_base32("JBSW Y3DP EHPK 3PXP")?;
    /// auth.accounts().import_totp(&id, &secret).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`Accounts`]; [`AuthError::Internal`] if [`totp`](crate::AuthBuilder::totp) is off.
    pub async fn import_totp(&self, id: &U::Id, secret: &TotpSecret) -> Result<bool, AuthError> {
        if !self.accounts.has_factors() {
            return Err(AuthError::internal("second factors are off: `AuthBuilder::totp`"));
        }
        let user = self.accounts.users.find(id).await?.ok_or(AuthError::NotFound)?;
        let owner = FactorOwner::of(&user);
        let added = self.accounts.factors.import_totp(&owner, secret).await?;
        if added {
            self.tell(EventKind::FactorAdded { user: owner.id });
        }
        Ok(added)
    }
}
