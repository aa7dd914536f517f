//! A session that is stored, and whose tokens nobody has yet.
//!
//! Between the two the store may fail, or the client hang up. Then nobody will ever have its tokens, and it must not stand
//! in the list for a month: it is ended, as soon as the store can do that.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Auth, Inner};
use crate::claims::SessionId;
use crate::user::AuthUser;

/// Pauses between attempts: 1 s, 2 s, 4 s, … In all four minutes; then the session stays in the list until it expires.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const ATTEMPTS: u32 = 8;

/// Ends the session when it goes away, unless it was [`finish`](Self::finish)ed.
pub(super) struct Unfinished<U: AuthUser> {
    auth: Weak<Inner<U>>,
    session: SessionId,
    owner: String,
    finished: bool,
}

impl<U: AuthUser> Unfinished<U> {
    pub(super) fn new(auth: &Auth<U>, session: SessionId, owner: &str) -> Self {
        Self { auth: Arc::downgrade(&auth.inner), session, owner: owner.to_owned(), finished: false }
    }

    /// Somebody has the tokens, or there is nothing to end.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl<U: AuthUser> Drop for Unfinished<U> {
    fn drop(&mut self) {
        let Some(runtime) = tokio::runtime::Handle::try_current().ok().filter(|_| !self.finished) else { return };
        let (auth, session, owner) = (Weak::clone(&self.auth), self.session, std::mem::take(&mut self.owner));
        runtime.spawn(async move {
            for attempt in 0..ATTEMPTS {
                let Some(inner) = auth.upgrade() else { return };
                if (Auth { inner }).revoke_session(session, &owner).await.is_ok() {
                    return;
                }
                tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await;
            }
        });
    }
}
