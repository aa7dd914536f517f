//! The word before the token in `Authorization`.

use std::borrow::Cow;

/// The longest name of a scheme, in bytes.
const MAX_BYTES: usize = 32;

/// The scheme with which access tokens are sent in the header.
#[derive(Clone, Debug)]
pub(crate) struct AuthScheme(Cow<'static, str>);

/// The scheme of RFC 6750.
const BEARER: &str = "Bearer";

impl Default for AuthScheme {
    fn default() -> Self {
        Self(Cow::Borrowed(BEARER))
    }
}

impl AuthScheme {
    /// Reads the name that an application has chosen, or says why it can be none.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || name.len() > MAX_BYTES || !name.chars().all(fits) {
            return Err(format!(
                "`bearer_scheme({name:?})` is not the name of a scheme: write one word of at most {MAX_BYTES} ASCII \
                 characters, such as `Token`"
            ));
        }
        // Browsers ask for a password when they are told of these, and send it.
        if ["basic", "digest", "negotiate", "ntlm"].iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
            return Err(format!("`bearer_scheme({name:?})` is a scheme of browsers: choose another, such as `Token`"));
        }
        Ok(Self(Cow::Owned(name.to_owned())))
    }

    /// Returns the name, as the application spells it.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is the one of RFC 6750.
    #[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "documents know no other by name"))]
    pub(crate) fn is_bearer(&self) -> bool {
        self.0.eq_ignore_ascii_case(BEARER)
    }

    /// Returns the names that are read. `Bearer` always: clients and proxies know it, and a token is the same secret
    /// under either.
    pub(crate) fn names(&self) -> [&str; 2] {
        [&self.0, BEARER]
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthScheme, MAX_BYTES};

    #[test]
    fn name_of_a_scheme_is_one_word() {
        for name in ["Token", "token", "X-Session", "Bearer", &"x".repeat(MAX_BYTES)] {
            assert_eq!(AuthScheme::parse(name).unwrap().name(), name);
        }
        for name in ["", " ", "Token ", "two words", "a,b", "a:b", "a=b", "Tök", "Basic", "NTLM", &"x".repeat(33)] {
            assert!(AuthScheme::parse(name).is_err(), "{name}");
        }
    }
}
