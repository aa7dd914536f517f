//! What an authenticator says of itself and of the ceremony (`WebAuthn` §6.1): a fixed layout of bytes.

use super::cbor::Item;

/// The longest credential id (`WebAuthn` §6.5.1, §7.1).
pub(super) const MAX_CREDENTIAL_ID: usize = 1023;

/// Authenticator data, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuthenticatorData<'a> {
    pub(super) rp_id_hash: &'a [u8; 32],
    pub(super) flags: Flags,
    pub(super) sign_count: u32,
    /// There if a credential was made.
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// A credential that was made (`WebAuthn` §6.5.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) aaguid: &'a [u8; 16],
    pub(super) id: &'a [u8],
    /// A `COSE_Key`.
    pub(super) public_key: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Flags(u8);

impl Flags {
    const USER_PRESENT: u8 = 1;
    const USER_VERIFIED: u8 = 1 << 2;
    const BACKUP_ELIGIBLE: u8 = 1 << 3;
    const BACKED_UP: u8 = 1 << 4;
    const CREDENTIAL: u8 = 1 << 6;
    const EXTENSIONS: u8 = 1 << 7;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// Somebody has touched it.
    pub(super) const fn user_present(self) -> bool {
        self.has(Self::USER_PRESENT)
    }

    /// It has checked who that is, by a PIN or biometrics.
    pub(super) const fn user_verified(self) -> bool {
        self.has(Self::USER_VERIFIED)
    }

    /// The key may be copied to other devices.
    pub(super) const fn backup_eligible(self) -> bool {
        self.has(Self::BACKUP_ELIGIBLE)
    }

    /// It was.
    pub(super) const fn backed_up(self) -> bool {
        self.has(Self::BACKED_UP)
    }
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of `bytes`. Extensions are checked for being one item, and otherwise ignored: none was asked for.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>()?;
        let flags = Flags(*flags);
        let mut credential = None;
        if flags.has(Flags::CREDENTIAL) {
            let (found, after) = AttestedCredential::split(rest)?;
            (credential, rest) = (Some(found), after);
        }
        if flags.has(Flags::EXTENSIONS) {
            let (extensions, after) = Item::split(rest)?;
            extensions.entries()?;
            rest = after;
        }
        let sign_count = u32::from_be_bytes(*sign_count);
        rest.is_empty().then_some(Self { rp_id_hash, flags, sign_count, credential })
    }
}

impl<'a> AttestedCredential<'a> {
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=MAX_CREDENTIAL_ID).contains(&length) {
            return None;
        }
        let (id, rest) = rest.split_at_checked(length)?;
        let (public_key, rest) = Item::split(rest)?;
        Some((Self { aaguid, id, public_key: public_key.encoded }, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::AuthenticatorData;

    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2], rest].concat()
    }

    fn credential(id: &[u8]) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        [&[9; 16][..], &length, id, &[0xa1, 1, 2]].concat()
    }

    #[test]
    fn authenticator_data_is_read_to_its_end() {
        let bytes = data(0x1d, &[]);
        let read = AuthenticatorData::read(&bytes).unwrap();
        assert_eq!((read.rp_id_hash, read.sign_count), (&[7; 32], 258));
        let flags = read.flags;
        assert!(flags.user_present() && flags.user_verified() && flags.backup_eligible() && flags.backed_up());
        let bytes = data(0xc1, &[credential(&[5; 3]), vec![0xa0]].concat());
        let found = AuthenticatorData::read(&bytes).unwrap().credential.unwrap();
        assert_eq!((found.aaguid, found.id, found.public_key), (&[9; 16], &[5; 3][..], &[0xa1, 1, 2][..]));
    }

    #[test]
    fn pk_13_data_of_the_wrong_length_is_refused() {
        let long = |length| data(0x41, &credential(&vec![5; length]));
        assert!(AuthenticatorData::read(&long(1023)).is_some());
        for bad in [
            vec![],
            data(1, &[])[..36].to_vec(),
            data(1, &[0]),
            data(0x41, &[]),
            data(0x81, &[]),
            data(0x81, &[0]),
            data(0x81, &[0xa0, 0xa0]),
            data(0x41, &[credential(&[5]), vec![0xa0]].concat()),
            long(0),
            long(1024),
        ] {
            assert!(AuthenticatorData::read(&bad).is_none(), "{bad:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_authenticator_data_panics(flags in any::<u8>(), rest in any::<Vec<u8>>()) {
            let _ = (AuthenticatorData::read(&data(flags, &rest)), AuthenticatorData::read(&rest));
        }
    }
}
