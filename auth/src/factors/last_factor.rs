//! What must stay: the last factor of whoever must have one, and the last way in.
//!
//! The app is in the record of the account, and each passkey in one of its own. So whoever removes either decides with the
//! record of the account: it is read first and the passkeys after it, and it is written only if it is still the one that was
//! read. A passkey is marked in it before it is removed, and does not count from then on. So of two removals at once, the
//! second one sees the first, whatever they remove; and a process that is killed in between leaves too much, and never too
//! little.

use super::account_factors::AccountFactors;
use super::{FactorOwner, Factors, WHAT, read};
use crate::base::error::AuthError;
use crate::store::{StoreError, TRIES, write};

/// What must be left of an account when something is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// A factor: the app, or a passkey.
    pub(crate) factor: bool,
    /// A passkey: nobody could sign in otherwise.
    pub(crate) passkey: bool,
}

/// What became of something that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is gone, or marked as what goes.
    Removed,
    /// It is not there.
    Absent,
    /// It is the last one, and stays.
    Last,
}

impl Factors {
    /// Removes the app, and with it the recovery codes, which take its place. `passkeys` returns the keys of those with
    /// which somebody can sign in.
    pub(crate) async fn remove_totp<P>(
        &self,
        owner: &FactorOwner,
        left: Left,
        passkeys: impl Fn() -> P + Send + Sync,
    ) -> Result<Removal, AuthError>
    where
        P: Future<Output = Result<Vec<String>, StoreError>> + Send,
    {
        let decide = |factors: &mut AccountFactors, passkeys: &[String]| {
            if factors.totp.is_none() {
                return Removal::Absent;
            }
            if left.factor && passkeys.iter().all(|key| factors.leaving.contains(key)) {
                return Removal::Last;
            }
            (factors.totp, factors.pending_totp) = (None, None);
            (factors.recovery_codes, factors.device_epoch) = (None, None);
            Removal::Removed
        };
        Ok(self.remove_beside(owner, passkeys, decide).await?)
    }

    /// Marks a passkey as one that goes.
    pub(crate) async fn mark_passkey<P>(
        &self,
        owner: &FactorOwner,
        key: &str,
        left: Left,
        passkeys: impl Fn() -> P + Send + Sync,
    ) -> Result<Removal, StoreError>
    where
        P: Future<Output = Result<Vec<String>, StoreError>> + Send,
    {
        let decide = |factors: &mut AccountFactors, passkeys: &[String]| {
            if passkeys.iter().all(|known| known != key) {
                return Removal::Absent;
            }
            factors.leaving.retain(|marked| marked != key && passkeys.contains(marked));
            let others = passkeys.iter().any(|known| known != key && !factors.leaving.contains(known));
            let is_left = others || !left.passkey && (!left.factor || factors.has_totp());
            if !is_left {
                return Removal::Last;
            }
            factors.leaving.push(key.to_owned());
            Removal::Removed
        };
        self.remove_beside(owner, passkeys, decide).await
    }

    /// Takes the mark away: the passkey is gone, or stays. One that is left over does no more than keep other factors.
    pub(crate) async fn unmark_passkey(&self, owner: &FactorOwner, key: &str) {
        let unmarked = self.change(owner, |factors| {
            let marked = factors.leaving.len();
            factors.leaving.retain(|marked| marked != key);
            (factors.leaving.len() < marked).then_some(())
        });
        if let Err(error) = unmarked.await {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(target: "auth::store", error, "the removal of a passkey that has ended still counts");
        }
    }

    /// Changes the factors of an account in the light of its passkeys, if nobody else has changed them meanwhile.
    async fn remove_beside<P>(
        &self,
        owner: &FactorOwner,
        passkeys: impl Fn() -> P + Send + Sync,
        decide: impl Fn(&mut AccountFactors, &[String]) -> Removal + Send + Sync,
    ) -> Result<Removal, StoreError>
    where
        P: Future<Output = Result<Vec<String>, StoreError>> + Send,
    {
        for _ in 0..TRIES {
            let stored = self.records.get(&self.kinds.factors, &owner.id).await?;
            let version = stored.as_ref().map(|record| record.version);
            let mut factors = read(stored, owner)?;
            let decided = decide(&mut factors, &passkeys().await?);
            if decided != Removal::Removed {
                return Ok(decided);
            }
            if write(&*self.records, self.record(owner, &factors)?, version).await?.is_some() {
                return Ok(decided);
            }
        }
        Err(StoreError::unavailable(format!("{WHAT} were changed by too many at once")))
    }
}
