//! Authenticator apps that another system has set up. Their seeds cannot be derived, so they are sealed in the record, for
//! this account alone.

use std::fmt;

use totp_rs::Secret;
use zeroize::{Zeroize as _, Zeroizing};

use super::account_factors::{Nonce, StoredTotp};
use super::{FactorOwner, Factors};
use crate::base::error::{AuthError, other_errors};

/// The lengths of a seed, in bytes. The shortest is what many services have handed out (sixteen characters in base32), and
/// cannot be made longer without another picture; the longest is the block of SHA-1.
const BYTES: std::ops::RangeInclusive<usize> = 10..=64;

/// The secret of an authenticator app that another system has set up, for
/// [`Accounts::import_totp`](crate::Accounts::import_totp). `Debug` does not print it.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<Vec<u8>>);

/// A text or bytes that are no secret of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TotpSecretError {
    /// It is not base32 (RFC 4648 §6).
    #[error("the secret of an authenticator app is not base32")]
    NotBase32,
    /// It has fewer than ten or more than 64 bytes.
    #[error("the secret of an authenticator app has {0} bytes: it has 10 to 64")]
    Length(usize),
}

other_errors!(TotpSecretError);

impl TotpSecret {
    /// Reads a secret as services show it, in base32: with or without blanks, hyphens and `=`, in capitals or not.
    ///
    /// # Errors
    /// If it is not base32, or not 10 to 64 bytes long.
    pub fn from_base32(text: &str) -> Result<Self, TotpSecretError> {
        let mut plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')).collect();
        plain.make_ascii_uppercase();
        let read = Secret::try_from_base32(&plain).map_err(|_| TotpSecretError::NotBase32);
        plain.zeroize();
        Self::from_bytes(read?.as_bytes())
    }

    /// Takes a secret as bytes.
    ///
    /// # Errors
    /// If it is not 10 to 64 bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TotpSecretError> {
        let is_long_enough = BYTES.contains(&bytes.len());
        is_long_enough.then(|| Self(Zeroizing::new(bytes.to_vec()))).ok_or(TotpSecretError::Length(bytes.len()))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret([redacted])")
    }
}

impl Factors {
    /// Adds an app that was set up elsewhere. Returns whether it did: it takes the place of none.
    pub(crate) async fn import_totp(&self, owner: &FactorOwner, secret: &TotpSecret) -> Result<bool, AuthError> {
        let nonce = Nonce(self.nonce().map_err(AuthError::internal)?);
        let sealed = self.keys.imported_totp.seal(&owner.id, &secret.0, &*self.random).map_err(AuthError::internal)?;
        let added = self.change(owner, |factors| {
            if factors.totp.is_some() {
                return None;
            }
            factors.totp = Some(StoredTotp { nonce, step: 0, sealed_seed: Some(sealed.clone()) });
            (factors.pending_totp, factors.device_epoch) = (None, None);
            Some(())
        });
        Ok(added.await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{TotpSecret, TotpSecretError};

    #[test]
    fn totp_01_secrets_are_read_as_services_show_them() {
        let bytes = b"12345678901234567890";
        for text in [
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
        ] {
            assert_eq!(TotpSecret::from_base32(text).unwrap().0.as_slice(), bytes, "{text}");
        }
        // Ten bytes, and 32 with padding.
        assert_eq!(TotpSecret::from_base32("JBSWY3DPEHPK3PXP").unwrap().0.len(), 10);
        let padded = "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ====";
        assert_eq!(TotpSecret::from_base32(padded).unwrap().0.as_slice(), &(0..32).collect::<Vec<u8>>());
    }

    #[test]
    fn what_is_no_secret_is_refused_and_never_printed() {
        for text in ["0189", "GEZDGNBV!", "é"] {
            assert_eq!(TotpSecret::from_base32(text).err(), Some(TotpSecretError::NotBase32), "{text}");
        }
        assert_eq!(TotpSecret::from_base32("").err(), Some(TotpSecretError::Length(0)));
        for length in [0, 9, 65] {
            assert_eq!(TotpSecret::from_bytes(&vec![7; length]).err(), Some(TotpSecretError::Length(length)));
        }
        assert_eq!(format!("{:?}", TotpSecret::from_bytes(&[65; 10]).unwrap()), "TotpSecret([redacted])");
    }
}
