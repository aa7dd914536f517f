//! Asks an issuer about a token (RFC 7662): for tokens that only their issuer can read.

use std::fmt::{self, Write as _};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::fetch::{CONNECT_TIMEOUT, DynFetch, FetchRequest, NoDocument, TIMEOUT};
use super::provider_url::ProviderUrl;

/// How long an answer may be, in bytes.
const MAX_BYTES: usize = 64 << 10;

/// By what this service shows the issuer that it may ask (RFC 7662 §2.1). `Debug` does not print secrets.
#[derive(Clone)]
pub struct IntrospectionClient {
    authorization: Zeroizing<String>,
}

impl IntrospectionClient {
    /// A client id and a secret, by HTTP Basic (RFC 6749 §2.3.1).
    #[must_use]
    pub fn basic(id: &str, secret: &str) -> Self {
        use base64::Engine as _;
        let pair = Zeroizing::new(format!("{}:{}", *form_encoded(id), *form_encoded(secret)));
        let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
        Self { authorization: Zeroizing::new(format!("Basic {}", *encoded)) }
    }

    /// A token of this service (RFC 6750), for issuers that hand one out for this purpose.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self { authorization: Zeroizing::new(format!("Bearer {token}")) }
    }

    /// Whether it can stand in a header.
    pub(super) fn is_valid(&self) -> bool {
        self.authorization.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    }
}

impl fmt::Debug for IntrospectionClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntrospectionClient([redacted])")
    }
}

/// Where and how an issuer is asked.
#[derive(Debug)]
pub(super) struct Introspection {
    pub(super) fetch: DynFetch,
    pub(super) url: ProviderUrl,
    pub(super) client: IntrospectionClient,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum IntrospectionError {
    #[error(transparent)]
    NoDocument(#[from] NoDocument),
    #[error("the response is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    #[error("the response is no JSON object with `active`")]
    Form(#[source] serde_json::Error),
}

#[derive(Deserialize)]
struct Answer {
    active: bool,
}

/// An error of RFC 6749 §5.2.
#[derive(Deserialize)]
struct RefusedQuestion {
    error: String,
}

/// RFC 7009 §2.2.1, which servers use for introspection as well.
const UNKNOWN_KIND: &str = "unsupported_token_type";

impl Introspection {
    /// Returns what the issuer says of an active token, as JSON; `None` of one that is not.
    pub(super) async fn ask(&self, token: &str) -> Result<Option<String>, IntrospectionError> {
        let request = FetchRequest {
            method: "POST",
            url: self.url.as_str().to_owned(),
            headers: vec![
                ("authorization", self.client.authorization.to_string()),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("accept", "application/json".to_owned()),
            ],
            body: format!("token={}&token_type_hint=access_token", *form_encoded(token)).into_bytes(),
            max_bytes: MAX_BYTES,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
        };
        let response = self.fetch.response(request).await?;
        if response.status() != 200 {
            // Some endpoints refuse tokens of a kind that they do not know instead of calling them inactive.
            let refused: Option<RefusedQuestion> = serde_json::from_slice(response.body()).ok();
            return match refused {
                Some(RefusedQuestion { error }) if response.status() == 400 && error == UNKNOWN_KIND => Ok(None),
                _ => Err(NoDocument::Status(response.status()).into()),
            };
        }
        // As a whole, because what is skipped here is not looked at. Replaced characters would make one user of two.
        let json = std::str::from_utf8(response.body())?;
        // Only the literal `true` is a yes (RFC 7662 §2.2).
        let answer: Answer = serde_json::from_str(json).map_err(IntrospectionError::Form)?;
        Ok(answer.active.then(|| json.to_owned()))
    }
}

/// Encodes a value of a form (the URL standard, `application/x-www-form-urlencoded`).
fn form_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(text.len() * 3));
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            // Writing to a string does not fail.
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{IntrospectionClient, form_encoded};

    #[test]
    fn values_of_a_form_cannot_end_it() {
        assert_eq!(*form_encoded("a-B_0.*"), "a-B_0.*");
        assert_eq!(*form_encoded("a&token=b c+d%é"), "a%26token%3Db%20c%2Bd%25%C3%A9");
    }

    #[test]
    fn secrets_are_encoded_and_never_printed() {
        let client = IntrospectionClient::basic("shop:api", "se cret");
        // shop%3Aapi:se%20cret
        assert_eq!(*client.authorization, "Basic c2hvcCUzQWFwaTpzZSUyMGNyZXQ=");
        let printed = format!("{client:?}");
        assert!(!printed.contains("c2hv") && printed.contains("redacted"), "{printed}");
        assert!(!IntrospectionClient::bearer("a\r\nx: y").is_valid() && client.is_valid());
    }
}
