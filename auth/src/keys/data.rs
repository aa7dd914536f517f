//! The data key: random, and the same for as long as the store exists. What must survive a rotation of the secret hangs
//! on it. In the store it is sealed once for each secret in use.
//!
//! It is random, and made once. `rotate_secret` seals it anew before it swaps the keys, so a rotation that cannot be
//! stored changes nothing. It is sealed with XChaCha20-Poly1305, whose nonces are long enough to be random for as many
//! values as later features seal; of its five small crates `chacha20` was in the tree already. AWS-LC has an AEAD, too,
//! but may be switched off.
//!
//! The names of counters are carried over from a release that derived them from the secret
//! (`DataKey::with_counters_of`): otherwise an upgrade would end every lock, make every known address a stranger's, and
//! let instances of both releases count apart during the deployment. Fresh stores use names of the data key from the
//! start.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::derive::{Purpose, derive, key_id};
use super::seal::{open, seal};
use crate::base::random::{Random, RandomError, random};
use crate::base::secret::{Secret, same_bytes};

/// The data key of one user type.
#[derive(Clone)]
pub(crate) struct DataKey {
    key: Zeroizing<[u8; 32]>,
    /// The key that names the counters, if the store had counters before it had a data key.
    counters: Option<Zeroizing<[u8; 32]>>,
}

impl DataKey {
    pub(crate) fn random(source: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self { key: Zeroizing::new(random(source)?), counters: None })
    }

    /// Keeps the names that counters have in this store so far. Releases without a data key derived them from the
    /// secret; with other names, every lock and every known address would be forgotten, and instances of both releases
    /// would count apart.
    pub(crate) fn with_counters_of(self, secret: &Secret, realm: &str) -> Self {
        Self { counters: Some(derive(secret.expose(), Purpose::Limits, realm)), ..self }
    }

    /// Returns the key that names the counters of limits.
    pub(crate) fn counters(&self, realm: &str) -> Zeroizing<[u8; 32]> {
        self.counters.clone().unwrap_or_else(|| derive(&*self.key, Purpose::Limits, realm))
    }

    /// Returns the key that stands for addresses in the records of mail.
    pub(crate) fn addresses(&self, realm: &str) -> Zeroizing<[u8; 32]> {
        derive(&*self.key, Purpose::MailAddress, realm)
    }

    /// Returns the keys from which second factors are derived.
    pub(crate) fn factors(&self, realm: &str) -> FactorKeys {
        let key = |purpose| derive(&*self.key, purpose, realm);
        FactorKeys {
            totp: key(Purpose::Totp),
            recovery_codes: key(Purpose::RecoveryCodes),
            devices: key(Purpose::TrustedDevice),
            imported_totp: SealingKey(key(Purpose::ImportedTotp)),
        }
    }

    /// Returns the key of the challenges of passkeys.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "nobody asks for one"))]
    pub(crate) fn passkey_challenges(&self, realm: &str) -> Zeroizing<[u8; 32]> {
        derive(&*self.key, Purpose::PasskeyChallenge, realm)
    }

    /// Returns the key that seals private keys in the store.
    pub(crate) fn signing_keys(&self, realm: &str) -> SealingKey {
        SealingKey(derive(&*self.key, Purpose::SigningKey, realm))
    }

    /// Whether both are the same key.
    pub(crate) fn is(&self, other: &Self) -> bool {
        same_bytes(&self.to_bytes(), &other.to_bytes())
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let counters = self.counters.as_ref().map_or(&[][..], |key| key.as_slice());
        Zeroizing::new([self.key.as_slice(), counters].concat())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (key, rest) = bytes.split_first_chunk::<32>()?;
        let counters = match rest {
            [] => None,
            rest => Some(Zeroizing::new(<[u8; 32]>::try_from(rest).ok()?)),
        };
        Some(Self { key: Zeroizing::new(*key), counters })
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey([redacted])")
    }
}

/// Seals values of one purpose for the store.
pub(crate) struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// Returns the sealed value, which opens in this place only.
    pub(crate) fn seal(&self, place: &str, value: &[u8], source: &dyn Random) -> Result<String, RandomError> {
        seal(&self.0, place, value, source)
    }

    /// Returns the value, or `None` if it was sealed otherwise, or changed.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        open(&self.0, place, sealed)
    }
}

/// From what second factors are derived.
pub(crate) struct FactorKeys {
    pub(crate) totp: Zeroizing<[u8; 32]>,
    pub(crate) recovery_codes: Zeroizing<[u8; 32]>,
    /// What trusted devices keep.
    pub(crate) devices: Zeroizing<[u8; 32]>,
    /// Seals the secrets of authenticator apps that another system has set up.
    pub(crate) imported_totp: SealingKey,
}

#[cfg(any(test, fuzzing))]
impl FactorKeys {
    pub(crate) fn of_test() -> Self {
        let [totp, recovery_codes, devices] = [1, 2, 3].map(|byte| Zeroizing::new([byte; 32]));
        Self { totp, recovery_codes, devices, imported_totp: SealingKey(Zeroizing::new([4; 32])) }
    }
}

/// The key with which one secret seals the data key, and the public id by which its copy is found.
#[derive(Clone)]
pub(crate) struct WrappingKey {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

impl WrappingKey {
    pub(super) fn of(secret: &Secret, realm: &str) -> Self {
        Self { id: key_id(secret, realm), key: derive(secret.expose(), Purpose::DataKey, realm) }
    }
}

/// A data key as stored: one sealed copy for each secret.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct WrappedKey {
    #[serde(rename = "w")]
    copies: Vec<Copy>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Copy {
    #[serde(rename = "k")]
    id: String,
    #[serde(rename = "s")]
    sealed: String,
}

impl WrappedKey {
    /// Seals `data` once for each of `keys`. `place` names the record that will hold it.
    pub(crate) fn new(
        data: &DataKey,
        keys: &[WrappingKey],
        place: &str,
        source: &dyn Random,
    ) -> Result<Self, RandomError> {
        let bytes = data.to_bytes();
        let mut copies: Vec<Copy> = Vec::with_capacity(keys.len());
        for key in keys {
            // A secret may be listed twice.
            if copies.iter().all(|copy| copy.id != key.id) {
                copies.push(Copy { id: key.id.clone(), sealed: seal(&key.key, place, &bytes, source)? });
            }
        }
        Ok(Self { copies })
    }

    /// Returns the data key, if one of `keys` opens a copy.
    pub(crate) fn open(&self, keys: &[WrappingKey], place: &str) -> Option<DataKey> {
        let tries = keys.iter().flat_map(|key| self.copies.iter().map(move |copy| (key, copy)));
        let mut fitting = tries.filter(|(key, copy)| key.id == copy.id);
        fitting.find_map(|(key, copy)| DataKey::from_bytes(&open(&key.key, place, &copy.sealed)?))
    }

    /// Whether there is a copy for each of `keys`, and for no other.
    pub(crate) fn is_for(&self, keys: &[WrappingKey]) -> bool {
        let listed = |copy: &Copy| keys.iter().any(|key| key.id == copy.id);
        let sealed = |key: &WrappingKey| self.copies.iter().any(|copy| copy.id == key.id);
        self.copies.iter().all(listed) && keys.iter().all(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::{DataKey, WrappedKey, WrappingKey};
    use crate::base::random::OsRandom;
    use crate::base::secret::Secret;

    const REALM: &str = "User:users";

    fn secret() -> Secret {
        Secret::generate().unwrap()
    }

    fn keys(secrets: &[&Secret]) -> Vec<WrappingKey> {
        secrets.iter().map(|secret| WrappingKey::of(secret, REALM)).collect()
    }

    #[test]
    fn only_listed_secrets_open_the_data_key() {
        let (one, two, three) = (secret(), secret(), secret());
        let plain = DataKey::random(&OsRandom).unwrap();
        for data in [plain.clone(), plain.with_counters_of(&one, REALM)] {
            let wrapped = WrappedKey::new(&data, &keys(&[&one, &two, &one]), "place", &OsRandom).unwrap();
            assert_eq!(wrapped.copies.len(), 2);
            assert!(wrapped.open(&keys(&[&one]), "place").unwrap().is(&data));
            assert!(wrapped.open(&keys(&[&three, &two]), "place").unwrap().is(&data));
            assert!(wrapped.open(&keys(&[&three]), "place").is_none());
            assert!(wrapped.open(&keys(&[&one]), "elsewhere").is_none());
            assert!(wrapped.open(&[WrappingKey::of(&one, "Staff:users")], "place").is_none());
            assert!(wrapped.is_for(&keys(&[&two, &one])));
            assert!(!wrapped.is_for(&keys(&[&one])) && !wrapped.is_for(&keys(&[&one, &two, &three])));
        }
    }

    #[test]
    fn counters_keep_former_names_or_use_the_data_key() {
        let (old, data) = (secret(), DataKey::random(&OsRandom).unwrap());
        let kept = data.clone().with_counters_of(&old, REALM);
        assert_eq!(kept.counters(REALM), super::derive(old.expose(), super::Purpose::Limits, REALM));
        assert_ne!(data.counters(REALM), kept.counters(REALM));
        assert_ne!(data.counters(REALM), data.counters("Staff:users"));
    }
}
