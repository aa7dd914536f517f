//! Recovery codes: printed on paper, for whoever has lost the phone. Each works once, in place of the second factor.
//!
//! Ten codes of 80 bits. None of them is stored, not even as a hash: they are derived from a nonce, and the record marks
//! those that were used. So there is nothing to guess at offline, and a try costs no slow hash.

use super::account_factors::{AccountFactors, Nonce, StoredRecoveryCodes};
use super::{FactorOwner, Factors};
use crate::base::error::AuthError;
use crate::base::secret::same_bytes;
use crate::keys::{FactorKeys, hmac_sha256};
use crate::store::StoreError;

/// How many codes a set has.
const CODES: u8 = 10;
/// The characters of a code: five bits each.
const LENGTH: usize = 16;
/// Crockford's alphabet: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl AccountFactors {
    /// How many recovery codes can be used.
    pub(crate) fn recovery_codes_left(&self) -> u8 {
        let used = self.recovery_codes.as_ref().map_or(u16::MAX, |codes| codes.used);
        (0..CODES).fold(0, |left, slot| left + u8::from(used & (1 << slot) == 0))
    }

    /// Makes a new set, and the former one void.
    pub(super) fn regenerate_recovery_codes(&mut self, keys: &FactorKeys, owner: &str, nonce: Nonce) -> Vec<String> {
        self.recovery_codes = Some(StoredRecoveryCodes { nonce, used: 0 });
        let code = |slot| grouped(&code(keys, owner, nonce, slot));
        (0..CODES).map(code).collect()
    }
}

impl Factors {
    /// Uses a recovery code up. Returns how many are left if it was right.
    pub(crate) async fn use_recovery_code(&self, owner: &FactorOwner, typed: &str) -> Result<Option<u8>, AuthError> {
        let Some(typed) = read(typed) else { return Ok(None) };
        let used = self.change(owner, |factors| {
            let codes = factors.recovery_codes.as_mut()?;
            // All are compared, so that time says nothing about which it was.
            let right = (0..CODES).fold(0, |found, slot| {
                let is_right = same_bytes(code(&self.keys, &owner.id, codes.nonce, slot).as_bytes(), typed.as_bytes());
                found | u16::from(is_right) << slot
            });
            if right & !codes.used == 0 {
                return None;
            }
            codes.used |= right;
            Some(factors.recovery_codes_left())
        });
        Ok(used.await?)
    }

    /// Makes new recovery codes; the former ones are void. `None` if the account has no factor that they could replace.
    pub(crate) async fn regenerate_recovery_codes(
        &self,
        owner: &FactorOwner,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let nonce = Nonce(self.nonce().map_err(AuthError::internal)?);
        // They replace a passkey, too.
        let has_passkey = self.has_passkeys(owner).await?;
        let renewed = self.change(owner, |factors| {
            if !has_passkey && !factors.has_second_step() {
                return None;
            }
            factors.device_epoch = None;
            Some(factors.regenerate_recovery_codes(&self.keys, &owner.id, nonce))
        });
        Ok(renewed.await?)
    }

    /// Ends the codes of an account that has nothing left that they could replace: whoever adds something later has not seen
    /// them, and must not have them against themselves.
    pub(crate) async fn end_codes_of_nothing(&self, owner: &FactorOwner) -> Result<(), StoreError> {
        if self.has_passkeys(owner).await? {
            return Ok(());
        }
        self.change(owner, |factors| if factors.has_totp() { None } else { factors.recovery_codes.take() }).await?;
        Ok(())
    }

    /// Makes the codes that go with a first passkey. `None` if the account has an app by now, whose codes stay.
    pub(crate) async fn recovery_codes_of_passkey(
        &self,
        owner: &FactorOwner,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let nonce = Nonce(self.nonce().map_err(AuthError::internal)?);
        let made = self.change(owner, |factors| {
            (!factors.has_totp()).then(|| factors.regenerate_recovery_codes(&self.keys, &owner.id, nonce))
        });
        Ok(made.await?)
    }
}

fn code(keys: &FactorKeys, owner: &str, Nonce(nonce): Nonce, slot: u8) -> String {
    let bytes = hmac_sha256(&*keys.recovery_codes, &[&nonce, &[slot], owner.as_bytes()]);
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
    bytes.iter().take(LENGTH).map(letter).collect()
}

/// `xxxx-xxxx-xxxx-xxxx`
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Reads a code as somebody types it from paper: capitals, blanks and dashes do not count, and what looks like a digit is
/// one. `None` if it cannot be a code.
pub(super) fn read(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).take(LENGTH + 1);
    let code: String = letters
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            letter => letter,
        })
        .collect();
    (code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, CODES, Nonce, code, grouped, read};
    use crate::factors::AccountFactors;
    use crate::keys::FactorKeys;

    #[test]
    fn rc_01_ten_different_codes_of_eighty_bits() {
        let (mut factors, keys) = (AccountFactors::default(), FactorKeys::of_test());
        assert_eq!(factors.recovery_codes_left(), 0);
        let codes = factors.regenerate_recovery_codes(&keys, "1", Nonce([1; 16]));
        assert_eq!((codes.len(), factors.recovery_codes_left()), (10, CODES));
        for (place, code) in codes.iter().enumerate() {
            assert_eq!(code.len(), 19);
            assert!(codes.iter().skip(place + 1).all(|other| other != code));
        }
        let again = factors.regenerate_recovery_codes(&keys, "1", Nonce([2; 16]));
        assert!(again.iter().all(|code| !codes.contains(code)));
        assert!(factors.regenerate_recovery_codes(&keys, "2", Nonce([2; 16])).iter().all(|code| !again.contains(code)));
    }

    #[test]
    fn rc_06_variants_of_writing_are_the_same_code() {
        assert_eq!(ALPHABET.len(), 32);
        let code = code(&FactorKeys::of_test(), "1", Nonce([1; 16]), 0);
        for typed in [code.clone(), grouped(&code), grouped(&code).to_uppercase(), grouped(&code).replace('-', " ")] {
            assert_eq!(read(&typed).as_deref(), Some(&*code));
        }
        assert_eq!(read("OIl1-0000-0000-0000").as_deref(), Some("0111000000000000"));
        for typed in ["", "0000", "u000-0000-0000-0000", "000000000000000000", "é000000000000000", &"0".repeat(10_000)]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
