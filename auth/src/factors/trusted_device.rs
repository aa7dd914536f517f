//! Devices on which a second factor is not asked for again: a token that the device keeps, and of which nothing is stored.
//!
//! The token is a time, the generation of the account and random bytes, with a MAC over them, the account and its device
//! epoch, 16 random bytes in the record of its factors. The key is of the data key, so a rotation of the secret ends nothing.
//! Whatever ends the sessions of the account ends it by the generation, at the same moment and by the same write: a new
//! password, another factor, a logout everywhere. A new device epoch ends all devices and no session.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use super::account_factors::Nonce;
use super::{FactorOwner, Factors, NONCE_BYTES};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::random;
use crate::base::secret::same_bytes;
use crate::keys::{FactorKeys, hmac_sha256};
use crate::store::StoreError;

const NUMBER: usize = 8;
const RANDOM: usize = 16;
const MAC: usize = 32;
const LENGTH: usize = 2 * NUMBER + RANDOM + MAC;
/// How much faster the clock of another instance may be.
const LEEWAY: Duration = Duration::from_mins(1);

/// What a token says, without its MAC.
#[derive(Clone, Copy)]
struct TokenContent {
    since: [u8; NUMBER],
    generation: [u8; NUMBER],
    random: [u8; RANDOM],
}

impl TokenContent {
    fn mac(self, keys: &FactorKeys, Nonce(epoch): Nonce, owner: &str) -> Zeroizing<[u8; MAC]> {
        // Only the last part has no fixed length.
        hmac_sha256(&*keys.devices, &[&self.since, &self.generation, &self.random, &epoch, owner.as_bytes()])
    }

    fn read(token: &str) -> Option<(Self, [u8; MAC])> {
        let mut bytes = [0; LENGTH];
        let length = Base64UrlUnpadded::decode(token, &mut bytes).ok()?.len();
        let (since, rest) = bytes.split_first_chunk::<NUMBER>()?;
        let (generation, rest) = rest.split_first_chunk::<NUMBER>()?;
        let (random, mac) = rest.split_first_chunk::<RANDOM>()?;
        let content = Self { since: *since, generation: *generation, random: *random };
        (length == LENGTH).then_some((content, mac.try_into().ok()?))
    }
}

impl Factors {
    /// Whether people may trust devices.
    pub(crate) const fn devices_are_on(&self) -> bool {
        self.settings.trusted_devices.is_some()
    }

    /// Makes the token of a device whose user has shown everything at this time, when the account was of this generation.
    /// Returns also for how long it is good. `None` if no second step is asked for.
    pub(crate) async fn trust_device(
        &self,
        owner: &FactorOwner,
        since: Timestamp,
        generation: u64,
    ) -> Result<Option<(String, Duration)>, AuthError> {
        let Some(life) = self.settings.trusted_devices else { return Ok(None) };
        let fresh = Nonce(random::<NONCE_BYTES>(&*self.random).map_err(AuthError::internal)?);
        let mut known = None;
        let made = self.change(owner, |factors| {
            known = factors.device_epoch;
            if known.is_some() || !factors.has_second_step() {
                return None;
            }
            factors.device_epoch = Some(fresh);
            factors.device_epoch
        });
        let Some(epoch) = made.await?.or(known) else { return Ok(None) };
        let content = TokenContent {
            since: since.as_millis().to_be_bytes(),
            generation: generation.to_be_bytes(),
            random: random(&*self.random).map_err(AuthError::internal)?,
        };
        let mac = content.mac(&self.keys, epoch, &owner.id);
        let token = [&content.since[..], &content.generation, &content.random, &*mac].concat();
        Ok(Some((Base64UrlUnpadded::encode_string(&token), (since + life).since(self.now()))))
    }

    /// Returns the generation of the account when it was made, of a token that is one of this account. It is good if no
    /// session of the account has been ended since.
    pub(crate) async fn device_generation(&self, owner: &FactorOwner, token: &str) -> Result<Option<u64>, StoreError> {
        let Some(life) = self.settings.trusted_devices else { return Ok(None) };
        let Some((content, mac)) = TokenContent::read(token) else { return Ok(None) };
        let (since, now) = (Timestamp::from_millis(u64::from_be_bytes(content.since)), self.now());
        if now >= since + life || since > now + LEEWAY {
            return Ok(None);
        }
        let Some(epoch) = self.of(owner).await?.device_epoch else { return Ok(None) };
        let is_right = same_bytes(&*content.mac(&self.keys, epoch, &owner.id), &mac);
        Ok(is_right.then(|| u64::from_be_bytes(content.generation)))
    }

    /// Trusts no device of the account any more. Returns whether there may have been one.
    pub(crate) async fn forget_devices(&self, owner: &FactorOwner) -> Result<bool, StoreError> {
        Ok(self.change(owner, |factors| factors.device_epoch.take()).await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, Nonce, TokenContent};
    use crate::keys::FactorKeys;

    #[test]
    fn dev_01_a_token_is_of_one_account_and_epoch() {
        let keys = FactorKeys::of_test();
        let content = TokenContent { since: [1; 8], generation: [2; 8], random: [3; 16] };
        let mac = content.mac(&keys, Nonce([4; 16]), "7");
        assert_ne!(mac, content.mac(&keys, Nonce([4; 16]), "8"));
        assert_ne!(mac, content.mac(&keys, Nonce([5; 16]), "7"));
        for other in [
            TokenContent { since: [9; 8], ..content },
            TokenContent { generation: [9; 8], ..content },
            TokenContent { random: [9; 16], ..content },
        ] {
            assert_ne!(mac, other.mac(&keys, Nonce([4; 16]), "7"));
        }
    }

    #[test]
    fn a_device_token_has_one_length_and_spelling() {
        let token = "A".repeat(LENGTH * 4 / 3 + 1);
        assert!(TokenContent::read(&token).is_some());
        for wrong in ["", "AAAA", &token[1..], &format!("{token}A"), &format!("{token}="), &"é".repeat(86)] {
            assert!(TokenContent::read(wrong).is_none(), "{wrong}");
        }
    }
}
