//! The handle: one issuer, or several whose tokens are about the same kind of people.

use std::fmt;
use std::sync::Arc;

use super::key_cache::{KeyCache, Renewed};
use super::peek;
use super::refused::Refused;
use super::verifier::Verifier;
use crate::base::error::{AuthError, ConfigError};
use crate::http_settings::HttpSettings;
use crate::model::event::Reporter;
use crate::model::foreign::{ReadClaims, Verified};

/// Verifies the access tokens of another issuer; `P` is what the application reads from them. Clones share everything.
///
/// See [the module](self::super) for an example.
pub struct Issuer<P>(Arc<Shared<P>>);

/// What clones share.
struct Shared<P> {
    members: Vec<Member<P>>,
    edge: Edge,
}

/// What guards need besides the verification of tokens.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) reporter: Reporter,
    pub(super) http: Arc<HttpSettings>,
}

/// One issuer.
pub(super) struct Member<P> {
    pub(super) verifier: Verifier,
    pub(super) keys: Arc<KeyCache<P>>,
}

impl<P: ReadClaims> Issuer<P> {
    pub(super) fn of(members: Vec<Member<P>>, edge: Edge) -> Self {
        Self(Arc::new(Shared { members, edge }))
    }

    /// Accepts the tokens of several issuers. Which of them judges a token, its `iss` says; that issuer verifies it, and
    /// no other is asked. Observers, answers to errors and the name in challenges are those of the first one.
    ///
    /// # Errors
    /// If there are none, or two of them have the same name.
    pub fn any(issuers: impl IntoIterator<Item = Self>) -> Result<Self, ConfigError> {
        let issuers: Vec<Self> = issuers.into_iter().collect();
        let members: Vec<_> = issuers.iter().flat_map(|issuer| issuer.0.members.iter().map(Member::share)).collect();
        let names: Vec<&String> = members.iter().flat_map(|member| &member.verifier.rules.issuers).collect();
        let twice =
            names.iter().enumerate().find(|(place, name)| names.iter().take(*place).any(|other| other == *name));
        if let Some((_, name)) = twice {
            return Err(ConfigError::of(format!("two of the issuers are called `{name}`: nothing could choose")));
        }
        match issuers.first() {
            Some(first) => Ok(Self::of(members, first.0.edge.clone())),
            None => Err(ConfigError::of("no issuers: no token could be verified")),
        }
    }

    /// Verifies a token: signature, issuer, audience, times, kind. A token that was verified before costs a look-up.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], whatever is wrong with the token; [`AuthError::Unavailable`] if that cannot be said,
    /// because the issuer's keys cannot be fetched: a client may try again, and need not sign in again.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified<P>>, AuthError> {
        let outcome = match self.member_for(token) {
            Some(member) => member.verify(token).await,
            None => Err(NotVerified::Refused(Refused::UnknownIssuer)),
        };
        outcome.map_err(|error| match error {
            NotVerified::Refused(reason) => {
                tracing::debug!(target: "auth::token", reason = reason.name(), "a token of another issuer is refused");
                AuthError::InvalidToken
            }
            NotVerified::Unavailable(error) => error,
        })
    }

    /// Whether the claims of a token that was verified are still valid: for connections that outlive a request. That the
    /// issuer has ended the session, nobody learns before the token expires.
    #[must_use]
    pub fn still_valid(&self, verified: &Verified<P>) -> bool {
        let named = self.0.members.iter().find(|member| member.verifier.rules.names(verified.registered.issuer()));
        named.is_some_and(|member| {
            let now = member.keys.now();
            member.verifier.rules.check_times(&verified.registered, now).is_ok()
        })
    }

    /// Returns the name of this service in challenges (RFC 6750 §3): the first audience, or the first client.
    #[must_use]
    pub fn audience_name(&self) -> &str {
        &self.0.edge.http.realm
    }

    /// Whether both are the same handle.
    #[allow(dead_code, reason = "for guards")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    #[allow(dead_code, reason = "for guards")]
    pub(crate) fn reporter(&self) -> &Reporter {
        &self.0.edge.reporter
    }

    #[allow(dead_code, reason = "for guards")]
    pub(crate) fn http_settings(&self) -> &Arc<HttpSettings> {
        &self.0.edge.http
    }

    /// Returns the issuer that is to judge a token: if there are several, the one that it names.
    fn member_for(&self, token: &str) -> Option<&Member<P>> {
        if let [only] = &*self.0.members {
            return Some(only);
        }
        let longest = self.0.members.iter().map(|member| member.verifier.max_bytes).max()?;
        let named = peek::issuer(token, longest)?;
        self.0.members.iter().find(|member| member.verifier.rules.names(&named))
    }
}

/// Why there are no claims.
enum NotVerified {
    Refused(Refused),
    Unavailable(AuthError),
}

impl<P: ReadClaims> Member<P> {
    fn share(&self) -> Self {
        Self { verifier: self.verifier.clone(), keys: Arc::clone(&self.keys) }
    }

    async fn verify(&self, token: &str) -> Result<Arc<Verified<P>>, NotVerified> {
        let keys = match self.keys.at_hand(self.keys.now()) {
            Some(keys) => keys,
            None => {
                let keys = self.keys.wait_for_keys().await;
                keys.map_err(|error| NotVerified::Unavailable(AuthError::unavailable(error)))?
            }
        };
        let refused = match self.verifier.verify(token, &keys, self.keys.now()) {
            Ok(verified) => return Ok(verified),
            Err(refused) => refused,
        };
        // A token that another issuer signed says so; it is no reason to ask this one for keys.
        let is_named = || {
            let named = peek::issuer(token, self.verifier.max_bytes);
            named.is_some_and(|named| self.verifier.rules.names(&named))
        };
        if !(refused.may_be_a_matter_of_new_keys() && is_named()) {
            return Err(NotVerified::Refused(refused));
        }
        match self.keys.renew(&keys).await {
            Renewed::Keys(keys) => self.verifier.verify(token, &keys, self.keys.now()).map_err(NotVerified::Refused),
            Renewed::Unknown(error) if refused == Refused::UnknownKey => {
                Err(NotVerified::Unavailable(AuthError::unavailable(error)))
            }
            // A known key did not sign it: that it has become another one under the same name is unlikely.
            Renewed::Unknown(_) | Renewed::Unchanged => Err(NotVerified::Refused(refused)),
        }
    }
}

impl<P> Clone for Issuer<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> fmt::Debug for Issuer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.members.iter().filter_map(|member| member.verifier.rules.issuers.first());
        f.debug_tuple("Issuer").field(&names.collect::<Vec<_>>()).finish()
    }
}
