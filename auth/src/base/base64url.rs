//! Decodes base64url (RFC 4648 §5, unpadded) as tokens require it: canonical text or nothing.
//!
//! Base64 decoding is a third of the time it takes to verify a token, and the general-purpose decoders we know spend
//! three times as many instructions per character as four table look-ups. For public data only: which table entry is
//! read depends on the text, so secrets go through `base64ct`. Encoding is not on the request path and is left to the
//! library.
//!
//! It is checked against the library on every short text. Issuer and audience are `Name`s for the same reason: each
//! thread remembers them instead of allocating them for every token. Both findings come from the `verify` benchmark.

/// Marks a character outside the alphabet. The bit is above the 24 bits of a group, so one test finds it at any
/// position.
const BAD: u32 = 1 << 31;

/// The value of each byte, shifted to its position in a group of four characters.
static FIRST: [u32; 256] = table(18);
static SECOND: [u32; 256] = table(12);
static THIRD: [u32; 256] = table(6);
static FOURTH: [u32; 256] = table(0);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would not build a wrong index")]
const fn table(shift: u32) -> [u32; 256] {
    let mut values = [BAD; 256];
    let mut value = 0;
    while value < 64 {
        #[expect(clippy::cast_possible_truncation, reason = "below 64")]
        let bits = (value as u32) << shift;
        values[ALPHABET[value] as usize] = bits;
        value += 1;
    }
    values
}

fn look_up(table: &[u32; 256], byte: u8) -> u32 {
    // The index is always in bounds, and the compiler sees it.
    table.get(usize::from(byte)).copied().unwrap_or(BAD)
}

fn group(a: u8, b: u8, c: u8, d: u8) -> u32 {
    look_up(&FIRST, a) | look_up(&SECOND, b) | look_up(&THIRD, c) | look_up(&FOURTH, d)
}

/// Returns how many bytes `characters` characters of base64url decode to.
const fn decoded_len(characters: usize) -> usize {
    characters / 4 * 3 + characters % 4 * 3 / 4
}

/// Replaces the content of `out` with the bytes of `text`. Returns `None` if a character is outside the alphabet, the
/// length is impossible, or unused bits of the last character are set: every value has exactly one spelling (JWT-20).
pub(crate) fn decode(text: &str, out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    out.resize(decoded_len(text.len()), 0);
    decode_into(text, out)
}

/// Like [`decode`], into a slice whose length must match.
pub(crate) fn decode_into(text: &str, out: &mut [u8]) -> Option<()> {
    if out.len() != decoded_len(text.len()) {
        return None;
    }
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    let (whole, last) = out.as_chunks_mut::<3>();
    let mut bad = 0;
    for ([a, b, c, d], bytes) in groups.iter().zip(whole) {
        let bits = group(*a, *b, *c, *d);
        bad |= bits;
        let [_, x, y, z] = bits.to_be_bytes();
        *bytes = [x, y, z];
    }
    let (bits, unused) = match *rest {
        [] => (0, 0),
        [a, b] => (group(a, b, b'A', b'A'), 0xFFFF),
        [a, b, c] => (group(a, b, c, b'A'), 0xFF),
        _ => return None,
    };
    let [_, x, y, _] = bits.to_be_bytes();
    last.iter_mut().zip([x, y]).for_each(|(byte, value)| *byte = value);
    ((bad | bits) & BAD == 0 && bits & unused == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::decode;

    /// Decodes `text` with both our decoder and the library's.
    fn both(text: &str) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let mut out = vec![7; 3];
        (decode(text, &mut out).map(|()| out), URL_SAFE_NO_PAD.decode(text).ok())
    }

    #[test]
    fn jwt_20_short_texts_decode_as_the_base64_crate_does() {
        let bytes: Vec<char> = (0_u8..128).map(char::from).chain(['é', '\u{a0}', '字']).collect();
        for a in &bytes {
            let one = a.to_string();
            assert_eq!(both(&one).0, both(&one).1, "{one:?}");
            for b in &bytes {
                let two = format!("{a}{b}");
                assert_eq!(both(&two).0, both(&two).1, "{two:?}");
                for c in ['A', 'B', 'E', 'Q', 'g', '_', '-', '=', '+', '/', ' ', '\n', *a] {
                    let three = format!("{a}{b}{c}");
                    assert_eq!(both(&three).0, both(&three).1, "{three:?}");
                    let longer = format!("{c}AZaz09-_{three}");
                    assert_eq!(both(&longer).0, both(&longer).1, "{longer:?}");
                }
            }
        }
    }

    #[test]
    fn what_the_library_writes_reads_back() {
        for length in 0..200_usize {
            let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n * 89 % 251).unwrap()).collect();
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(both(&text).0, Some(bytes), "{length}");
        }
    }
}
