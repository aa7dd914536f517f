//! The prefixes `base64:` and `hex:` of secrets that are written as text.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};

/// Returns the bytes after a prefix, or the prefix whose rest is not in that encoding; `None` for a text without one.
pub(super) fn decoded(text: &str) -> Option<Result<Vec<u8>, &'static str>> {
    let text = text.trim_end_matches(['\r', '\n']);
    if let Some(rest) = text.strip_prefix("base64:") {
        return Some(base64(rest).ok_or("base64:"));
    }
    text.strip_prefix("hex:").map(|rest| hex(rest).ok_or("hex:"))
}

pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text)
        .or_else(|_| Base64UrlUnpadded::decode_vec(text))
        .or_else(|_| Base64Url::decode_vec(text))
        .or_else(|_| Base64Unpadded::decode_vec(text))
        .ok()
}

pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
