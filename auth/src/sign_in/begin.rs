//! From a proof to a session: what was proved must hold for the account as it is now.
//!
//! The right person is never told they are wrong. Another generation or another hash says that the account has changed,
//! not that the password is wrong: hashes are renewed, and roles change. So a login that was overtaken ends its
//! session, if there is one already, and proves its password again, against the current hash; the same holds for a
//! step-up and a change of password. Only the password decides between 200 and 401; an account that keeps changing is a
//! 503. A login that races a logout everywhere therefore counts as later, as if it had come a moment afterwards.
//! Renewing a hash is housekeeping: if it fails, the password was still right.
//!
//! The row is read after the session was stored, and must be the one that was verified: the same hash, whose salt is
//! nobody else's, and the same `created`. Whoever gives its id to another person before that is seen; whoever does so
//! later finds the session, and ends it like whatever an earlier account left. An id that nothing was ever issued for
//! has no epoch that would tell. A password is checked against another hash only if `created` is the same and a login
//! is, so that nobody gets in as the next owner of an id by having the same password.

use super::{Engine, SignIn};
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::mail::recipient;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LoginFailure};
use crate::model::user::AuthUser;
use crate::proof::{Bar, Evidence, Goal, Lacking, Proof, judge};
use crate::rate_limits::BegunAttempt;
use crate::session::Tokens;
use crate::session::record::Session;
use crate::session::refresh_token::RefreshToken;

/// How often a login starts over. Each time, somebody has changed the account within a few milliseconds.
const STARTS: usize = 8;

/// A method of signing in, asked once more if the account was changed meanwhile.
pub(super) trait Recheck<U: AuthUser>: Sync {
    /// Returns whether what was shown for the user of the proof is also right for `row`, read later.
    fn is_right_for(&self, row: &U, proof: &Proof<U>) -> impl Future<Output = Result<bool, AuthError>> + Send;
}

impl<U: AuthUser> Engine<U> {
    /// Begins the session of a user who has shown enough; if more is needed, keeps what was shown. If the account was
    /// changed meanwhile, the method is asked about the account as it is now, so that a renewed hash, changed roles or a
    /// logout of all sessions refuse nobody, and a changed password does.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] if the password is wrong by now, or the account is gone;
    /// [`AuthError::InactiveUser`]; any error of a hook; [`AuthError::Unavailable`]. No session is left.
    pub(super) async fn sign_in(
        &self,
        evidence: Evidence<U>,
        method: &impl Recheck<U>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let bar = self.bar_to_begin(&evidence).await?;
        let proof = match judge(evidence, Goal::Begin, bar) {
            Ok(proof) => proof,
            Err(lacking) => return self.next_step(lacking, begun, client).await,
        };
        if !proof.is_admitted() {
            self.admit(proof.user(), client).await?;
        }
        self.begin_proved(proof, method, begun, client).await
    }

    /// Asks the application whether somebody who has shown enough may sign in.
    pub(super) async fn admit(&self, user: &U, client: &ClientInfo) -> Result<(), AuthError> {
        self.hooks.before_login(user, client).await.inspect_err(|_| {
            let (user, reason) = (Some(user.id().to_string()), LoginFailure::Denied);
            self.reporter.report(client, EventKind::LoginFailed { user, reason });
        })
    }

    /// Begins the first session of an account that has just been created. The hook before logins is not asked: the one
    /// after sign-ups was.
    pub(super) async fn first_session(
        &self,
        evidence: Evidence<U>,
        method: &impl Recheck<U>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        // Nobody has had the time to add a factor, and whatever an earlier account had has ended.
        let bar = self.bar_of_row(evidence.user());
        match judge(evidence, Goal::Begin, bar) {
            Ok(proof) => self.begin_proved(proof, method, begun, client).await,
            Err(lacking) => self.next_step(lacking, begun, client).await,
        }
    }

    async fn begin_proved(
        &self,
        mut proof: Proof<U>,
        method: &impl Recheck<U>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        for _ in 0..STARTS {
            // Many at once may renew one hash: all but one of them need not begin a session to find that out.
            if !proof.is_outdated()
                && let Some((user, tokens)) = self.begin(&proof, client).await?
            {
                return Ok(SignIn::began(user, tokens));
            }
            let evidence = self.prove_again(&proof, method, client).await?;
            let bar = self.bar_to_begin(&evidence).await?;
            proof = match judge(evidence, Goal::Begin, bar) {
                Ok(proof) => proof,
                Err(lacking) => return self.next_step(lacking, begun, client).await,
            };
        }
        Err(AuthError::unavailable("the account was changed by too many at once"))
    }

    /// Returns what the account asks for as it is. Whoever adds a factor later bumps the epoch of the user, so that the
    /// last check before the tokens sees it.
    pub(super) async fn bar(&self, user: &U) -> Result<Bar, AuthError> {
        let bar = self.bar_of_row(user);
        Ok(bar.with_second_step(self.factors.needs_second_step(&FactorOwner::of(user), bar.is_mfa()).await?))
    }

    /// The same for a session that begins: a device that is trusted takes the place of a second step.
    async fn bar_to_begin(&self, evidence: &Evidence<U>) -> Result<Bar, AuthError> {
        let bar = self.bar(evidence.user()).await?;
        let Some(device) = evidence.device().filter(|_| bar.lets_devices_pass()) else { return Ok(bar) };
        let is_trusted = self.trusts(evidence.user(), device.token()).await?;
        Ok(if is_trusted { bar.on_trusted_device() } else { bar })
    }

    /// Whether a device is one that the account trusts, as it is now.
    async fn trusts(&self, user: &U, token: &str) -> Result<bool, AuthError> {
        let generation = self.factors.device_generation(&FactorOwner::of(user), token).await?;
        let Some(generation) = generation else { return Ok(false) };
        // Whatever has ended the sessions of the account since has ended this.
        Ok(self.sessions.epoch(user.id()).await?.accepts_generation(generation))
    }

    /// The same of an account without factors.
    fn bar_of_row(&self, user: &U) -> Bar {
        let mail = self.outbox.as_ref().and_then(|outbox| recipient(user, outbox.address()));
        Bar::of(user).with_mail(mail.is_some())
    }

    async fn next_step(
        &self,
        lacking: Lacking<U>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        match lacking {
            Lacking::Step(needs, evidence) => {
                let pending = self.wait_for(needs, evidence, None, begun, client).await?;
                Ok(SignIn::Pending(Box::new(pending)))
            }
            Lacking::Stronger(step_up) => Err(AuthError::StepUpRequired(step_up)),
        }
    }

    /// Begins the session, then reads the row again and checks that it is the one that was proved, and that nothing was
    /// changed meanwhile. `None`: something was, and there is no session.
    ///
    /// The row is read *after* the session was stored. Whoever deletes it and gives its id to another account later than
    /// that finds the session, which then ends as whatever an earlier account left (`session/reused_id.rs`); whoever did
    /// so before is seen here.
    async fn begin(&self, proof: &Proof<U>, client: &ClientInfo) -> Result<Option<(U, Tokens)>, AuthError> {
        // Whatever the method. If there was something to complete, the generation is another one now.
        self.sessions.complete_sign_up(Some(proof.user())).await?;
        let (session, token, guard) = self.sessions.begin(proof, client).await?;
        let confirmed = self.confirm(proof, &session, &token, client).await;
        if matches!(confirmed, Ok(Some(_))) || self.sessions.revoke_now(session.id, &session.user, None).await.is_ok() {
            guard.disarm();
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
        client: &ClientInfo,
    ) -> Result<Option<(U, Tokens)>, AuthError> {
        let row = self.users.find(proof.user().id()).await?;
        let is_proved = |row: &U| {
            row.is_active()
                && row.password_hash() == proof.hash()
                && row.created() == proof.user().created()
                && Bar::of(row) == Bar::of(proof.user())
                && (0..U::SCHEMA.logins.len()).all(|index| row.login(index) == proof.user().login(index))
        };
        let Some(user) = row.filter(is_proved) else { return Ok(None) };
        let (epoch, sessions) = self.sessions.epoch_and_sessions(user.id()).await?;
        if epoch.generation != proof.generation() {
            return Ok(None);
        }
        let tokens = self.sessions.tokens(&user, session, token)?;
        self.hooks.after_login(&user, client).await?;
        // Last, so that no session is lost to a login that was refused. A failure is not fatal: this session is valid,
        // and the next login corrects the number of sessions, so an old session never keeps anybody out.
        if let Err(error) = self.sessions.make_room_for(session, (&epoch, sessions), client).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(target: "auth::store", error, user = session.user, "old sessions could not be ended");
        }
        let (owner, amr) = (session.user.clone(), proof.amr().clone());
        self.reporter.report(client, EventKind::LoginSucceeded { user: owner, session: session.id, amr });
        Ok(Some((user, tokens)))
    }

    /// Proves anew, for the account as it is now, what was proved for it as it was.
    async fn prove_again(
        &self,
        proof: &Proof<U>,
        method: &impl Recheck<U>,
        client: &ClientInfo,
    ) -> Result<Evidence<U>, AuthError> {
        let id = proof.user().id();
        let generation = self.sessions.epoch(id).await?.generation;
        let user = match self.users.find(id).await? {
            Some(user) if may_be(&user, proof.user(), proof.hash()) && method.is_right_for(&user, proof).await? => user,
            _ => return Err(self.raced(id, client)),
        };
        if !user.is_active() {
            let reason = LoginFailure::Inactive;
            self.reporter.report(client, EventKind::LoginFailed { user: Some(id.to_string()), reason });
            return Err(AuthError::InactiveUser);
        }
        Ok(proof.again(user, generation))
    }

    /// Reports that the password was changed, or the account deleted, while the password was being checked.
    pub(super) fn raced(&self, id: &U::Id, client: &ClientInfo) -> AuthError {
        let failed = EventKind::LoginFailed { user: Some(id.to_string()), reason: LoginFailure::Raced };
        self.reporter.report(client, failed);
        AuthError::InvalidCredentials
    }
}

/// Returns whether a row read later can be that of the account that was verified, and not of another person with the
/// same id. The field `created` tells; without it, another hash and no login in common do.
pub(crate) fn may_be<U: AuthUser>(row: &U, verified: &U, hash: Option<&str>) -> bool {
    let logins = 0..U::SCHEMA.logins.len();
    let mut shared = logins.filter_map(|index| Some((row.login(index)?, verified.login(index)?)));
    row.created() == verified.created() && (row.password_hash() == hash || shared.any(|(one, other)| one == other))
}
