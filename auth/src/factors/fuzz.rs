//! What a fuzzer asks about codes of apps and recovery codes.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use super::recovery_codes::read;
use super::totp::code_at;
use super::{FactorOwner, FactorSettings, Factors};
use crate::base::clock::{Clock, Timestamp};
use crate::base::random::OsRandom;
use crate::context::Kinds;
use crate::keys::FactorKeys;
use crate::model::claims::SessionId;
use crate::model::event::{Observers, Reporter};
use crate::store::{DynRecords, Erased, MemoryRecords, Record, Records as _};

/// The first moment at which its codes work.
const BEGINS: u64 = 1_000_000_000;

/// An account with an authenticator app and recovery codes.
#[allow(missing_debug_implementations, reason = "holds secrets")]
pub struct Account {
    factors: Factors,
    owner: FactorOwner,
    clock: Arc<SetClock>,
    record: Record,
    secret: String,
    /// The recovery codes, as they are printed.
    pub recovery_codes: Vec<String>,
}

#[derive(Debug)]
struct SetClock(AtomicU64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A store in memory never waits.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn factors(clock: &Arc<SetClock>, records: Arc<dyn DynRecords>) -> Factors {
    Factors {
        records,
        kinds: Arc::new(Kinds::of("User:users")),
        keys: FactorKeys::of_test(),
        reporter: Reporter::new(Arc::clone(clock) as Arc<dyn Clock>, Observers::default()),
        random: Arc::new(OsRandom),
        settings: FactorSettings { issuer: Some("Service".to_owned()), ..FactorSettings::default() },
    }
}

impl Account {
    /// Sets an app up. The step of the code that confirms it is the first one of [`now`](Self::now).
    #[must_use]
    pub fn new() -> Option<Self> {
        let clock = Arc::new(SetClock(AtomicU64::new(BEGINS)));
        let factors = factors(&clock, Arc::new(Erased(MemoryRecords::new())));
        let (owner, session) = (FactorOwner { id: "1".to_owned(), row: None }, SessionId::from_bytes([7; 32]));
        let app = now(factors.begin_totp(&owner, session, "ada@example.org", false))?.ok()??;
        let code = code_at(&app.secret, clock.now())?;
        let recovery_codes = now(factors.confirm_totp(&owner, session, &code))?.ok()??;
        let record = now(factors.records.get(&factors.kinds.factors, &owner.id))?.ok()??;
        Some(Self { factors, owner, clock, record, secret: app.secret, recovery_codes })
    }

    /// Returns the account as it was made, with codes that nobody has used.
    #[must_use]
    pub fn unused(&self) -> Option<Self> {
        let (clock, records) = (Arc::new(SetClock(AtomicU64::new(BEGINS))), MemoryRecords::new());
        now(records.insert(&self.record))?.ok()?;
        let factors = factors(&clock, Arc::new(Erased(records)));
        let (owner, record) = (self.owner.clone(), self.record.clone());
        let (secret, recovery_codes) = (self.secret.clone(), self.recovery_codes.clone());
        Some(Self { factors, owner, clock, record, secret, recovery_codes })
    }

    /// In seconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.now().as_secs()
    }

    /// Time goes by.
    pub fn advance(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Returns what the app shows then.
    #[must_use]
    pub fn shown_at(&self, seconds: u64) -> Option<String> {
        code_at(&self.secret, Timestamp::from_secs(seconds))
    }

    /// Uses what was typed as a code of the app. Returns whether it was right.
    #[must_use]
    pub fn use_totp(&self, typed: &str) -> Option<bool> {
        now(self.factors.use_totp(&self.owner, typed))?.ok()
    }

    /// Uses what was typed as a recovery code. Returns how many are left if it was right.
    #[must_use]
    pub fn use_recovery_code(&self, typed: &str) -> Option<Option<u8>> {
        now(self.factors.use_recovery_code(&self.owner, typed))?.ok()
    }
}

/// Reads what was typed as a recovery code, and returns it as it is compared.
#[must_use]
pub fn recovery_code(typed: &str) -> Option<String> {
    read(typed)
}
