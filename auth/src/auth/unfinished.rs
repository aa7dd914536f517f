//! What must be ended although the request that would have done it has broken off.
//!
//! A session is stored before its tokens are handed out, and a password before the sessions of the old one have ended for
//! the last time. In between the store may fail, or the client hang up, and nobody would ask again. So it is done later,
//! as soon as the store can do that: by one task for each handle, however many requests broke off.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::{Auth, Inner};
use crate::claims::SessionId;
use crate::error::AuthError;
use crate::token::mark::Raise;
use crate::user::AuthUser;

/// Before the first attempt, since the store has just failed, and after each failure: 1 s, 1 s, 2 s, 4 s, … for as long as
/// it fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);
/// So much can wait; beyond it sessions stay in the list until they expire.
const MOST: usize = 1024;

enum Rest<U: AuthUser> {
    /// A session that nobody has the tokens of.
    Session(SessionId, String),
    /// The sessions of a user, but not one that the mark spares.
    Sessions(U::Id),
}

/// Ends it later when this goes away, unless it was [`finish`](Self::finish)ed.
pub(super) struct Unfinished<U: AuthUser> {
    auth: Weak<Inner<U>>,
    rest: Option<Rest<U>>,
}

impl<U: AuthUser> Unfinished<U> {
    /// A session that is stored, and whose tokens nobody has yet.
    pub(super) fn session(auth: &Auth<U>, session: SessionId, owner: &str) -> Self {
        Self { auth: Arc::downgrade(&auth.inner), rest: Some(Rest::Session(session, owner.to_owned())) }
    }

    /// The sessions of a user whose password is about to change, or whose row to go. They have ended already; what may
    /// be left is those of logins that got in between.
    pub(super) fn sessions(auth: &Auth<U>, user: &U::Id) -> Self {
        Self { auth: Arc::downgrade(&auth.inner), rest: Some(Rest::Sessions(user.clone())) }
    }

    /// Somebody has the tokens, or there is nothing to end any more.
    pub(super) fn finish(mut self) {
        self.rest = None;
    }
}

impl<U: AuthUser> Drop for Unfinished<U> {
    fn drop(&mut self) {
        let (Some(rest), Some(inner)) = (self.rest.take(), self.auth.upgrade()) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        if inner.unfinished.push(rest) {
            runtime.spawn(Finishing { auth: Weak::clone(&self.auth), done: false }.run());
        }
    }
}

/// What is to be ended later.
pub(crate) struct Queue<U: AuthUser>(Mutex<Waiting<U>>);

struct Waiting<U: AuthUser> {
    rests: VecDeque<Rest<U>>,
    /// A task sees to them.
    running: bool,
    /// The operator was told that there are too many.
    told: bool,
}

impl<U: AuthUser> Queue<U> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Waiting { rests: VecDeque::new(), running: false, told: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<U>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers whether a task has to begin.
    fn push(&self, rest: Rest<U>) -> bool {
        let mut waiting = self.lock();
        if waiting.rests.len() >= MOST {
            if !std::mem::replace(&mut waiting.told, true) {
                tracing::warn!(target: "auth::session", "too many requests broke off: some sessions stay until they expire");
            }
            return false;
        }
        waiting.rests.push_back(rest);
        !std::mem::replace(&mut waiting.running, true)
    }

    /// The next one; if there is none, the task ends.
    fn next(&self) -> Option<Rest<U>> {
        let mut waiting = self.lock();
        let next = waiting.rests.pop_front();
        if next.is_none() {
            (waiting.running, waiting.told) = (false, false);
        }
        next
    }

    /// After the others, so that one which cannot be ended is in nobody's way.
    fn again(&self, rest: Rest<U>) {
        self.lock().rests.push_back(rest);
    }
}

/// The task. However it ends, the next one may begin.
struct Finishing<U: AuthUser> {
    auth: Weak<Inner<U>>,
    done: bool,
}

impl<U: AuthUser> Finishing<U> {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        sleep(pause).await;
        loop {
            let Some(inner) = self.auth.upgrade() else { return };
            let auth = Auth { inner };
            let Some(rest) = auth.inner().unfinished.next() else {
                self.done = true;
                return;
            };
            if auth.end(&rest).await.is_ok() {
                pause = FIRST_PAUSE;
                continue;
            }
            auth.inner().unfinished.again(rest);
            // While it waits, it holds no handle.
            drop(auth);
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl<U: AuthUser> Drop for Finishing<U> {
    fn drop(&mut self) {
        if let (false, Some(inner)) = (self.done, self.auth.upgrade()) {
            inner.unfinished.lock().running = false;
        }
    }
}

impl<U: AuthUser> Auth<U> {
    async fn end(&self, rest: &Rest<U>) -> Result<(), AuthError> {
        match rest {
            Rest::Session(session, owner) => self.revoke_session(*session, owner).await.map(drop),
            Rest::Sessions(user) => self.raise(user, Raise::SessionsAgain).await,
        }
    }
}
