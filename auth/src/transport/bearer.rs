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
    if token.is_empty() || !token.bytes().all(is_token68) { Err(AuthError::InvalidToken) } else { Ok(Some(token)) }
}

/// The alphabet of RFC 6750 §2.1 (`b64token`).
const fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}
