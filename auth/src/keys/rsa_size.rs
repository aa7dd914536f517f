//! Which public keys of RSA are accepted, from whomever they come.

/// The one exponent that is accepted: nobody whom we trust uses another.
pub(super) const EXPONENT: [u8; 3] = [1, 0, 1];
/// The sizes of moduli that are accepted, in bytes: 2,048 to 4,096 bits (KEY-03). Larger ones cost whoever verifies more,
/// and one of the backends refuses them.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// Whether this can be the modulus of a key of an accepted size, without leading zeros. An even one is none.
pub(super) fn is_modulus(bytes: &[u8]) -> bool {
    let is_long = match bytes.first() {
        None | Some(0) => false,
        // Fewer bits than its bytes could have.
        Some(first) => bytes.len() > *MODULUS.start() || *first >= 0x80,
    };
    is_long && MODULUS.contains(&bytes.len()) && bytes.last().is_some_and(|last| last & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::is_modulus;

    fn number(first: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; length];
        bytes[0] = first;
        bytes
    }

    #[test]
    fn key_03_moduli_have_2048_to_4096_bits() {
        for good in [number(0x80, 256), number(1, 257), number(0xff, 512)] {
            assert!(is_modulus(&good), "{}", good.len());
        }
        for bad in [vec![], number(0x7f, 256), number(0xff, 255), number(0, 257), number(1, 513)] {
            assert!(!is_modulus(&bad), "{}", bad.len());
        }
        let mut even = number(0xff, 256);
        even[255] = 0xfe;
        assert!(!is_modulus(&even));
    }
}
