//! Managed key pairs: made, published, used and retired by themselves.
//!
//! A key is a record with the time from which it signs. Whoever notices that the next one is due inserts it under the next
//! number, so of several instances one makes it; and all read the time from the record, so all switch at the same moment.
//! There is nothing between the two writes that a process could die in: a key that was inserted is published at once, and
//! signs later.

mod generation;
mod info;
mod schedule;
mod stored;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::base::error::AuthError;
use crate::keys::{KeyPlan, NamedPair};
use crate::model::claims::Claims;
use crate::model::event::Reporter;
use crate::token::access::AccessTokens;

pub use info::{KeyPhase, SigningKeyInfo};
pub(crate) use stored::{ManagedKeyParts, ManagedKeyStore};

/// How often an instance looks for keys that others have made or retired.
const PACE: Duration = Duration::from_secs(5);

/// The managed keys of one user type.
pub(crate) struct SigningKeys<C> {
    stored: ManagedKeyStore,
    /// The pairs that the application lists beside them.
    listed: Vec<NamedPair>,
    tokens: Arc<AccessTokens<C>>,
    reporter: Reporter,
    /// Whoever swaps keys waits for whoever else does.
    turn: Arc<Mutex<()>>,
}

impl<C: Claims> SigningKeys<C> {
    pub(crate) fn new(
        stored: ManagedKeyStore,
        listed: Vec<NamedPair>,
        tokens: &Arc<AccessTokens<C>>,
        reporter: Reporter,
        turn: Arc<Mutex<()>>,
    ) -> Arc<Self> {
        Arc::new(Self { stored, listed, tokens: Arc::clone(tokens), reporter, turn })
    }

    /// Reads the keys again, makes the next one if it is due, and forgets those whose tokens have expired.
    pub(crate) async fn refresh(&self) -> Result<(), AuthError> {
        let _turn = self.turn.lock().await;
        self.reload().await
    }

    async fn reload(&self) -> Result<(), AuthError> {
        let generations = self.stored.load(self.reporter.now()).await?;
        let pairs = self.stored.pairs(&generations).chain(self.listed.iter().cloned()).collect();
        let keys = self.tokens.keys();
        let plan = KeyPlan { pairs, ..KeyPlan::clone(keys.plan()) };
        // Another set of keys begins with an empty cache of verified tokens.
        if !plan.has_same_pairs(keys.plan()) {
            self.tokens.rotate(keys.with_plan(Arc::new(plan)).map_err(AuthError::internal)?);
        }
        Ok(())
    }

    /// Makes the next key now, unless one is waiting already. It signs when it was published for long enough. Returns its
    /// id.
    pub(crate) async fn rotate(&self) -> Result<String, AuthError> {
        let _turn = self.turn.lock().await;
        let next = self.stored.make_next(self.reporter.now()).await?;
        self.reload().await?;
        Ok(next)
    }

    /// Deletes a key: its tokens are refused here at once. If it was the one that signs, a fresh one does from now on.
    /// Says whether there was such a key.
    pub(crate) async fn retire(&self, id: &str) -> Result<bool, AuthError> {
        let _turn = self.turn.lock().await;
        let found = self.stored.retire(id, self.reporter.now()).await?;
        self.reload().await?;
        Ok(found)
    }

    /// Goes on looking for changes for as long as somebody uses the keys.
    pub(crate) fn start(self: &Arc<Self>) {
        let keys = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut failing = false;
            loop {
                tokio::time::sleep(PACE).await;
                let Some(keys) = keys.upgrade() else { return };
                match keys.refresh().await {
                    Ok(()) => failing = false,
                    // Said once, until it works again: the keys that are known go on.
                    Err(error) if !failing => {
                        failing = true;
                        let error: &dyn std::error::Error = &error;
                        tracing::warn!(target: "auth::keys", error,
                            "the signing keys could not be read: those known here go on, and new ones are not noticed");
                    }
                    Err(_) => {}
                }
            }
        });
    }
}
