//! [`Auth`] as a gate: tokens of our own sessions, rows of a table, and cookies that are renewed.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;

use super::credential::{Authenticator as _, Credential, Unverified};
use super::gate::Gate;
use super::renew::renew;
use super::session_token::SessionTokens;
use crate::api_keys::FoundKey;
use crate::auth::Auth;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http_settings::HttpSettings;
use crate::model::claims::Claims as _;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, Refusal};
use crate::model::principal::PermissionSet;
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::proof::may_continue;
use crate::store::Budget;

impl<U: AuthUser> Gate for Auth<U> {
    type Of = U;

    fn is(&self, other: &Self) -> bool {
        Self::is(self, other)
    }

    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn report(&self, client: &ClientInfo, kind: EventKind) {
        Self::report(self, client, kind);
    }

    fn http(&self) -> &HttpSettings {
        Self::http(self)
    }

    fn http_settings(&self) -> Arc<HttpSettings> {
        Self::http_settings(self)
    }

    async fn verify(&self, presented: &str, budget: &Budget) -> Result<Credential<U>, Unverified> {
        SessionTokens(self).verify(presented, budget).await
    }

    fn may_be_former(&self, presented: &str) -> bool {
        self.former_tokens(presented).is_some()
    }

    async fn verify_former(
        &self,
        presented: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Credential<U>, Unverified> {
        let refused = || Unverified::Refused(Refusal::InvalidToken);
        let former = self.former_tokens(presented).ok_or_else(refused)?;
        // From then on it is a session like any other.
        former.claims(presented, client, budget).await?.map(Credential::Session).map_err(Unverified::Refused)
    }

    fn is_key(&self, presented: &str) -> bool {
        self.account_service().api_keys().is_ok_and(|keys| keys.prefix().begins(presented))
    }

    async fn verify_key(
        &self,
        presented: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Credential<U>, AuthError> {
        let keys = self.account_service().api_keys()?;
        Ok(Credential::Key(keys.find_or_refuse(presented, client, budget).await?))
    }

    fn permissions_of_key(&self, key: &FoundKey<U>, row: &U) -> PermissionSet {
        self.account_service().api_keys().map(|keys| keys.permissions(key, row)).unwrap_or_default()
    }

    async fn row(&self, credential: &Credential<U>, live: bool, budget: &Budget) -> Result<Option<Arc<U>>, AuthError> {
        let (row, stamp) = match credential {
            Credential::Session(claims) => {
                let cached = if live { None } else { self.feed().cached_user(claims) };
                let row = if cached.is_some() { cached } else { budget.spend(self.feed().row(claims)).await? };
                (row, claims.created())
            }
            Credential::Key(key) => (self.feed().owner_of_key(key.owner(), live, budget).await?, key.row()),
            // This handle verifies none.
            Credential::Foreign(_) => return Ok(None),
        };
        Ok(row.filter(|row| may_continue(&**row, stamp)))
    }

    async fn renew(&self, parts: &mut Parts, access: &'static Access<U>) -> Option<Response> {
        renew(parts, self, access).await
    }
}
