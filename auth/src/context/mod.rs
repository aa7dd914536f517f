//! What all parts of a handle work with.

pub(crate) mod data_key;
pub(crate) mod secret_retirement;
pub(crate) mod store_id;

use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::random::Random;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::store::{DynRecords, DynUsers, StoreError};
use crate::token::access::AccessTokens;

/// Stores, tokens and surroundings. None of them belongs to one part.
pub(crate) struct Context<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) records: Arc<dyn DynRecords>,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) tokens: Arc<AccessTokens<U::Claims>>,
    pub(crate) reporter: Reporter,
    pub(crate) random: Arc<dyn Random>,
    /// How long a request may wait for stores.
    pub(crate) store_timeout: Duration,
}

impl<U: AuthUser> Clone for Context<U> {
    fn clone(&self) -> Self {
        Self {
            users: Arc::clone(&self.users),
            records: Arc::clone(&self.records),
            kinds: Arc::clone(&self.kinds),
            tokens: Arc::clone(&self.tokens),
            reporter: self.reporter.clone(),
            random: Arc::clone(&self.random),
            store_timeout: self.store_timeout,
        }
    }
}

/// The kinds of records that this user type writes; they are distinct for every user type.
#[derive(Debug)]
pub(crate) struct Kinds {
    pub(crate) session: String,
    pub(crate) revoked: String,
    pub(crate) epoch: String,
    pub(crate) data_key: String,
    /// Sign-ups that may have been interrupted, by login.
    pub(crate) begun: String,
    /// What a mailed link or code is about.
    pub(crate) mail_token: String,
    /// Mail that waits to be sent.
    pub(crate) outbox: String,
    /// Second factors.
    pub(crate) factors: String,
    /// Passkeys.
    pub(crate) passkey: String,
    /// API keys.
    pub(crate) api_key: String,
    /// The slots of API keys: whoever makes a key holds one before it is there.
    pub(crate) api_key_slot: String,
    /// Challenges of passkeys that were answered. They are nobody's, and good for minutes.
    pub(crate) spent_challenge: String,
    /// Key pairs, and when they took over from the secret. They are nobody's.
    pub(crate) signing_key: String,
}

impl Kinds {
    pub(crate) fn of(realm: &str) -> Self {
        let kind = |what| format!("{realm}.{what}");
        Self {
            session: kind("session"),
            revoked: kind("revoked"),
            epoch: kind("mark"),
            begun: kind("begun"),
            data_key: kind("data-key"),
            mail_token: kind("mail_token"),
            outbox: kind("outbox"),
            factors: kind("factors"),
            passkey: kind("passkey"),
            api_key: kind("key"),
            api_key_slot: kind("key_slot"),
            spent_challenge: kind("spent_challenge"),
            signing_key: kind("signing_key"),
        }
    }

    /// The kinds whose records say that something was issued for their owner. A database may give the id of a deleted
    /// account to the next one, which must not inherit it.
    pub(crate) fn issued(&self) -> [&str; 8] {
        // Without `..`: a new kind does not compile until somebody decides whether it belongs here and below.
        let Self {
            session,
            revoked,
            epoch,
            begun: _,
            data_key: _,
            mail_token,
            outbox,
            factors,
            passkey,
            api_key,
            api_key_slot: _,
            spent_challenge: _,
            signing_key: _,
        } = self;
        [epoch, session, revoked, mail_token, outbox, factors, passkey, api_key]
    }

    /// The kinds whose records end with the account of their owner. (Revocations and epochs go on: they only refuse.)
    pub(crate) fn ending(&self) -> [&str; 7] {
        let Self {
            session,
            revoked: _,
            epoch: _,
            begun: _,
            data_key: _,
            mail_token,
            outbox,
            factors,
            passkey,
            api_key,
            api_key_slot,
            spent_challenge: _,
            signing_key: _,
        } = self;
        [session, mail_token, outbox, factors, passkey, api_key, api_key_slot]
    }

    /// The kinds whose records end when the account is disabled.
    pub(crate) fn ending_with_disable(&self) -> [&str; 2] {
        [&self.api_key, &self.api_key_slot]
    }

    /// Whether somebody has signed in with this store before.
    pub(crate) async fn have_been_used(&self, records: &dyn DynRecords) -> Result<bool, StoreError> {
        for kind in [&self.epoch, &self.session, &self.revoked] {
            if !records.changed_since(kind, Timestamp::default(), None, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The kinds of them that somebody is signed in with.
    pub(crate) fn signed_in(&self) -> [&str; 1] {
        [&self.session]
    }
}
