//! Second factors: what an account has beside its password, as one record for each account.
//!
//! The record holds no secret that could be read. The seed of an authenticator app and the recovery codes are derived from nonces in it with
//! keys of the data key, so they survive every rotation of the secret (codes are printed on paper), and whoever reads the
//! database has none of them; a seed of another system is sealed. (RFC 4226 §7.5 describes seeds that are derived from a
//! master key.) The owner is part of
//! what they are derived from: a record copied to another account is worthless there.
//!
//! Everything that can be used once is used up by the same conditional write that finds it right: a code of the app only
//! if its time step is later than the last one (RFC 6238 §5.2), a recovery code only if it is not marked. So of many at
//! once, one is right. A record of a release that knows more factors keeps what this one does not read.

mod account_factors;
#[cfg(all(fuzzing, feature = "password"))]
pub(crate) mod fuzz;
#[cfg(feature = "password")]
mod imported_totp;
#[cfg(feature = "password")]
mod last_factor;
#[cfg(feature = "password")]
mod recovery_codes;
#[cfg(feature = "password")]
mod totp;
mod trusted_device;
#[cfg(feature = "password")]
mod user_handle;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use account_factors::AccountFactors;
#[cfg(feature = "password")]
pub use imported_totp::{TotpSecret, TotpSecretError};
#[cfg(feature = "password")]
pub(crate) use last_factor::{Left, Removal};
#[cfg(feature = "password")]
pub use totp::TotpEnrolment;
#[cfg(all(feature = "password", feature = "testing"))]
pub(crate) use totp::code_at as totp_code;
#[cfg(feature = "password")]
pub(crate) use user_handle::UserHandle;

use crate::base::clock::Timestamp;
use crate::base::random::{Random, RandomError, random};
use crate::context::{Context, Kinds};
use crate::keys::FactorKeys;
use crate::model::claims::RowStamp;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::store::{DynRecords, Record, StoreError, Update, update};

/// The length of the nonces from which seeds and codes are derived.
const NONCE_BYTES: usize = 16;

/// What is changed, in errors.
const WHAT: &str = "the factors of an account";

/// The account whose factors are meant.
#[derive(Clone, Debug)]
pub(crate) struct FactorOwner {
    /// The id of the user, as text.
    pub(crate) id: String,
    /// Tells the row from a later one with the same id.
    pub(crate) row: Option<RowStamp>,
}

impl FactorOwner {
    pub(crate) fn of<U: AuthUser>(user: &U) -> Self {
        Self { id: user.id().to_string(), row: user.created() }
    }
}

/// The second factors of one user type.
pub(crate) struct Factors {
    records: Arc<dyn DynRecords>,
    kinds: Arc<Kinds>,
    keys: FactorKeys,
    reporter: Reporter,
    random: Arc<dyn Random>,
    settings: FactorSettings,
}

/// What people may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct FactorSettings {
    /// What authenticator apps call the service, if people may have them.
    pub(crate) issuer: Option<String>,
    /// Whether people may have passkeys.
    pub(crate) passkeys: bool,
    /// How long a device is trusted, if people may trust some.
    pub(crate) trusted_devices: Option<Duration>,
}

impl Factors {
    pub(crate) fn new<U: AuthUser>(context: &Context<U>, settings: FactorSettings, keys: FactorKeys) -> Arc<Self> {
        Arc::new(Self {
            records: Arc::clone(&context.records),
            kinds: Arc::clone(&context.kinds),
            keys,
            reporter: context.reporter.clone(),
            random: Arc::clone(&context.random),
            settings,
        })
    }

    /// Whether people may have second factors, and are asked for them.
    pub(crate) const fn are_on(&self) -> bool {
        self.settings.issuer.is_some()
    }

    /// Whether people may have passkeys.
    pub(crate) const fn passkeys_are_on(&self) -> bool {
        self.settings.passkeys
    }

    /// Removes everything, whatever it is. Returns whether there was something.
    pub(crate) async fn reset(&self, id: &str) -> Result<bool, StoreError> {
        self.records.delete(&self.kinds.factors, id).await
    }

    /// Returns the factors of an account.
    pub(crate) async fn of(&self, owner: &FactorOwner) -> Result<AccountFactors, StoreError> {
        read(self.records.get(&self.kinds.factors, &owner.id).await?, owner)
    }

    /// Whether a sign-in to the account needs a second step. A passkey is one for those who `must` have one: others sign in
    /// with either.
    pub(crate) async fn needs_second_step(&self, owner: &FactorOwner, must: bool) -> Result<bool, StoreError> {
        Ok(self.are_on() && (self.of(owner).await?.has_second_step() || must && self.has_passkeys(owner).await?))
    }

    /// Whether the account has passkeys, also while they are off: a password must not add an app beside them.
    pub(crate) async fn has_passkeys(&self, owner: &FactorOwner) -> Result<bool, StoreError> {
        Ok(!self.records.list(&self.kinds.passkey, &owner.id).await?.is_empty())
    }

    /// Changes the factors of an account, in one conditional write. `None`: nothing is to be changed.
    async fn change<T: Send>(
        &self,
        owner: &FactorOwner,
        mut decide: impl FnMut(&mut AccountFactors) -> Option<T> + Send,
    ) -> Result<Option<T>, StoreError> {
        let decide = |record: Option<Record>| {
            let mut factors = read(record, owner)?;
            let Some(decided) = decide(&mut factors) else { return Ok(Update::Keep(None)) };
            Ok(Update::Write(self.record(owner, &factors)?, Some(decided)))
        };
        let place = (&*self.kinds.factors, &*owner.id);
        update(&*self.records, place, None, WHAT, decide).await.map(|(decided, _)| decided)
    }

    fn record(&self, owner: &FactorOwner, factors: &AccountFactors) -> Result<Record, StoreError> {
        Ok(Record {
            kind: self.kinds.factors.clone(),
            key: owner.id.clone(),
            owner: owner.id.clone(),
            value: serde_json::to_string(factors).map_err(StoreError::corrupt)?,
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: self.now(),
        })
    }

    fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    fn nonce(&self) -> Result<[u8; NONCE_BYTES], RandomError> {
        random(&*self.random)
    }
}

/// Reads a record. Of a row with another stamp nobody knows whether it is the next one with this id, or whether its stamp
/// was changed, and then a factor must not get lost by it: nobody signs in before somebody has decided.
fn read(record: Option<Record>, owner: &FactorOwner) -> Result<AccountFactors, StoreError> {
    let Some(record) = record else { return Ok(AccountFactors { row: owner.row, ..AccountFactors::default() }) };
    let stored: AccountFactors = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
    if stored.row.is_some() && owner.row.is_some() && stored.row != owner.row {
        return Err(StoreError::corrupt(format!(
            "the second factors of user {} were added to a row with another `created`: `auth user reset-factors` removes them",
            owner.id
        )));
    }
    Ok(stored)
}

#[cfg(test)]
impl Factors {
    pub(crate) fn of_test(records: &Arc<dyn DynRecords>, kinds: &Arc<Kinds>, reporter: &Reporter) -> Arc<Self> {
        Arc::new(Self {
            records: Arc::clone(records),
            kinds: Arc::clone(kinds),
            keys: FactorKeys::of_test(),
            reporter: reporter.clone(),
            random: Arc::new(crate::base::random::OsRandom),
            settings: FactorSettings { passkeys: true, ..FactorSettings::default() },
        })
    }
}
