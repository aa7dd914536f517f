//! The handle: one issuer, or several whose tokens are about the same kind of people.

use std::fmt;
use std::sync::Arc;

use super::opaque::OpaqueTokens;
use super::peek;
use super::refused::{Refused, Unverified};
use super::signed::SignedTokens;
use super::verifier::MAX_LARGE_TOKEN_BYTES;
use crate::base::error::{AuthError, ConfigError};
use crate::http_settings::{HttpSettings, ProtectedResource};
use crate::model::event::Reporter;
use crate::model::foreign::{ReadClaims, Verified};
use crate::model::issuer_url::IssuerUrl;
use crate::token::foreign_header::segments;

/// Verifies the access tokens of another issuer; `P` is what the application reads from them. Clones share everything.
///
/// See [the module](crate::issuer) for an example.
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
    /// What clients are told of this service, if it is named.
    pub(super) resource: Option<ProtectedResource>,
}

impl Edge {
    /// Says which issuers sign for this service: under the one name that clients can ask at, not under those that only
    /// tokens have.
    fn of_members<P>(self, members: &[Member<P>]) -> Self {
        let Some(resource) = &self.resource else { return self };
        let names = members.iter().filter_map(|member| member.names().first());
        let issuers: Vec<String> = names.filter(|name| IssuerUrl::parse(name).is_some()).cloned().collect();
        let http = HttpSettings { resource: resource.metadata(&issuers), ..HttpSettings::clone(&self.http) };
        Self { http: Arc::new(http), ..self }
    }
}

/// One issuer.
pub(super) enum Member<P> {
    Signed(Arc<SignedTokens<P>>),
    Opaque(OpaqueMember<P>),
}

/// An issuer that is asked, beside others.
pub(super) struct OpaqueMember<P> {
    tokens: Arc<OpaqueTokens<P>>,
    /// What the others are called, for whom it cannot speak.
    others: Arc<[String]>,
}

impl<P: ReadClaims> Issuer<P> {
    pub(super) fn of(members: Vec<Member<P>>, edge: Edge) -> Self {
        let edge = edge.of_members(&members);
        Self(Arc::new(Shared { members, edge }))
    }

    /// Accepts the tokens of several issuers. Which of them judges a token, its `iss` says; that issuer verifies it, and
    /// no other is asked. A token that is no JWT is for the one with opaque tokens, and refused if the answer names one of
    /// the others as `iss`: unless [`also_known_as`](crate::issuer::IssuerBuilder::also_known_as) says that both are one
    /// issuer, which signs some of its tokens. Observers, answers to errors and the name in challenges are those of the
    /// first one.
    ///
    /// A subject is unique within one issuer only (OpenID Connect Core §2): the `ada` of one need not be the `ada` of
    /// another. What belongs to somebody is kept under `iss` and `sub`
    /// ([`registered.issuer()`](crate::issuer::ForeignRegistered::issuer)), unless one directory stands behind all of
    /// them. Answers about opaque tokens need not have `iss`: then it is the empty text.
    ///
    /// # Errors
    /// If there are none, two that sign have the same name, or two have opaque tokens.
    pub fn any(issuers: impl IntoIterator<Item = Self>) -> Result<Self, ConfigError> {
        let issuers: Vec<Self> = issuers.into_iter().collect();
        let mut members: Vec<_> = issuers.iter().flat_map(|issuer| issuer.0.members.iter().cloned()).collect();
        let names: Vec<String> = members.iter().flat_map(Member::names).cloned().collect();
        let twice =
            names.iter().enumerate().find(|(place, name)| names.iter().take(*place).any(|other| other == *name));
        if let Some((_, name)) = twice {
            return Err(ConfigError::of(format!("two of the issuers are called `{name}`: nothing could choose")));
        }
        if members.iter().filter(|member| matches!(member, Member::Opaque(_))).count() > 1 {
            return Err(ConfigError::of("two of the issuers have opaque tokens: nothing in them could choose"));
        }
        for member in &mut members {
            member.stand_beside(&names);
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
            None => Err(Unverified::Refused(Refused::UnknownIssuer)),
        };
        outcome.map_err(|error| match error {
            Unverified::Refused(reason) => {
                tracing::debug!(target: "auth::token", reason = reason.name(), "a token of another issuer is refused");
                AuthError::InvalidToken
            }
            Unverified::Unavailable(error) => error,
        })
    }

    /// Whether the claims of a token that was verified are still valid: for connections that outlive a request. That the
    /// issuer has ended the session, nobody learns before the token expires.
    #[must_use]
    pub fn still_valid(&self, verified: &Verified<P>) -> bool {
        self.0.members.iter().find_map(|member| member.is_valid_now(verified)).unwrap_or(false)
    }

    /// Returns the name of this service in challenges (RFC 6750 §3): the first audience, or the first client.
    #[must_use]
    pub fn audience_name(&self) -> &str {
        &self.0.edge.http.realm
    }

    /// Whether both are the same handle.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn reporter(&self) -> &Reporter {
        &self.0.edge.reporter
    }

    pub(crate) fn http_settings(&self) -> &Arc<HttpSettings> {
        &self.0.edge.http
    }

    /// Returns the issuer that is to judge a token: if there are several, the one that it names.
    fn member_for(&self, token: &str) -> Option<&Member<P>> {
        if let [only] = &*self.0.members {
            return Some(only);
        }
        // What is no JWT names nobody; and what names an issuer is never shown to another one.
        if segments(token).is_none() {
            return self.0.members.iter().find(|member| matches!(member, Member::Opaque(_)));
        }
        let named = peek::issuer(token, MAX_LARGE_TOKEN_BYTES)?;
        self.0.members.iter().find(|member| member.signs(&named))
    }
}

impl<P: ReadClaims> Member<P> {
    async fn verify(&self, token: &str) -> Result<Arc<Verified<P>>, Unverified> {
        match self {
            Self::Signed(tokens) => tokens.verify(token).await,
            Self::Opaque(OpaqueMember { tokens, others }) => {
                let verified = tokens.verify(token).await?;
                let named = verified.registered.issuer();
                if others.iter().any(|other| other == named) {
                    return Err(Unverified::Refused(Refused::Issuer));
                }
                Ok(verified)
            }
        }
    }

    /// Whether the times that a token names are still right; `None` if another issuer judged the token.
    fn is_valid_now(&self, verified: &Verified<P>) -> Option<bool> {
        let claims = &verified.registered;
        match self {
            Self::Signed(tokens) => {
                let rules = &tokens.verifier.rules;
                let is_theirs = !claims.is_introspected() && rules.names(claims.issuer());
                is_theirs.then(|| rules.check_times(claims, tokens.keys.now()).is_ok())
            }
            Self::Opaque(OpaqueMember { tokens, .. }) => {
                let rules = tokens.rules();
                let is_theirs = claims.is_introspected() && rules.may_name(claims.issuer());
                is_theirs.then(|| rules.check_introspected_times(claims, tokens.now()).is_ok())
            }
        }
    }

    /// Whether a token with this `iss` is signed by this issuer.
    fn signs(&self, iss: &str) -> bool {
        matches!(self, Self::Signed(tokens) if tokens.verifier.rules.names(iss))
    }
}

impl<P> Member<P> {
    pub(super) fn opaque(tokens: OpaqueTokens<P>) -> Self {
        Self::Opaque(OpaqueMember { tokens: Arc::new(tokens), others: Arc::default() })
    }

    /// Tells it what the members of its handle are called. A name that the application has given it is its own.
    fn stand_beside(&mut self, names: &[String]) {
        if let Self::Opaque(OpaqueMember { tokens, others }) = self {
            *others = names.iter().filter(|name| !tokens.rules().names(name)).cloned().collect();
        }
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Signed(tokens) => &tokens.verifier.rules.issuers,
            Self::Opaque(_) => &[],
        }
    }
}

impl<P> Clone for Member<P> {
    fn clone(&self) -> Self {
        match self {
            Self::Signed(tokens) => Self::Signed(Arc::clone(tokens)),
            Self::Opaque(OpaqueMember { tokens, others }) => {
                Self::Opaque(OpaqueMember { tokens: Arc::clone(tokens), others: Arc::clone(others) })
            }
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
        let names = self.0.members.iter().map(|member| member.names().first().map_or("opaque", String::as_str));
        f.debug_tuple("Issuer").field(&names.collect::<Vec<_>>()).finish()
    }
}
