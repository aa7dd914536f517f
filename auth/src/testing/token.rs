use std::sync::Arc;
use std::time::Duration;

use super::fail;
use crate::auth::Auth;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::random;
use crate::base::secret::Secret;
use crate::keys::{KeyPlan, KeyRing, KeySet, NamedPair, SigningKey, Signs};
use crate::model::claims::{Amr, SessionId, TokenClaims, TokenId};
use crate::model::user::AuthUser;
use crate::proof::needs_mfa;
use crate::session::refresh_token::RefreshToken;
use crate::token::access::Grant;

/// The end of a session that is not stored.
const NEVER: Timestamp = Timestamp::from_millis(u64::MAX);

impl<U: AuthUser> Auth<U> {
    /// Issues an access token for `user` as a password login would (with the second factor, if the user needs one), for a session that is not stored. For tests and
    /// benchmarks only: no credentials are checked.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if there are no random bytes, [`AuthError::Internal`] if the claims cannot be written.
    pub fn token_for_test(&self, user: &U) -> Result<String, AuthError> {
        let now = self.now();
        let jti = random::<16>(self.random())?;
        let session = SessionId::from_bytes([0; 32]);
        let grant = Grant { session, auth_time: now, amr: Login::NOW.amr(user), generation: 0, ends_at: NEVER };
        self.tokens().issue(user, grant, TokenId::from_bytes(jti), now).map(|issued| issued.token)
    }
}

/// How, and how long ago, a test user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// With a second factor, whether the user needs one or not.
    pub(super) mfa: bool,
    /// With a passkey, which is several factors.
    pub(super) passkey: bool,
    pub(super) ago: Duration,
}

impl Login {
    /// With a password, just now.
    pub(super) const NOW: Self = Self { mfa: false, passkey: false, ago: Duration::ZERO };

    pub(super) const fn with_mfa(self) -> Self {
        Self { mfa: true, ..self }
    }

    pub(super) const fn with_passkey(self) -> Self {
        Self { passkey: true, ..self }
    }

    /// Who must have two factors has signed in with two: nobody gets tokens otherwise.
    fn amr<U: AuthUser>(self, user: &U) -> Amr {
        if self.passkey {
            Amr::HARDWARE_KEY.and(Amr::USER_PRESENCE).and(Amr::MFA)
        } else if self.mfa || needs_mfa(user) {
            Amr::PASSWORD.and(Amr::OTP).and(Amr::MFA)
        } else {
            Amr::PASSWORD
        }
    }
}

/// What is right or wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Good,
    Expired,
    Revoked,
    WrongKey,
    Refresh,
}

impl Kind {
    pub(super) const BAD: [(Self, &'static str); 4] = [
        (Self::Expired, "an expired token"),
        (Self::Revoked, "a revoked token"),
        (Self::WrongKey, "a token signed with another key"),
        (Self::Refresh, "a refresh token"),
    ];
}

/// Issues a token for `user` with its own session, which is not stored.
pub(super) fn token<U: AuthUser>(auth: &Auth<U>, user: &U, login: Login, kind: Kind) -> String {
    make(auth, user, login, kind)
        .unwrap_or_else(|error| fail(format_args!("cannot issue a token for the test: {error:?}")))
}

fn make<U: AuthUser>(auth: &Auth<U>, user: &U, login: Login, kind: Kind) -> Result<String, AuthError> {
    let rules = auth.tokens().rules();
    let now = auth.now();
    let session = SessionId::from_bytes(random(auth.random())?);
    let issue = |at: Timestamp| {
        let generation = auth.feed().generation(user.id());
        let (auth_time, amr) = (now.minus(login.ago), login.amr(user));
        let grant = Grant { session, auth_time, amr, generation, ends_at: NEVER };
        auth.tokens().issue(user, grant, TokenId::from_bytes(random(auth.random())?), at).map(|issued| issued.token)
    };
    match kind {
        Kind::Good => issue(now),
        // A token counts as expired "on or after" `exp`, here plus the leeway.
        Kind::Expired => issue(now.minus(rules.ttl + rules.leeway)),
        Kind::Revoked => {
            let token = issue(now)?;
            auth.feed().refuse_session(session);
            Ok(token)
        }
        Kind::WrongKey => {
            // Header and claims match ours byte for byte; only the signature differs.
            let secret = Secret::from_bytes(random::<32>(auth.random())?).map_err(AuthError::internal)?;
            let issued_as = auth.tokens().issued_as(now);
            let mut plan = KeyPlan::secret_only(issued_as.clone());
            if auth.tokens().keys().plan().signing(now).is_some() {
                let pair = Arc::clone(SigningKey::generate().map_err(AuthError::internal)?.pair());
                plan.pairs.push(NamedPair { pair, issued_as, signs: Signs::From(Timestamp::default()) });
            }
            let keys = KeySet::new(&secret, &[], &U::SCHEMA.realm(), Arc::new(plan)).map_err(AuthError::internal)?;
            let (ours, theirs) =
                (issue(now)?, KeyRing::sign_with(keys.tokens.signer(now), b"{}").map_err(AuthError::internal)?);
            let (message, _) = ours.rsplit_once('.').unwrap_or_default();
            let (_, signature) = theirs.rsplit_once('.').unwrap_or_default();
            Ok(format!("{message}.{signature}"))
        }
        Kind::Refresh => Ok(RefreshToken::generate(auth.random())?.reveal()),
    }
}

/// Builds the claims of a token for `user` without the code that writes and reads tokens, as an independent reference.
pub(super) fn claims<U: AuthUser>(auth: &Auth<U>, user: &U, login: Login) -> U::Claims {
    let (rules, issued_as) = (auth.tokens().rules(), auth.tokens().issued_as(auth.now()));
    let iat = auth.now().as_secs();
    user.claims(TokenClaims {
        aud: issued_as.aud(),
        iss: issued_as.issuer,
        iat,
        exp: iat.saturating_add(rules.ttl.as_secs()),
        jti: TokenId::from_bytes([0; 16]),
        sid: SessionId::from_bytes([0; 32]),
        auth_time: auth.now().minus(login.ago).as_secs(),
        amr: login.amr(user),
        generation: 0,
        store: Some(auth.tokens().store().id()),
    })
}
