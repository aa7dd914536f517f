//! What guards and extractors ask of the handle in the state of their router, whoever issued the tokens that it
//! verifies.

use std::future::{Future, ready};
use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;

use super::credential::{Credential, Unverified};
use crate::api_keys::FoundKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::http_settings::HttpSettings;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, Refusal};
use crate::model::principal::{PermissionSet, Principal};
use crate::policy::Access;
use crate::store::Budget;

/// A handle that verifies tokens: [`Auth`](crate::Auth).
///
/// Whom its tokens are about is an associated type and not a parameter: with a parameter, the compiler would not infer
/// it from the handle.
pub trait Gate: Clone + Send + Sync + 'static {
    /// Whom its tokens are about.
    type Of: Principal;

    /// Whether both are clones of the same handle.
    fn is(&self, other: &Self) -> bool;

    /// Returns the time by this handle's clock.
    fn now(&self) -> Timestamp;

    /// Reports an event.
    fn report(&self, client: &ClientInfo, kind: EventKind);

    /// Returns how requests are read and answered.
    fn http(&self) -> &HttpSettings;

    /// Returns the same, for what outlives the handle.
    fn http_settings(&self) -> Arc<HttpSettings>;

    /// Verifies what a request presents. `budget` is what is left of its time to wait for stores.
    ///
    /// # Errors
    /// Why it is refused, or why nobody knows.
    fn verify(
        &self,
        presented: &str,
        budget: &Budget,
    ) -> impl Future<Output = Result<Credential<Self::Of>, Unverified>> + Send;

    /// Whether the text is verified as a token of the former auth, and as nothing else.
    fn may_be_former(&self, presented: &str) -> bool {
        let _ = presented;
        false
    }

    /// Verifies a token of the former auth that `client` presents.
    ///
    /// # Errors
    /// Why it is refused, or why nobody knows.
    fn verify_former(
        &self,
        presented: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> impl Future<Output = Result<Credential<Self::Of>, Unverified>> + Send {
        let _ = (presented, client, budget);
        ready(Err(Unverified::Refused(Refusal::InvalidToken)))
    }

    /// Whether the text claims to be an API key: it is then verified as one, and as nothing else.
    fn is_key(&self, presented: &str) -> bool {
        let _ = presented;
        false
    }

    /// Verifies an API key that `client` presents. Reports a refusal to the observers.
    ///
    /// # Errors
    /// The answer to the request.
    fn verify_key(
        &self,
        presented: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> impl Future<Output = Result<Credential<Self::Of>, AuthError>> + Send {
        let _ = (presented, client, budget);
        ready(Err(AuthError::InvalidToken))
    }

    /// Returns what a key may do whose owner has this row.
    fn permissions_of_key(&self, key: &FoundKey<Self::Of>, row: &Self::Of) -> PermissionSet {
        let _ = (key, row);
        PermissionSet::default()
    }

    /// Returns the row of a caller whose account may go on, as it is in the store (`live`), or as it was a moment ago.
    /// `None` if there is none, as for everybody of whom this service has no table.
    ///
    /// # Errors
    /// If the store fails.
    fn row(
        &self,
        credential: &Credential<Self::Of>,
        live: bool,
        budget: &Budget,
    ) -> impl Future<Output = Result<Option<Arc<Self::Of>>, AuthError>> + Send {
        let _ = (credential, live, budget);
        ready(Ok(None))
    }

    /// Renews the credentials of a request that opens a page. Returns the answer with which the browser asks again.
    fn renew(
        &self,
        parts: &mut Parts,
        access: &'static Access<Self::Of>,
    ) -> impl Future<Output = Option<Response>> + Send {
        let _ = (parts, access);
        ready(None)
    }
}
