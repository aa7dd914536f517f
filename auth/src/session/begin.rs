//! The beginning of a session, for somebody who has proved who they are.
//!
//! A caller who gets an error has no session from it. The session is ended before the answer; if the store is down,
//! this process refuses it at once and leaves it out of lists, and its record is removed later. A sign-up whose account
//! stays says so (`account_created`), because the same sign-up would be refused the next time.
//!
//! A process that is killed during a login leaves a session in the list whose tokens nobody has. Recording which
//! sessions were handed out would cost every login one more write; hiding the others would hide real ones, because a
//! client first refreshes much later.

use super::{CompletionGuard, Sessions};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::proof::Proof;
use crate::session::record::Session;
use crate::session::refresh_token::{Ratchet, RefreshToken};

impl<U: AuthUser> Sessions<U> {
    /// Begins a session for the user of the proof. It is ended again unless the returned guard is finished.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if it could not be stored; then there is no session.
    pub(crate) async fn begin(
        &self,
        proof: &Proof<U>,
        client: &ClientInfo,
    ) -> Result<(Session, RefreshToken, CompletionGuard<U>), AuthError> {
        let token = RefreshToken::generate(&*self.random)?;
        let ratchet = Ratchet::new(&token, self.now());
        let user = proof.user().id().to_string();
        let mut session =
            Session::begin(token.session(), user, ratchet, proof.amr().clone(), proof.generation(), client.clone());
        session.row = proof.user().created();
        if proof.is_by_device() {
            // A time that is unknown is never recent.
            session.auth_time = Timestamp::default();
        }
        let record = session.to_record(&self.kinds.session, self.settings.lifetimes, self.now())?;
        let guard = CompletionGuard::session(self, session.id, &session.user);
        if !self.records.insert(&record).await? {
            // 128 random bits collided, so the generator is broken. The existing session is neither overwritten nor
            // ended (COOK-10).
            guard.disarm();
            return Err(AuthError::internal("a fresh session id is in use"));
        }
        Ok((session, token, guard))
    }
}
