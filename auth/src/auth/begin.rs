//! From a proof to a session: what was proved must hold for the account as it is now.

use super::Auth;
use super::session::Tokens;
use crate::error::AuthError;
use crate::event::{EventKind, LoginFailure};
use crate::hash::PasswordHash;
use crate::password::{Password, PasswordError, Verdict};
use crate::proof::{Proof, Verified};
use crate::token::ratchet::RefreshToken;
use crate::token::session::{Client, Session};
use crate::user::AuthUser;

/// How often a login starts over. Each time, somebody has changed the account within a few milliseconds.
const STARTS: usize = 8;

impl<U: AuthUser> Auth<U> {
    /// Begins the session of a proved user. If the account was changed meanwhile, the password is checked against the
    /// account as it is now, so that a renewed hash, changed roles or a logout of all sessions refuse nobody, and a
    /// changed password does.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] if the password is wrong by now, or the account is gone;
    /// [`AuthError::InactiveUser`]; [`AuthError::Unavailable`]. No session is left.
    pub(super) async fn sign_in(
        &self,
        mut proof: Proof<U>,
        password: &str,
        client: &Client,
    ) -> Result<(U, Tokens), AuthError> {
        for _ in 0..STARTS {
            // Many at once may renew one hash: all but one of them need not begin a session to find that out.
            if !proof.is_outdated()
                && let Some(signed_in) = self.begin(&proof, client).await?
            {
                return Ok(signed_in);
            }
            proof = self.prove_again(&proof, password, client).await?;
        }
        Err(AuthError::unavailable("the account was changed by too many at once"))
    }

    /// Begins the session, then reads the row again and checks that it is the one that was proved, and that nothing was
    /// changed meanwhile. `None`: something was, and there is no session.
    ///
    /// The row is read *after* the session was stored. Whoever deletes it and gives its id to another account later than
    /// that finds the session, which then ends as whatever an earlier account left (`account.rs`); whoever did so before
    /// is seen here.
    async fn begin(&self, proof: &Proof<U>, client: &Client) -> Result<Option<(U, Tokens)>, AuthError> {
        let (session, token, unfinished) = self.begin_session(proof, client).await?;
        let confirmed = self.confirm(proof, &session, &token, client).await;
        if matches!(confirmed, Ok(Some(_))) || self.revoke_now(session.id, &session.user).await.is_ok() {
            unfinished.finish();
        }
        confirmed
    }

    /// Performs the last checks between a stored session and its tokens, and returns the row for their claims. `None`:
    /// the account was changed, or is another one.
    ///
    /// The row is read between the generation of the proof and that of the last check. A role removed before it was read
    /// is seen; one removed later raises the generation, so that the token is stale from the start.
    async fn confirm(
        &self,
        proof: &Proof<U>,
        session: &Session,
        token: &RefreshToken,
        client: &Client,
    ) -> Result<Option<(U, Tokens)>, AuthError> {
        let row = self.inner().users.find(proof.user().id()).await?;
        let is_proved =
            |row: &U| row.is_active() && row.password_hash() == proof.hash() && row.created() == proof.user().created();
        let Some(user) = row.filter(is_proved) else { return Ok(None) };
        let mark = self.mark(user.id()).await?;
        if mark.generation != proof.generation() {
            return Ok(None);
        }
        let tokens = self.tokens(&user, session, token)?;
        self.inner().hooks.after_login(&user, client).await?;
        // Last, so that no session is lost to a login that was refused. A failure is not fatal: this session is valid,
        // and the next login corrects the number of sessions, so an old session never keeps anybody out.
        if let Err(error) = self.make_room_for(session, &mark, client).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(target: "auth::store", error, user = session.user, "old sessions could not be ended");
        }
        let (owner, amr) = (session.user.clone(), proof.amr().clone());
        self.tell(client, EventKind::LoginSucceeded { user: owner, session: session.id, amr });
        Ok(Some((user, tokens)))
    }

    /// Proves anew, for the account as it is now, what was proved for it as it was.
    async fn prove_again(&self, proof: &Proof<U>, password: &str, client: &Client) -> Result<Proof<U>, AuthError> {
        let id = proof.user().id();
        let generation = self.mark(id).await?.generation;
        let user = self.inner().users.find(id).await?;
        let user = match user {
            Some(user)
                if Self::may_be(&user, proof.user(), proof.hash())
                    && self.knows(&user, proof.hash(), password, client).await? =>
            {
                user
            }
            _ => return Err(self.raced(id, client)),
        };
        if !user.is_active() {
            let reason = LoginFailure::Inactive;
            self.tell(client, EventKind::LoginFailed { user: Some(id.to_string()), reason });
            return Err(AuthError::InactiveUser);
        }
        Ok(Proof::new(user, proof.amr().clone(), generation))
    }

    /// Returns whether a row read later can be that of the account that was verified, and not of another person with the
    /// same id. The field `created` tells; without it, another hash and no login in common do.
    pub(super) fn may_be(row: &U, verified: &U, hash: Option<&str>) -> bool {
        let logins = 0..U::SCHEMA.logins.len();
        let mut shared = logins.filter_map(|index| Some((row.login(index)?, verified.login(index)?)));
        row.created() == verified.created() && (row.password_hash() == hash || shared.any(|(one, other)| one == other))
    }

    /// Returns whether a password that was verified against `hash` is the one of `user` as read later. Another hash says
    /// nothing about the password, because hashes are renewed.
    pub(super) async fn knows(
        &self,
        user: &U,
        hash: Option<&str>,
        password: &str,
        client: &Client,
    ) -> Result<bool, AuthError> {
        if user.password_hash() == hash {
            return Ok(true);
        }
        let verdict = self.inner().passwords.verify(Password::new(password), user.password_hash()).await;
        if let Err(PasswordError::CorruptHash { .. }) = &verdict {
            self.tell(client, EventKind::CorruptHash { user: user.id().to_string() });
        }
        Ok(matches!(verdict?, Verdict::Right { .. }))
    }

    /// Reports that the password was changed, or the account deleted, while the password was being checked.
    pub(super) fn raced(&self, id: &U::Id, client: &Client) -> AuthError {
        self.tell(client, EventKind::LoginFailed { user: Some(id.to_string()), reason: LoginFailure::Raced });
        AuthError::InvalidCredentials
    }

    /// Stores a stronger hash of the password that was just verified, unless the stored one is no longer the verified one.
    /// A failure must not refuse the login: the next one tries again.
    pub(super) async fn renew_hash(&self, user: &U, hash: PasswordHash, client: &Client) -> Verified {
        let old = user.password_hash().unwrap_or_default();
        match self.inner().users.replace_password(user.id(), old, &hash).await {
            Ok(true) => {
                self.tell(client, EventKind::PasswordRehashed { user: user.id().to_string() });
                Verified::Renewed(hash)
            }
            Ok(false) => Verified::Replaced,
            Err(error) => {
                let (error, user): (&dyn std::error::Error, _) = (&error, user.id().to_string());
                tracing::warn!(target: "auth::store", error, user, "a password hash could not be renewed");
                Verified::Stays
            }
        }
    }
}
