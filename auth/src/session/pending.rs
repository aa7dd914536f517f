//! Work that must be completed even if the request that started it was interrupted.
//!
//! A session is stored before its tokens are returned, a row before the tokens with its old content are refused, and a
//! logout takes several writes. In between, the store may fail, or the client may disconnect and cancel the handler,
//! and nobody might retry. So a guard is taken first, and whatever is unfinished when it is dropped is completed later,
//! as soon as the store permits: by one task per handle, however many requests were interrupted.
//!
//! If it were not for the guard, the client would usually not repeat what was interrupted, least of all a browser whose
//! tab was closed. The queue is bounded and served only while it is not empty, so a failing store does not cost more
//! the more requests fail on it. A store that panics has failed, and no more: the task goes on, and what it was at is
//! tried again.
//!
//! Pending work for a user is done before that user signs in on this instance. It is skipped if the mark has been
//! raised in the same way since, so the queue never ends sessions of the new password. Records of ended sessions are
//! removed one by one, after comparing each with the mark, so a session that has just begun stays.

mod queue;

use std::sync::Weak;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

pub(crate) use queue::Queue;

use super::Sessions;
use crate::caught::caught;
use crate::claims::SessionId;
use crate::client_info::Client;
use crate::error::AuthError;
use crate::revocation::mark::Raise;
use crate::user::AuthUser;

/// The pause before the first attempt, because the store has just failed, and after a failure. It then doubles: 1 s, 1
/// s, 2 s, 4 s, … for as long as it fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

pub(crate) enum Rest<U: AuthUser> {
    /// A session that has to end, because its tokens were not delivered or a client asked for it.
    OneSession(SessionId, String),
    /// A mark that has to be raised. `read` is its generation if everything before raising was done: if the mark has
    /// since been raised above it in the same way, nothing is left to do, and later logins must not be ended.
    Mark { user: U::Id, raise: Raise, read: Option<u64> },
    /// A row written by the application, whose content is not known yet.
    Row(U::Id),
    /// A mark that may have been stored, or is stored and may not have been announced.
    News(U::Id),
}

impl<U: AuthUser> Rest<U> {
    fn user(&self) -> Option<&U::Id> {
        match self {
            Self::OneSession(..) => None,
            Self::Mark { user, .. } | Self::Row(user) | Self::News(user) => Some(user),
        }
    }

    /// Whether completing this also completes the other one.
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneSession(one, _), Self::OneSession(other, _)) => one == other,
            (Self::Mark { user, raise, read: None }, Self::Mark { user: other, raise: less, .. }) => {
                user == other && raise == less
            }
            (Self::Row(one), Self::Row(other)) | (Self::News(one), Self::News(other)) => one == other,
            _ => false,
        }
    }
}

/// Schedules the work when dropped, unless it was [`finish`](Self::finish)ed.
pub(crate) struct Unfinished<U: AuthUser> {
    sessions: Weak<Sessions<U>>,
    rest: Option<Rest<U>>,
}

impl<U: AuthUser> Unfinished<U> {
    fn new(sessions: &Sessions<U>, rest: Rest<U>) -> Self {
        Self { sessions: Weak::clone(&sessions.this), rest: Some(rest) }
    }

    /// A session that has to end, because it is stored without its tokens being delivered, or because a client asked
    /// for it.
    pub(crate) fn session(sessions: &Sessions<U>, session: SessionId, owner: &str) -> Self {
        Self::new(sessions, Rest::OneSession(session, owner.to_owned()))
    }

    /// A mark that has to be raised, again or for the first time.
    pub(crate) fn mark(sessions: &Sessions<U>, user: &U::Id, raise: Raise) -> Self {
        Self::new(sessions, Rest::Mark { user: user.clone(), raise, read: None })
    }

    /// A row that the application says it has changed.
    pub(crate) fn row(sessions: &Sessions<U>, user: &U::Id) -> Self {
        Self::new(sessions, Rest::Row(user.clone()))
    }

    /// A mark that is about to be stored together with a row. It may be there even if the answer is an error.
    pub(crate) fn news(sessions: &Sessions<U>, user: &U::Id) -> Self {
        Self::new(sessions, Rest::News(user.clone()))
    }

    /// Records that everything before raising the mark is done, and the mark's generation at that point.
    pub(crate) fn mark_was(&mut self, generation: u64) {
        if let Some(Rest::Mark { read, .. }) = &mut self.rest {
            *read = Some(generation);
        }
    }

    /// Marks the work as done or no longer needed.
    pub(crate) fn finish(mut self) {
        self.rest = None;
    }
}

impl<U: AuthUser> Drop for Unfinished<U> {
    fn drop(&mut self) {
        let (Some(rest), Some(sessions)) = (self.rest.take(), self.sessions.upgrade()) else { return };
        if let Rest::OneSession(session, _) = &rest {
            sessions.feed.refuse_session(*session);
        }
        let Ok(runtime) = Handle::try_current() else { return };
        if sessions.pending.push(rest, Rest::includes) {
            runtime.spawn(Finishing { sessions: Weak::clone(&self.sessions), current: None, done: false }.run());
        }
    }
}

/// The task that completes the work. However it ends, nothing is lost, and the next one may start.
struct Finishing<U: AuthUser> {
    sessions: Weak<Sessions<U>>,
    /// What it is at.
    current: Option<Rest<U>>,
    done: bool,
}

impl<U: AuthUser> Finishing<U> {
    async fn run(mut self) {
        let (mut pause, mut failed) = (FIRST_PAUSE, 0);
        sleep(pause).await;
        loop {
            let Some(sessions) = self.sessions.upgrade() else { return };
            let Some(rest) = sessions.pending.next() else {
                self.done = true;
                return;
            };
            // A store that panics has failed, and nothing else has: everybody's work goes on here.
            let done = caught(sessions.catch_up(self.current.insert(rest))).await;
            let Some(rest) = self.current.take().filter(|_| !matches!(done, Some(Ok(())))) else {
                (pause, failed) = (FIRST_PAUSE, 0);
                continue;
            };
            let waiting = sessions.pending.again(rest);
            failed += 1;
            // A record that nobody can read is no reason to let the others wait. If the store is away, it is one.
            let is_alone = matches!(done, Some(Err(error)) if !matches!(error, AuthError::Unavailable { .. }));
            if is_alone && failed < waiting {
                continue;
            }
            failed = 0;
            // Hold no handle while waiting.
            drop(sessions);
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl<U: AuthUser> Drop for Finishing<U> {
    fn drop(&mut self) {
        if let (false, Some(sessions)) = (self.done, self.sessions.upgrade()) {
            sessions.pending.stopped(self.current.take());
        }
    }
}

impl<U: AuthUser> Sessions<U> {
    async fn catch_up(&self, rest: &Rest<U>) -> Result<(), AuthError> {
        match rest {
            Rest::OneSession(session, owner) => self.revoke_now(*session, owner, None).await.map(drop),
            Rest::Mark { user, raise, read } => {
                let mut mark = self.feed.stored_mark(user).await?;
                if read.is_some_and(|read| mark.was_raised(*raise, read)) {
                    // It may have been raised by us, and the answer was lost.
                    self.feed.know(user, mark);
                } else {
                    mark = self.feed.raise(user, *raise).await?;
                }
                self.forget_ended(user, &mark).await
            }
            Rest::News(user) => {
                // A write, not a read: it waits for a commit that is still pending, and gives the mark a time that others
                // have not read past. It costs the user a refresh at most.
                let mark = self.feed.raise(user, Raise::Tokens).await?;
                self.forget_ended(user, &mark).await
            }
            Rest::Row(user) => self.row_was_written(user, &Client::default()).await,
        }
    }

    /// Completes unfinished work about a user. A login does so first; otherwise its session, started with the new
    /// password, would be ended a second later together with those of the old one.
    pub(crate) async fn settle(&self, user: &U::Id) -> Result<(), AuthError> {
        while let Some(rest) = self.pending.take(|rest| rest.user() == Some(user)) {
            let unfinished = Unfinished::new(self, rest);
            if let Some(rest) = &unfinished.rest {
                self.catch_up(rest).await?;
            }
            unfinished.finish();
        }
        Ok(())
    }
}
