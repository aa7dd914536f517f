//! Which keys of RSA are accepted, from whomever they come.

/// The one exponent that is accepted: nobody whom we trust uses another.
pub(super) const EXPONENT: [u8; 3] = [1, 0, 1];
/// The sizes that are accepted, in bits (KEY-03, RFC 7518 §3.3). Larger ones cost whoever verifies more, and one of the
/// backends refuses them.
pub(super) const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Whether this can be the modulus of a key of an accepted size, without leading zeros. An even one is none.
pub(super) fn is_modulus(bytes: &[u8]) -> bool {
    bytes.first() != Some(&0) && BITS.contains(&bits(bytes)) && bytes.last().is_some_and(|last| last & 1 == 1)
}

/// Returns the length of a number, without leading zeros.
pub(super) fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
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
