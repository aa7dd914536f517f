//! `Authorization: Bearer …` (RFC 6750 §2.1, RFC 9110 §11.4).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::MAX_HEADER_BYTES;
use crate::error::AuthError;

/// The token of the `Authorization` header. Another scheme (`Basic` of a proxy, say) is none of our business and counts
/// as absent; two headers are refused, because intermediaries disagree about which one counts (HTTP-04).
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::InvalidRequest("send one Authorization header"));
    }
    if value.len() > MAX_HEADER_BYTES {
        return Err(AuthError::HeaderTooLarge);
    }
    let text = value.to_str().map_err(|_| AuthError::InvalidToken)?;
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // `Bearer\ttoken` and `Bearer,…` are attempts at a bearer token, not other schemes.
        let attempt = scheme.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("bearer"));
        return if attempt { Err(AuthError::InvalidToken) } else { Ok(None) };
    }
    let token = rest.trim_start_matches(' ');
    if token.is_empty() || !is_token68(token) { Err(AuthError::InvalidToken) } else { Ok(Some(token)) }
}

/// Whether it is of the alphabet of RFC 6750 §2.1 (`b64token`). Without a way out half-way, because then the compiler
/// looks at sixteen characters at once; that was a third of a microsecond for each request.
fn is_token68(token: &str) -> bool {
    let bad = token.bytes().fold(0, |bad, byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        // `-./0123456789`
        let digit = byte.wrapping_sub(b'-') < 13;
        let other = byte == b'_' || byte == b'~' || byte == b'+' || byte == b'=';
        bad | u8::from(!(letter || digit || other))
    });
    bad == 0
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_alphabet_is_that_of_rfc_6750() {
        for byte in 0..128_u8 {
            let expected = byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            assert_eq!(super::is_token68(&char::from(byte).to_string()), expected, "{byte}");
        }
        assert!(!super::is_token68("é") && !super::is_token68("abc def") && super::is_token68("aZ09-._~+/="));
    }
}
