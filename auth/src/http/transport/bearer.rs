//! `Authorization: Bearer …` (RFC 6750 §2.1, RFC 9110 §11.4), or with the scheme that the application has chosen.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::base::error::AuthError;
use crate::http_settings::AuthScheme;
use crate::token::access::MAX_HEADER_BYTES;

/// The longest text after the scheme, so that a token fits or does not fit whatever the scheme is called.
const MAX_REST_BYTES: usize = MAX_HEADER_BYTES - "Bearer".len();

impl AuthScheme {
    /// Returns what the `Authorization` header presents as a token, without validating it: verification looks at every
    /// character anyway. Another scheme (such as `Basic` for a proxy) counts as absent; two headers are refused, because
    /// intermediaries disagree about which one counts (HTTP-04).
    pub(crate) fn token<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, AuthError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(AuthError::InvalidRequest("send one Authorization header"));
        }
        let Some(rest) = self.after_name(value.as_bytes()) else { return Ok(None) };
        if rest.len() > MAX_REST_BYTES {
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

    /// Returns what follows the scheme, if it is one of ours: rather one that ends here than one that only begins so.
    fn after_name<'a>(&self, value: &'a [u8]) -> Option<&'a [u8]> {
        let after = |name: &str| {
            let (scheme, rest) = value.split_at_checked(name.len())?;
            scheme.eq_ignore_ascii_case(name.as_bytes()).then_some(rest)
        };
        let [own, bearer] = self.names().map(after);
        own.filter(|rest| rest.first() == Some(&b' ')).or(bearer).or(own)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::AUTHORIZATION;
    use axum::http::{HeaderMap, HeaderValue};

    use crate::http_settings::AuthScheme;

    fn read(scheme: &str, value: &str) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        let token = AuthScheme::parse(scheme).unwrap().token(&headers).map(|token| token.map(str::to_owned));
        token.map_err(|error| error.code().to_owned())
    }

    #[test]
    fn own_scheme_is_read_beside_bearer_and_no_other() {
        for scheme in ["Token", "Bear", "BearerToken", "Bearer"] {
            for sent in [scheme, "Bearer", &scheme.to_lowercase(), "BEARER"] {
                assert_eq!(read(scheme, &format!("{sent}  a.b.c")), Ok(Some("a.b.c".to_owned())), "{scheme} {sent}");
                for broken in ["", " ", ",x", "\ta.b.c"] {
                    assert_eq!(read(scheme, &format!("{sent}{broken}")), Err("invalid_token".to_owned()), "{broken}");
                }
            }
            assert_eq!(read(scheme, "Basic a.b.c"), Ok(None));
        }
        assert_eq!(read("Bearer", "Token a.b.c"), Ok(None));
    }

    #[test]
    fn token_length_is_limited_alike_for_every_scheme() {
        for scheme in ["Bearer", "Token", "A-Scheme-With-A-Long-Name"] {
            let most = super::MAX_REST_BYTES - 1;
            assert!(read(scheme, &format!("{scheme} {}", "x".repeat(most))).is_ok());
            let longer = read(scheme, &format!("{scheme} {}", "x".repeat(most + 1)));
            assert_eq!(longer, Err("header_too_large".to_owned()));
        }
    }
}
