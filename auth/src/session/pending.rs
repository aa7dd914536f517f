//! Work that must be completed even if the request that started it was interrupted.
//!
//! A session is stored before its tokens are returned, a row before the tokens with its old content are refused, and a
//! logout takes several writes. In between, the store may fail, or the client may disconnect and cancel the handler,
//! and nobody might retry. So a guard is taken first, and whatever is not done when it is dropped is completed later,
//! as soon as the store permits: by one task per handle, however many requests were interrupted.
//!
//! If it were not for the guard, the client would usually not repeat what was interrupted, least of all a browser whose
//! tab was closed. The queue is bounded and served only while it is not empty, so a failing store does not cost more
//! the more requests fail on it. A store that panics has failed, and no more: the task goes on, and what it was at is
//! tried again.
//!
//! Pending work for a user is done before that user signs in on this instance. It is skipped if the epoch has been
//! raised in the same way since, so the queue never ends sessions of the new password. Records of ended sessions are
//! removed one by one, after comparing each with the epoch, so a session that has just begun stays.

mod queue;

use std::sync::Weak;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

pub(crate) use queue::Queue;

use super::Sessions;
use crate::base::catch_panic::catch_panic;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::revocation::epoch::Bump;

/// The pause before the first attempt, because the store has just failed, and after a failure. It then doubles: 1 s, 1
/// s, 2 s, 4 s, … for as long as it fails.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

pub(crate) enum PendingWork<U: AuthUser> {
    /// A session that has to end, because its tokens were not delivered or a client asked for it.
    OneSession(SessionId, String),
    /// An epoch that has to be bumped. `read` is its generation if everything before raising was done: if the epoch has
    /// since been bumped above it in the same way, nothing is left to do, and later logins must not be ended.
    Epoch { user: U::Id, bump: Bump, read: Option<u64> },
    /// A row written by the application, whose content is not known yet, and what else is out of date because of it.
    Row(U::Id, Bump),
    /// An epoch that may have been stored, or is stored and may not have been announced.
    MaybeStored(U::Id),
}

impl<U: AuthUser> PendingWork<U> {
    fn user(&self) -> Option<&U::Id> {
        match self {
            Self::OneSession(..) => None,
            Self::Epoch { user, .. } | Self::Row(user, _) | Self::MaybeStored(user) => Some(user),
        }
    }

    /// Whether completing this also completes the other one.
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OneSession(one, _), Self::OneSession(other, _)) => one == other,
            (Self::Epoch { user, bump, read: None }, Self::Epoch { user: other, bump: less, .. }) => {
                user == other && bump == less
            }
            (Self::Row(one, bump), Self::Row(other, less)) => one == other && (bump == less || *less == Bump::Row),
            (Self::MaybeStored(one), Self::MaybeStored(other)) => one == other,
            _ => false,
        }
    }
}

/// Schedules the work when dropped, unless it was [disarmed](Self::disarm).
pub(crate) struct CompletionGuard<U: AuthUser> {
    sessions: Weak<Sessions<U>>,
    work: Option<PendingWork<U>>,
}

impl<U: AuthUser> CompletionGuard<U> {
    fn new(sessions: &Sessions<U>, work: PendingWork<U>) -> Self {
        Self { sessions: Weak::clone(&sessions.this), work: Some(work) }
    }

    /// A session that has to end, because it is stored without its tokens being delivered, or because a client asked
    /// for it.
    pub(crate) fn session(sessions: &Sessions<U>, session: SessionId, owner: &str) -> Self {
        Self::new(sessions, PendingWork::OneSession(session, owner.to_owned()))
    }

    /// An epoch that has to be bumped, again or for the first time.
    pub(crate) fn epoch(sessions: &Sessions<U>, user: &U::Id, bump: Bump) -> Self {
        Self::new(sessions, PendingWork::Epoch { user: user.clone(), bump, read: None })
    }

    /// A row that the application says it has changed.
    pub(crate) fn row(sessions: &Sessions<U>, user: &U::Id, bump: Bump) -> Self {
        Self::new(sessions, PendingWork::Row(user.clone(), bump))
    }

    /// An epoch that is about to be stored together with a row. It may be there even if the answer is an error.
    pub(crate) fn maybe_stored(sessions: &Sessions<U>, user: &U::Id) -> Self {
        Self::new(sessions, PendingWork::MaybeStored(user.clone()))
    }

    /// Records that everything before bumping the epoch is done, and the epoch's generation at that point.
    pub(crate) fn epoch_was(&mut self, generation: u64) {
        if let Some(PendingWork::Epoch { read, .. }) = &mut self.work {
            *read = Some(generation);
        }
    }

    /// Marks the work as done or no longer needed.
    pub(crate) fn disarm(mut self) {
        self.work = None;
    }
}

impl<U: AuthUser> Drop for CompletionGuard<U> {
    fn drop(&mut self) {
        let (Some(work), Some(sessions)) = (self.work.take(), self.sessions.upgrade()) else { return };
        if let PendingWork::OneSession(session, _) = &work {
            sessions.feed.refuse_session(*session);
        }
        let Ok(runtime) = Handle::try_current() else { return };
        if sessions.pending.push(work, PendingWork::includes) {
            runtime.spawn(Worker { sessions: Weak::clone(&self.sessions), current: None, done: false }.run());
        }
    }
}

/// The task that completes the work. However it ends, nothing is lost, and the next one may start.
struct Worker<U: AuthUser> {
    sessions: Weak<Sessions<U>>,
    /// What it is at.
    current: Option<PendingWork<U>>,
    done: bool,
}

impl<U: AuthUser> Worker<U> {
    async fn run(mut self) {
        let (mut pause, mut failed) = (FIRST_PAUSE, 0);
        sleep(pause).await;
        loop {
            let Some(sessions) = self.sessions.upgrade() else { return };
            let Some(work) = sessions.pending.next() else {
                self.done = true;
                return;
            };
            // A store that panics has failed, and nothing else has: everybody's work goes on here.
            let done = catch_panic(sessions.complete(self.current.insert(work))).await;
            let Some(work) = self.current.take().filter(|_| !matches!(done, Some(Ok(())))) else {
                (pause, failed) = (FIRST_PAUSE, 0);
                continue;
            };
            let waiting = sessions.pending.requeue(work);
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

impl<U: AuthUser> Drop for Worker<U> {
    fn drop(&mut self) {
        if let (false, Some(sessions)) = (self.done, self.sessions.upgrade()) {
            sessions.pending.stopped(self.current.take());
        }
    }
}

impl<U: AuthUser> Sessions<U> {
    async fn complete(&self, work: &PendingWork<U>) -> Result<(), AuthError> {
        match work {
            PendingWork::OneSession(session, owner) => self.revoke_now(*session, owner, None).await.map(drop),
            PendingWork::Epoch { user, bump, read } => {
                let mut epoch = self.feed.stored_epoch(user).await?;
                if read.is_some_and(|read| epoch.was_bumped(*bump, read)) {
                    // It may have been bumped by us, and the answer was lost.
                    self.feed.apply_epoch(user, epoch);
                } else {
                    epoch = self.feed.bump(user, *bump).await?;
                }
                self.delete_ended_sessions(user, &epoch).await
            }
            PendingWork::MaybeStored(user) => {
                // A write, not a read: it waits for a commit that is still pending, and gives the epoch a time that others
                // have not read past. It costs the user a refresh at most.
                let epoch = self.feed.bump(user, Bump::Tokens).await?;
                self.delete_ended_sessions(user, &epoch).await
            }
            PendingWork::Row(user, bump) => self.reconcile_row(user, *bump, &ClientInfo::default()).await,
        }
    }

    /// Completes unfinished work about a user. A login does so first; otherwise its session, started with the new
    /// password, would be ended a second later together with those of the old one.
    pub(crate) async fn complete_pending_for(&self, user: &U::Id) -> Result<(), AuthError> {
        while let Some(work) = self.pending.take(|work| work.user() == Some(user)) {
            let guard = CompletionGuard::new(self, work);
            if let Some(work) = &guard.work {
                self.complete(work).await?;
            }
            guard.disarm();
        }
        Ok(())
    }
}
