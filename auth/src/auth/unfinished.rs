//! What was begun and must be done although the request that would have done it has broken off.
//!
//! A session is stored before its tokens are handed out, a row before the tokens that say what it said are refused, and a
//! log-out is several writes. In between the store may fail, or the client hang up and take the handler along, and nobody
//! would ask again. So a guard is taken first, and what is not finished when it goes is done later, as soon as the store
//! can do that: by one task for each handle, however many requests broke off.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::{Auth, Inner};
use crate::claims::SessionId;
use crate::error::AuthError;
use crate::token::mark::Raise;
use crate::token::session::Client;
use crate::user::AuthUser;

/// Before the first attempt, since the store has just failed, and after each failure: 1 s, 1 s, 2 s, 4 s, … for as long as
/// it fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);
/// So much can wait; beyond it sessions stay until they expire.
const MOST: usize = 1024;

enum Rest<U: AuthUser> {
    /// The end of one session: nobody has its tokens, or somebody asked for it.
    OneSession(SessionId, String),
    /// A user's mark has to be raised. If it was read when all else was done, its generation then: whoever has raised it
    /// above that in the same way has done it, and logins since are not for us to end.
    Mark { user: U::Id, raise: Raise, read: Option<u64> },
    /// The application wrote a row, and nobody knows yet what it says.
    Row(U::Id),
}

impl<U: AuthUser> Rest<U> {
    fn user(&self) -> Option<&U::Id> {
        match self {
            Self::OneSession(..) => None,
            Self::Mark { user, .. } | Self::Row(user) => Some(user),
        }
    }

    /// Whether the other one is done with this.
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneSession(one, _), Self::OneSession(other, _)) => one == other,
            (Self::Mark { user, raise, read: None }, Self::Mark { user: other, raise: less, .. }) => {
                user == other && raise == less
            }
            (Self::Row(one), Self::Row(other)) => one == other,
            _ => false,
        }
    }
}

/// Does it later when this goes away, unless it was [`finish`](Self::finish)ed.
pub(super) struct Unfinished<U: AuthUser> {
    auth: Weak<Inner<U>>,
    rest: Option<Rest<U>>,
}

impl<U: AuthUser> Unfinished<U> {
    fn new(auth: &Auth<U>, rest: Rest<U>) -> Self {
        Self { auth: Arc::downgrade(&auth.inner), rest: Some(rest) }
    }

    /// A session that is to end: because it is stored and nobody has its tokens, or because it was asked for.
    pub(super) fn session(auth: &Auth<U>, session: SessionId, owner: &str) -> Self {
        Self::new(auth, Rest::OneSession(session, owner.to_owned()))
    }

    /// A mark that is to be raised, once more or for the first time.
    pub(super) fn mark(auth: &Auth<U>, user: &U::Id, raise: Raise) -> Self {
        Self::new(auth, Rest::Mark { user: user.clone(), raise, read: None })
    }

    /// A row of which the application says that it has changed.
    pub(super) fn row(auth: &Auth<U>, user: &U::Id) -> Self {
        Self::new(auth, Rest::Row(user.clone()))
    }

    /// All that comes before the raising is done, and the mark was of this generation then.
    pub(super) fn mark_was(&mut self, generation: u64) {
        if let Some(Rest::Mark { read, .. }) = &mut self.rest {
            *read = Some(generation);
        }
    }

    /// It is done, or there is nothing to do any more.
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

/// What is to be done later.
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
        // Whoever repeats what fails asks for the same thing each time.
        if !waiting.rests.iter().any(|other| other.includes(&rest)) {
            if waiting.rests.len() >= MOST {
                if !std::mem::replace(&mut waiting.told, true) {
                    tracing::warn!(target: "auth::session",
                        "too many requests broke off: some sessions and tokens stay until they expire");
                }
                return false;
            }
            waiting.rests.push_back(rest);
        }
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

    /// One that is about this user.
    fn about(&self, user: &U::Id) -> Option<Rest<U>> {
        let mut waiting = self.lock();
        let place = waiting.rests.iter().position(|rest| rest.user() == Some(user))?;
        waiting.rests.remove(place)
    }

    /// After the others, so that one which cannot be done is in nobody's way.
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
            if auth.catch_up(&rest).await.is_ok() {
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
    async fn catch_up(&self, rest: &Rest<U>) -> Result<(), AuthError> {
        match rest {
            Rest::OneSession(session, owner) => self.revoke_now(*session, owner).await.map(drop),
            Rest::Mark { user, raise, read } => {
                let mut mark = self.stored_mark(user).await?;
                if read.is_some_and(|read| mark.was_raised(*raise, read)) {
                    // Perhaps by us, and the answer was lost.
                    self.know(user, mark);
                } else {
                    mark = self.raise(user, *raise).await?;
                }
                self.forget_ended(user, &mark).await
            }
            Rest::Row(user) => self.row_was_written(user, &Client::default()).await,
        }
    }

    /// Does what is left to be done about a user. A login does so first: else the sessions of those who come with the new
    /// password would be ended with those of the old one, a second later.
    pub(super) async fn settle(&self, user: &U::Id) -> Result<(), AuthError> {
        while let Some(rest) = self.inner().unfinished.about(user) {
            let unfinished = Unfinished::new(self, rest);
            if let Some(rest) = &unfinished.rest {
                self.catch_up(rest).await?;
            }
            unfinished.finish();
        }
        Ok(())
    }
}
