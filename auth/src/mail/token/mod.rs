//! What a mail lets its reader do, as a record from which link and code are derived.
//!
//! The record holds an id, a purpose, whose it is, and the generation of its owner. Link, code and the handle of the
//! browser that asked are each an HMAC of them, with a key that comes from the secret. So nothing in the store opens
//! anything, a mail can be written again for a second attempt, and one kind of token is worthless as another, for
//! another purpose, user type or address. The address is in the record as an HMAC, too: an account that has another one
//! by then does not take the link (and an account that does not exist leaves no address behind).
//!
//! Whatever ends the user's sessions makes the token void, because it raises the generation: a new password, the end of
//! the account. So a used link voids the others without a further write. (What takes a change of address back outlives
//! that: whoever has stolen an account may set its password as well.)
//!
//! How many of a purpose live at once is said by `MailPurpose::most`. A new one does not void the one before, whose mail
//! may be the one that arrives (and strangers could keep the owner from using any by asking again); the oldest goes, and
//! where it is known which network asked, the oldest of the network that asked most.

mod data;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod purpose;
mod stored;

use std::collections::HashMap;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use zeroize::Zeroizing;

pub(crate) use data::{AddressChangeData, ReservedData, SignInData, SignUpData, UndoData};
pub(crate) use purpose::{MailPurpose, TokenText};
use stored::Stored;
pub(crate) use stored::{Binding, MailToken};

use super::{OUTLIVES_BY, recipient};
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::base::secret::same_bytes;
use crate::keys::hmac_sha256;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::store::{DynRecords, Record, StoreError, TRIES};
use crate::token::access::AccessTokens;

/// How many codes may be tried for one token.
const CODE_TRIES: u8 = 5;

const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

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
    pub(crate) fn new(context: &crate::context::Context<U>, address_key: Zeroizing<[u8; 32]>) -> Self {
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
        let mut live = self.of_owner(purpose, &of.owner).await?;
        while live.len() >= purpose.most()
            && let Some(index) = oldest_of_the_busiest_network(&live)
        {
            let oldest = live.remove(index);
            self.records.delete(&self.kind, &oldest.record.key).await?;
        }
        let stored = Stored {
            purpose: purpose.name().to_owned(),
            address: self.fingerprint(&of.owner, &of.address),
            generation: of.generation,
            row: of.row,
            recipient: of.recipient.to_string(),
            network: of.network.map(|network| network.to_string()),
            tries: CODE_TRIES,
            data: data.map(serde_json::to_string).transpose().map_err(AuthError::internal)?,
        };
        let record = Record {
            kind: self.kind.clone(),
            key: Base64UrlUnpadded::encode_string(&random::<ID_BYTES>(&*self.random)?),
            owner: of.owner.clone(),
            value: serde_json::to_string(&stored).map_err(AuthError::internal)?,
            version: 1,
            expires_at: now + purpose.life() + OUTLIVES_BY,
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
    pub(crate) fn text(&self, token: &MailToken, shown: TokenText) -> String {
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
        shown: TokenText,
        text: &str,
    ) -> Result<Option<MailToken>, AuthError> {
        let Some(id) = id_in(text) else { return Ok(None) };
        let token = self.by_id(purposes, &id).await?;
        Ok(token.filter(|token| self.is_text(token, shown, text)))
    }

    /// Returns whether `text` is what is shown for this token.
    pub(crate) fn is_text(&self, token: &MailToken, shown: TokenText, text: &str) -> bool {
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
        Ok(self.store(&mut token).await?.then_some(token))
    }

    /// Stores what has changed in a token. Returns `false` if somebody else changed it meanwhile.
    async fn store(&self, token: &mut MailToken) -> Result<bool, AuthError> {
        token.record.value = serde_json::to_string(&token.stored).map_err(AuthError::internal)?;
        let stored = self.records.replace(&token.record).await?;
        token.record.version = token.record.version.saturating_add(1);
        Ok(stored)
    }

    /// Uses a token up. Of many at once, one has it.
    pub(crate) async fn take(&self, token: &MailToken) -> Result<bool, AuthError> {
        Ok(self.records.delete(&self.kind, &token.record.key).await?)
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
            if self.store(&mut token).await? {
                return Ok(Some(token));
            }
            let now = self.reporter.now();
            let again = self.records.get(&self.kind, &token.record.key).await?.and_then(MailToken::read);
            let Some(again) = again.filter(|again| again.expires_at() > now) else { return Ok(None) };
            token = again;
        }
        Err(StoreError::unavailable("a code was tried by too many at once").into())
    }

    /// Removes a token that is void, because what it was for has been done. If that fails it expires by itself.
    pub(crate) async fn remove(&self, token: &MailToken) {
        if let Err(error) = self.records.delete(&self.kind, &token.record.key).await {
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

    /// Whether the row is the active one for which the token was made, and has the address that it had.
    pub(crate) fn is_meant(&self, token: &MailToken, row: &U) -> bool {
        row.is_active() && self.is_meant_if_active(token, row)
    }

    /// The same, whether it is active or not.
    pub(crate) fn is_meant_if_active(&self, token: &MailToken, row: &U) -> bool {
        let address = U::SCHEMA.mail.and_then(|index| recipient(row, index));
        let is_mailed = !token.is(MailPurpose::Factor) && !token.is(MailPurpose::Enrolment);
        let address = if is_mailed { address } else { Some(address.unwrap_or_default()) };
        token.is_of_row(row) && address.is_some_and(|address| self.is_of(token, &address))
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

/// Returns which of the tokens, the newest first, makes room: the oldest of the network that has most, so that whoever asks
/// often takes only their own. Those without a network count as of one.
fn oldest_of_the_busiest_network(live: &[MailToken]) -> Option<usize> {
    let mut of_network: HashMap<Option<&str>, (usize, usize)> = HashMap::new();
    for (index, token) in live.iter().enumerate() {
        let (count, oldest) = of_network.entry(token.stored.network.as_deref()).or_default();
        (*count, *oldest) = (*count + 1, index);
    }
    of_network.into_values().max().map(|(_, oldest)| oldest)
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
