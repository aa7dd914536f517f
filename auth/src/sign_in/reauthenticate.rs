//! Step-up: a signed-in user proves their identity again, and the session becomes fresh.

use serde_json::Value;

use super::next_step::{pending, pending_nothing};
use super::passkey::ByPasskey;
use super::step::StepTaken;
use super::{Completed, FreshToken, PasswordSignIn, SignIn, may_be};
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::factors::FactorOwner;
use crate::mail::{Binding, MailPurpose, SignInData, recipient};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, Refusal};
use crate::model::user::{AuthUser, is_same_row};
use crate::passkeys::Purpose;
use crate::proof::{Evidence, Goal, Lacking, judge};
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::session::record::Session;
use crate::store::TRIES;

const PURPOSE: MailPurpose = MailPurpose::Reauthenticate;

/// What a signed-in user has shown, asked about the account as it is now.
trait ShownAgain<U: AuthUser>: Send {
    /// Returns the evidence for `row`, read after the session's generation.
    fn for_row(&mut self, row: &U, session: &Session) -> impl Future<Output = Result<Evidence<U>, AuthError>> + Send;
}

/// A password that was right for `verified`.
struct PasswordShown<'a, U: AuthUser> {
    sign_in: &'a PasswordSignIn<U>,
    verified: U,
    password: &'a str,
    client: &'a ClientInfo,
}

impl<U: AuthUser> ShownAgain<U> for PasswordShown<'_, U> {
    async fn for_row(&mut self, row: &U, session: &Session) -> Result<Evidence<U>, AuthError> {
        let Self { sign_in, verified, password, client } = self;
        let hash = verified.password_hash();
        if !may_be(row, verified, hash) || !sign_in.knows(row, hash, password, client).await? {
            return Err(sign_in.raced(row.id(), client));
        }
        *verified = row.clone();
        Ok(Evidence::of_password(row.clone(), session.generation))
    }
}

/// What was shown in steps.
struct StepsShown<'a, U: AuthUser> {
    sign_in: &'a PasswordSignIn<U>,
    taken: StepTaken<U>,
}

impl<U: AuthUser> ShownAgain<U> for StepsShown<'_, U> {
    async fn for_row(&mut self, row: &U, session: &Session) -> Result<Evidence<U>, AuthError> {
        if !self.sign_in.is_still_meant(&self.taken, row).await? {
            return Err(AuthError::SignInExpired);
        }
        Ok(self.taken.evidence(row.clone(), session.generation))
    }
}

impl<U: AuthUser> ShownAgain<U> for ByPasskey {
    async fn for_row(&mut self, row: &U, session: &Session) -> Result<Evidence<U>, AuthError> {
        if self.is_of(row).await? {
            Ok(self.evidence(row.clone(), session.generation))
        } else {
            Err(AuthError::InvalidPasskey)
        }
    }
}

impl<U: AuthUser> PasswordSignIn<U> {
    /// Makes a session fresh; see [`Auth::reauthenticate`](crate::Auth::reauthenticate).
    pub(crate) async fn reauthenticate(
        &self,
        begun: BegunAttempt,
        id: &U::Id,
        session: SessionId,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let user = self.user_of(id, session).await?;
        self.verify_in_session(begun, &user, password, Some(session), client).await?;
        let shown = PasswordShown { sign_in: self, verified: user, password, client };
        self.freshen(id, session, shown, begun, client).await
    }

    /// Mails link and code that make a session fresh; see
    /// [`Auth::reauthenticate_by_mail`](crate::Auth::reauthenticate_by_mail).
    pub(crate) async fn mail_reauthentication(
        &self,
        begun: BegunAttempt,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        let outbox = self.engine.outbox()?;
        let index = outbox.address();
        // Read before the row: whatever changes meanwhile is of a later generation.
        let generation = self.engine.sessions.epoch(id).await?.generation;
        let user = self.user_of(id, session).await?;
        // What is no address is mailed nothing, as everywhere.
        let Some(address) = recipient(&user, index) else { return pending_nothing(outbox.tokens(), PURPOSE) };
        let name = self.limits.account_key(index, &address);
        let counted = self.limits.count_mail_to(begun, &name.to_string(), MailTo::Account, client).await;
        let Some(counted) = counted else { return pending_nothing(outbox.tokens(), PURPOSE) };
        let data = SignInData { freshens: Some(session), ..SignInData::default() };
        let binding = Binding::of(&user, &address, generation, name, self.limits.network_key(client));
        let token = outbox.tokens().issue_with(PURPOSE, &binding, Some(&data)).await?;
        counted.keep();
        self.engine.mail(outbox, &token, &binding.owner, &address, client).await?;
        let requested = EventKind::SignInRequested { user: Some(binding.owner) };
        self.engine.reporter.report_about(client, binding.recipient.to_string(), requested);
        Ok(pending(outbox.tokens(), &token, Needs::Mailbox, self.engine.reporter.now()))
    }

    /// Makes the session fresh whose user has taken a step, unless another one is missing.
    pub(crate) async fn freshen_step(
        &self,
        begun: BegunAttempt,
        taken: StepTaken<U>,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let id = taken.user.id().clone();
        let freshened = self.freshen(&id, session, StepsShown { sign_in: self, taken }, begun, client).await;
        freshened.map_err(|error| match error {
            // The session has ended. Whoever answers has sent no token that could be wrong.
            AuthError::InvalidToken => AuthError::SignInExpired,
            error => error,
        })
    }

    /// Makes a session fresh with a passkey of its user; see
    /// [`Auth::reauthenticate_by_passkey`](crate::Auth::reauthenticate_by_passkey).
    pub(crate) async fn passkey_reauthentication(
        &self,
        begun: BegunAttempt,
        id: &U::Id,
        session: SessionId,
        answer: &Value,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let user = self.user_of(id, session).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Reauthenticate { owner: &owner.id, session };
        let shown = self.show_passkey(purpose, Some(&owner), answer, client).await?;
        self.freshen(id, session, shown, begun, client).await
    }

    /// Returns the user of a session that has not ended.
    pub(super) async fn user_of(&self, id: &U::Id, session: SessionId) -> Result<U, AuthError> {
        let stamp = self.engine.sessions.living(id, session).await?.row;
        let same = |user: &U| user.is_active() && is_same_row(user, stamp);
        self.engine.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)
    }

    /// Stores that the user has proved their identity now. A concurrent refresh changes the record of the session, but
    /// not the result.
    async fn freshen(
        &self,
        id: &U::Id,
        session: SessionId,
        mut shown: impl ShownAgain<U>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let sessions = &self.engine.sessions;
        for _ in 0..TRIES {
            // The row is read after the session's generation: roles that are removed later make the token stale.
            let session = sessions.living(id, session).await?;
            let same = |user: &U| user.is_active() && is_same_row(user, session.row);
            let current = self.engine.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
            let evidence = shown.for_row(&current, &session).await?;
            let bar = self.engine.bar(&current).await?;
            let proof = match judge(evidence, Goal::Freshen(&session.amr), bar) {
                Ok(proof) => proof,
                // No session of an account that waits for its address goes on: signing in again asks for that.
                Err(Lacking::Step(needs, evidence)) if bar.lets_sessions_continue() || needs == Needs::Factor => {
                    let pending = self.engine.wait_for(needs, evidence, Some(session.id), begun, client).await?;
                    return Ok(SignIn::Pending(Box::new(pending)));
                }
                Err(lacking) => {
                    let refused = EventKind::Refused { user: Some(session.user), reason: Refusal::StepUp };
                    self.report(client, refused);
                    return Err(match lacking {
                        Lacking::Stronger(step_up) => AuthError::StepUpRequired(step_up),
                        Lacking::Step(..) => AuthError::InvalidToken,
                    });
                }
            };
            if let Some(session) = sessions.freshen(session, &proof).await? {
                return self.freshened(&current, session, client);
            }
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }

    fn freshened(&self, user: &U, session: Session, client: &ClientInfo) -> Result<SignIn<U>, AuthError> {
        if self.engine.sessions.has_ended(&session.id) {
            return Err(AuthError::InvalidToken);
        }
        let issued = self.engine.sessions.access_token(user, &session)?;
        self.report(client, EventKind::Reauthenticated { user: session.user, session: session.id });
        let token = FreshToken { access_token: issued.token, expires_in: issued.expires_in, session: session.id };
        Ok(SignIn::Complete(Completed::Freshened(token)))
    }
}
