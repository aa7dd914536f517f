//! What a mail lets its reader do, as a record from which link and code are derived.
//!
//! The record holds an id, a purpose, whose it is, and the generation of its owner. Link, code and the handle of the
//! browser that asked are each an HMAC of them, with a key that comes from the secret. So nothing in the store opens
//! anything, a mail can be written again for a second attempt, and one kind of token is worthless as another, for
//! another purpose, user type or address. The address is in the record as an HMAC, too: an account that has another one
//! by then does not take the link (and an account that does not exist leaves no address behind).
//!
//! Whatever ends the user's sessions makes the token void, because it raises the generation: a new password, the end of
//! the account. So a used link voids the others without a further write.
//!
//! At most three tokens of a purpose live (of a change of address: one). A new one does not void the one before, whose mail may be the one that
//! arrives (and strangers could keep the owner from using any by asking again); the oldest goes.

mod data;
mod purpose;

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) use data::{AddressChangeData, ReservedData, SignInData, SignUpData, UndoData};
pub(crate) use purpose::{MailPurpose, Shown};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::base::secret::same_bytes;
use crate::keys::hmac_sha256;
use crate::limit::LimitKey;
use crate::model::claims::RowStamp;
use crate::model::event::Reporter;
use crate::model::user::{AuthUser, is_same_row};
use crate::store::{DynRecords, Record, StoreError, TRIES};
use crate::token::access::AccessTokens;

/// How many codes may be tried for one token.
const CODE_TRIES: u8 = 5;
/// The codes are the numbers below: eight digits.
const CODES: u64 = 100_000_000;

const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

/// Whose token it is.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The id of the user, as text; for an account that does not exist a text that is no id.
    pub(crate) owner: String,
    pub(crate) address: String,
    pub(crate) generation: u64,
    /// What tells the row from a later one with the same id.
    pub(crate) row: Option<RowStamp>,
    /// What mail to the address, and tries at codes of it, are counted under: the same whether there is an account or not.
    pub(crate) recipient: LimitKey,
}

impl Binding {
    /// Binds to an account.
    pub(crate) fn of<U: AuthUser>(user: &U, address: &str, generation: u64, recipient: LimitKey) -> Self {
        Self { owner: user.id().to_string(), address: address.to_owned(), generation, row: user.created(), recipient }
    }

    /// Binds to an address that has no account.
    pub(crate) fn of_nobody(owner: String, address: &str, generation: u64, recipient: LimitKey) -> Self {
        Self { owner, address: address.to_owned(), generation, row: None, recipient }
    }
}

/// The value of the record.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Stored {
    #[serde(rename = "p")]
    purpose: String,
    /// An HMAC of owner and address.
    #[serde(rename = "a")]
    address: String,
    #[serde(rename = "g")]
    generation: u64,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    row: Option<RowStamp>,
    /// The counter of the recipient.
    #[serde(rename = "k", default)]
    recipient: String,
    /// How many codes may still be tried.
    #[serde(rename = "n")]
    tries: u8,
    /// What the purpose needs to know, as JSON.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}

/// A token as stored.
pub(crate) struct MailToken {
    record: Record,
    stored: Stored,
}

impl MailToken {
    fn read(record: Record) -> Option<Self> {
        let stored = serde_json::from_str(&record.value).ok()?;
        Some(Self { record, stored })
    }

    fn is_for(&self, purposes: &[MailPurpose], now: Timestamp) -> bool {
        purposes.iter().any(|purpose| self.is(*purpose)) && self.record.expires_at > now
    }

    /// Returns whether it is for this purpose.
    pub(crate) fn is(&self, purpose: MailPurpose) -> bool {
        self.stored.purpose == purpose.name()
    }

    /// Returns what the purpose needs to know; `None` if it was not stored, or by a release that did so differently.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.stored.data.as_deref()?).ok()
    }

    pub(crate) fn owner(&self) -> &str {
        &self.record.owner
    }

    pub(crate) fn id(&self) -> &str {
        &self.record.key
    }

    /// What stands for the address to which it was mailed.
    pub(super) fn address_fingerprint(&self) -> &str {
        &self.stored.address
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.stored.generation
    }

    /// What mail to the address is counted under.
    pub(crate) fn recipient(&self) -> &str {
        &self.stored.recipient
    }

    /// Whether the row is the one that it was made for, as far as its stamp tells.
    pub(crate) fn is_of_row<U: AuthUser>(&self, row: &U) -> bool {
        is_same_row(row, self.stored.row)
    }

    /// How many codes may still be tried.
    pub(crate) const fn tries(&self) -> u8 {
        self.stored.tries
    }

    /// When it was stored, or last changed.
    pub(super) const fn issued_at(&self) -> Timestamp {
        self.record.changed_at
    }

    pub(crate) const fn expires_at(&self) -> Timestamp {
        self.record.expires_at
    }

    /// Computes one of the values that are derived from it.
    fn mac(&self, key: &[u8; 32], what: &[u8]) -> zeroize::Zeroizing<[u8; 32]> {
        let Self { record, stored } = self;
        // Only the last part has no fixed length and may hold any byte.
        let parts = [&record.key, &stored.purpose, &stored.address].map(String::as_bytes);
        let [id, purpose, address] = parts;
        hmac_sha256(key, &[what, b"\0", id, b"\0", purpose, b"\0", address, b"\0", record.owner.as_bytes()])
    }

    fn code(&self, key: &[u8; 32]) -> u64 {
        let number = self.mac(key, b"code").iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        number % CODES
    }
}

/// Issues tokens, finds them by what was derived from them, and uses them up.
pub(crate) struct MailTokens<U: AuthUser> {
    records: Arc<dyn DynRecords>,
    kind: String,
    keys: Arc<AccessTokens<U::Claims>>,
    /// Stands for addresses in records. It is of the data key: during a rotation every instance has the same, or one
    /// that does not know the new secret yet would take each mail of the others for one to a former address.
    address_key: Zeroizing<[u8; 32]>,
    reporter: Reporter,
    random: Arc<dyn Random>,
}

impl<U: AuthUser> MailTokens<U> {
    pub(super) fn new(context: &crate::context::Context<U>, address_key: Zeroizing<[u8; 32]>) -> Self {
        Self {
            address_key,
            records: Arc::clone(&context.records),
            kind: context.kinds.mail_token.clone(),
            keys: Arc::clone(&context.tokens),
            reporter: context.reporter.clone(),
            random: Arc::clone(&context.random),
        }
    }

    /// Stores a new token; the oldest ends if there are too many of this purpose. The number of store calls does not
    /// depend on whether the owner is somebody.
    pub(crate) async fn issue(&self, purpose: MailPurpose, of: &Binding) -> Result<MailToken, AuthError> {
        self.issue_with(purpose, of, None::<&()>).await
    }

    /// Does so with what the purpose needs to know.
    pub(crate) async fn issue_with(
        &self,
        purpose: MailPurpose,
        of: &Binding,
        data: Option<&impl Serialize>,
    ) -> Result<MailToken, AuthError> {
        let now = self.reporter.now();
        let owned = self.records.list(&self.kind, &of.owner).await?.into_iter().filter_map(MailToken::read);
        let mut live: Vec<MailToken> = owned.filter(|token| token.is_for(&[purpose], now)).collect();
        live.sort_by_key(|token| token.record.changed_at);
        for oldest in live.iter().take((live.len() + 1).saturating_sub(purpose.most())) {
            self.records.take(&self.kind, &oldest.record.key).await?;
        }
        let stored = Stored {
            purpose: purpose.name().to_owned(),
            address: self.fingerprint(&of.owner, &of.address),
            generation: of.generation,
            row: of.row,
            recipient: of.recipient.to_string(),
            tries: CODE_TRIES,
            data: data.map(serde_json::to_string).transpose().map_err(AuthError::internal)?,
        };
        let record = Record {
            kind: self.kind.clone(),
            key: Base64UrlUnpadded::encode_string(&random::<ID_BYTES>(&*self.random)?),
            owner: of.owner.clone(),
            value: serde_json::to_string(&stored).map_err(AuthError::internal)?,
            version: 1,
            expires_at: now + purpose.life(),
            changed_at: now,
        };
        if !self.records.insert(&record).await? {
            return Err(AuthError::internal("a random id was there already"));
        }
        Ok(MailToken { record, stored })
    }

    /// Returns a handle of nothing, in the form of one that is something.
    pub(crate) fn handle_of_nothing(&self) -> Result<String, AuthError> {
        Ok(Base64UrlUnpadded::encode_string(&random::<{ ID_BYTES + MAC_BYTES }>(&*self.random)?))
    }

    /// Returns the text that is shown for a token.
    pub(crate) fn text(&self, token: &MailToken, shown: Shown) -> String {
        let mac = self.with_current_key(|key| token.mac(key, shown.name()));
        let mut id = [0; ID_BYTES];
        // Made by us: it decodes.
        let _ = Base64UrlUnpadded::decode(&token.record.key, &mut id);
        Base64UrlUnpadded::encode_string(&[id.as_slice(), mac.as_slice()].concat())
    }

    /// Returns the eight digits of a token.
    pub(crate) fn code(&self, token: &MailToken) -> String {
        format!("{:08}", self.with_current_key(|key| token.code(key)))
    }

    /// Finds the token of one of these purposes that was shown as `text`.
    pub(crate) async fn find(
        &self,
        purposes: &[MailPurpose],
        shown: Shown,
        text: &str,
    ) -> Result<Option<MailToken>, AuthError> {
        let Some(id) = id_in(text) else { return Ok(None) };
        let token = self.by_id(purposes, &id).await?;
        Ok(token.filter(|token| self.is_text(token, shown, text)))
    }

    /// Returns whether `text` is what is shown for this token.
    pub(crate) fn is_text(&self, token: &MailToken, shown: Shown, text: &str) -> bool {
        let mut bytes = [0; ID_BYTES + MAC_BYTES];
        let parsed = Base64UrlUnpadded::decode(text, &mut bytes).is_ok_and(|bytes| bytes.len() == ID_BYTES + MAC_BYTES);
        let Some((id, given)) = bytes.split_first_chunk::<ID_BYTES>().filter(|_| parsed) else { return false };
        Base64UrlUnpadded::encode_string(id) == token.record.key
            && self.with_any_key(|key| same_bytes(&*token.mac(key, shown.name()), given))
    }

    /// Returns the live token with this id.
    pub(crate) async fn by_id(&self, purposes: &[MailPurpose], id: &str) -> Result<Option<MailToken>, AuthError> {
        let record = self.records.get(&self.kind, id).await?;
        let now = self.reporter.now();
        Ok(record.and_then(MailToken::read).filter(|token| token.is_for(purposes, now)))
    }

    /// Returns the live tokens of an owner and a purpose, the newest first.
    pub(crate) async fn of_owner(&self, purpose: MailPurpose, owner: &str) -> Result<Vec<MailToken>, AuthError> {
        let now = self.reporter.now();
        let owned = self.records.list(&self.kind, owner).await?.into_iter().filter_map(MailToken::read);
        let mut live: Vec<MailToken> = owned.filter(|token| token.is_for(&[purpose], now)).collect();
        live.sort_by_key(|token| std::cmp::Reverse(token.record.changed_at));
        Ok(live)
    }

    /// Stores what the purpose needs to know. `None` if the token was changed meanwhile.
    pub(crate) async fn set_data(
        &self,
        mut token: MailToken,
        data: &impl Serialize,
    ) -> Result<Option<MailToken>, AuthError> {
        token.stored.data = Some(serde_json::to_string(data).map_err(AuthError::internal)?);
        token.record.value = serde_json::to_string(&token.stored).map_err(AuthError::internal)?;
        let stored = self.records.replace(&token.record).await?;
        token.record.version = token.record.version.saturating_add(1);
        Ok(stored.then_some(token))
    }

    /// Uses a token up. Of many at once, one has it.
    pub(crate) async fn take(&self, token: &MailToken) -> Result<bool, AuthError> {
        Ok(self.records.take(&self.kind, &token.record.key).await?.is_some())
    }

    /// Whether the code is that of the token. The digits may be grouped.
    pub(crate) fn is_code(&self, token: &MailToken, typed: &str) -> bool {
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).take(9).collect();
        self.with_any_key(|key| same_bytes(format!("{:08}", token.code(key)).as_bytes(), digits.as_bytes()))
    }

    /// Spends one try at the code of a token, before anything is compared: of many guesses at once, each costs one.
    /// Returns the token as it is then, or `None` if there was no try left.
    pub(crate) async fn spend_try(&self, token: MailToken) -> Result<Option<MailToken>, AuthError> {
        self.change_tries(token, |tries| tries.checked_sub(1)).await
    }

    /// Gives a try back, because the code was right and something else was refused.
    pub(crate) async fn give_try_back(&self, token: MailToken) -> Result<(), AuthError> {
        self.change_tries(token, |tries| Some(tries.saturating_add(1).min(CODE_TRIES))).await.map(drop)
    }

    async fn change_tries(
        &self,
        mut token: MailToken,
        change: impl Fn(u8) -> Option<u8>,
    ) -> Result<Option<MailToken>, AuthError> {
        for _ in 0..TRIES {
            let Some(tries) = change(token.stored.tries) else { return Ok(None) };
            token.stored.tries = tries;
            token.record.value = serde_json::to_string(&token.stored).map_err(AuthError::internal)?;
            if self.records.replace(&token.record).await? {
                token.record.version = token.record.version.saturating_add(1);
                return Ok(Some(token));
            }
            let now = self.reporter.now();
            let again = self.records.get(&self.kind, &token.record.key).await?.and_then(MailToken::read);
            let Some(again) = again.filter(|again| again.record.expires_at > now) else { return Ok(None) };
            token = again;
        }
        Err(StoreError::unavailable("a code was tried by too many at once").into())
    }

    /// Removes a token that is void, because what it was for has been done. If that fails it expires by itself.
    pub(crate) async fn remove(&self, token: &MailToken) {
        if let Err(error) = self.records.take(&self.kind, &token.record.key).await {
            tracing::debug!(target: "auth::mail", error = &error as &dyn std::error::Error,
                "the record of a used link stays until it expires");
        }
    }

    /// Ends every token of an owner and a purpose. Those that stay, because the store failed, expire.
    pub(crate) async fn remove_all(&self, purpose: MailPurpose, owner: &str) {
        match self.of_owner(purpose, owner).await {
            Ok(tokens) => {
                for token in &tokens {
                    self.remove(token).await;
                }
            }
            Err(error) => tracing::debug!(target: "auth::mail", error = &error as &dyn std::error::Error,
                "records of void mail stay until they expire"),
        }
    }

    /// Ends every token of an owner.
    pub(crate) async fn remove_owned(&self, owner: &str) -> Result<(), AuthError> {
        self.records.delete_owned(&self.kind, owner, None).await?;
        Ok(())
    }

    /// Whether the token was made for this owner at this address.
    pub(crate) fn is_of(&self, token: &MailToken, address: &str) -> bool {
        self.is_fingerprint(&token.stored.address, &token.record.owner, address)
    }

    /// Returns what stands for an address in records.
    pub(super) fn fingerprint(&self, owner: &str, address: &str) -> String {
        fingerprint_with(&self.address_key, owner, address)
    }

    pub(super) fn is_fingerprint(&self, stored: &str, owner: &str, address: &str) -> bool {
        same_bytes(self.fingerprint(owner, address).as_bytes(), stored.as_bytes())
    }

    fn with_current_key<T: Default>(&self, make: impl FnOnce(&[u8; 32]) -> T) -> T {
        self.keys.with_keys(|keys| keys.mail.first().map(|key| make(key)).unwrap_or_default())
    }

    /// Whether one of the keys fits. All are tried, so that time says nothing about which.
    fn with_any_key(&self, fits: impl Fn(&[u8; 32]) -> bool) -> bool {
        self.keys.with_keys(|keys| keys.mail.iter().fold(false, |found, key| fits(key) | found))
    }
}

/// Returns the id in the text of a token.
pub(crate) fn id_in(text: &str) -> Option<String> {
    let mut bytes = [0; ID_BYTES + MAC_BYTES];
    let length = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
    let id = bytes.first_chunk::<ID_BYTES>().filter(|_| length == ID_BYTES + MAC_BYTES)?;
    Some(Base64UrlUnpadded::encode_string(id))
}

fn fingerprint_with(key: &[u8; 32], owner: &str, address: &str) -> String {
    let length = (owner.len() as u64).to_be_bytes();
    let mac = hmac_sha256(key, &[b"address\0", &length, owner.as_bytes(), address.as_bytes()]);
    Base64UrlUnpadded::encode_string(mac.split_at(ID_BYTES).0)
}

#[cfg(test)]
mod tests;
