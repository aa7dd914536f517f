//! `Authorization: Bearer …` (RFC 6750 §2.1, RFC 9110 §11.4).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::base::error::AuthError;
use crate::token::access::MAX_HEADER_BYTES;

const SCHEME: usize = "bearer".len();

/// Returns what the `Authorization` header presents as a token, without validating it: verification looks at every
/// character anyway. Another scheme (such as `Basic` for a proxy) counts as absent; two headers are refused, because
/// intermediaries disagree about which one counts (HTTP-04).
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AuthError::InvalidRequest("send one Authorization header"));
    }
    let Some((scheme, rest)) = value.as_bytes().split_at_checked(SCHEME) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    if value.len() > MAX_HEADER_BYTES {
        return Err(AuthError::HeaderTooLarge);
    }
    match rest {
        [b' ', token @ ..] => match std::str::from_utf8(token).map(|token| token.trim_start_matches(' ')) {
            Ok("") | Err(_) => Err(AuthError::InvalidToken),
            Ok(token) => Ok(Some(token)),
        },
        // `Bearer\ttoken` and `Bearer,…` are attempts at a bearer token, not other schemes.
        _ => Err(AuthError::InvalidToken),
    }
}
