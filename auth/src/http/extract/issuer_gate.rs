//! [`Issuer`] as a gate: tokens of another issuer, whose people have no row and no cookies here.

use std::sync::Arc;

use super::credential::{Credential, Unverified};
use super::gate::Gate;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http_settings::HttpSettings;
use crate::issuer::Issuer;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, Refusal};
use crate::model::foreign::{AuthClaims, Verified};
use crate::store::Budget;

impl<P: AuthClaims> Gate for Issuer<P> {
    type Of = P;

    fn is(&self, other: &Self) -> bool {
        Self::is(self, other)
    }

    fn now(&self) -> Timestamp {
        self.reporter().now()
    }

    fn report(&self, client: &ClientInfo, kind: EventKind) {
        self.reporter().report(client, kind);
    }

    fn http(&self) -> &HttpSettings {
        Self::http_settings(self)
    }

    fn http_settings(&self) -> Arc<HttpSettings> {
        Arc::clone(Self::http_settings(self))
    }

    /// Waits for no store: how long it waits for the keys of the issuer, the issuer decides.
    async fn verify(&self, presented: &str, _: &Budget) -> Result<Credential<P>, Unverified> {
        let verified: Result<Arc<Verified<P>>, AuthError> = Self::verify(self, presented).await;
        verified.map(Credential::Foreign).map_err(|error| match error {
            AuthError::InvalidToken => Unverified::Refused(Refusal::InvalidToken),
            error => Unverified::Failed(error),
        })
    }
}
