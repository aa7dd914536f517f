//! The text that is hashed.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Longer input is not processed. Four bytes for each of the 256 characters that a policy may allow at most.
pub(super) const MAX_BYTES: usize = 1024;

/// The largest factor by which NFKC expands UTF-8: U+FDFA grows from 3 bytes to 33.
const NFKC_GROWTH: usize = 11;

/// A password as typed, in the Unicode form NFKC and otherwise unchanged. Nothing is trimmed, lower-cased or truncated,
/// and every character is allowed, including NUL.
///
/// The same type is used for choosing and for verifying a password, so the two cannot treat the text differently. NFKC
/// makes `é` typed as one key and as two the same, and full-width letters the same as ordinary ones (NIST SP 800-63B-4
/// §3.1.1.2 requires a normal form).
///
/// Input above 1024 bytes is not normalized, hashed or kept: such a password violates the policy and matches no
/// account.
///
/// It is wiped when dropped and prints as `[redacted]`. Two passwords cannot be compared directly: use
/// [`Passwords::verify`](super::Passwords::verify).
///
/// ```
/// let password = auth::password::Password::new("correct horse battery staple");
/// assert_eq!(format!("{password:?}"), "Password([redacted])");
/// ```
pub struct Password(Form);

enum Form {
    TooLong,
    Text {
        normal: Zeroizing<String>,
        /// The text as typed, if it differs.
        typed: Option<Zeroizing<String>>,
    },
}

impl Password {
    /// Takes the text as typed.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        if typed.len() > MAX_BYTES {
            return Self(Form::TooLong);
        }
        // Room for the longest result: a string that grows leaves copies behind that are not wiped.
        let mut normal = Zeroizing::new(String::with_capacity(typed.len() * NFKC_GROWTH));
        normal.extend(typed.nfkc());
        let typed = (*normal != typed).then(|| Zeroizing::new(typed.to_owned()));
        Self(Form::Text { normal, typed })
    }

    /// Returns the text to hash; `None` if it was longer than 1024 bytes.
    pub(super) fn normal(&self) -> Option<&str> {
        match &self.0 {
            Form::TooLong => None,
            Form::Text { normal, .. } => Some(normal),
        }
    }

    /// Returns the text as typed, which a system without NFKC would have hashed.
    pub(super) fn typed(&self) -> Option<&str> {
        match &self.0 {
            Form::TooLong => None,
            Form::Text { normal, typed } => Some(typed.as_ref().unwrap_or(normal)),
        }
    }

    /// Returns the texts that a stored hash may have been made from, the normal form first.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        let (normal, typed) = match &self.0 {
            Form::TooLong => (None, None),
            Form::Text { normal, typed } => (Some(normal), typed.as_ref()),
        };
        normal.into_iter().chain(typed).map(|text| text.as_str())
    }

    /// Returns whether no account can have this password: it is empty or above 1024 bytes.
    #[must_use]
    pub fn is_unusable(&self) -> bool {
        self.normal().is_none_or(str::is_empty)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// Returns NFKC and lower case, for comparing with lists. Never for hashing.
pub(super) fn folded(text: &str) -> Zeroizing<String> {
    // Lower case is at most half as long again (`İ`).
    let mut folded = Zeroizing::new(String::with_capacity(text.len() * NFKC_GROWTH * 2));
    folded.extend(text.nfkc().flat_map(char::to_lowercase));
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_07_unicode_variants_of_one_text_are_one_password() {
        let normal = |text: &str| Password::new(text).normal().unwrap().to_owned();
        assert_eq!(normal("e\u{301}clair"), normal("\u{e9}clair"));
        assert_eq!(normal("ｐａｓｓ１２"), "pass12");
        assert_eq!(normal("ﬁsh²"), "fish2");
        for text in [" padded\t", "UPPER lower", "a\0b", "\u{200d}\u{feff}", "é🦀"] {
            assert_eq!(normal(text), text);
        }
    }

    #[test]
    fn typed_text_is_stored_only_where_it_differs() {
        let forms = |text: &str| Password::new(text).forms().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(forms("plain"), ["plain"]);
        assert_eq!(forms("m²"), ["m2", "m²"]);
        assert_eq!(Password::new("m²").typed(), Some("m²"));
        assert!(forms(&"x".repeat(MAX_BYTES + 1)).is_empty());
    }

    #[test]
    fn no_buffer_has_to_grow() {
        let worst = "\u{fdfa}".repeat(MAX_BYTES / 3);
        assert_eq!(Password::new(&worst).normal().unwrap().len(), worst.len() * NFKC_GROWTH);
        for character in ('\0'..=char::MAX).filter(|character| !character.is_ascii()) {
            let text = character.to_string();
            assert!(text.nfkc().collect::<String>().len() <= text.len() * NFKC_GROWTH, "{character:?}");
            let low: usize = character.to_lowercase().map(char::len_utf8).sum();
            assert!(low <= text.len() * 2, "{character:?}");
        }
    }

    #[test]
    fn pwd_15_empty_and_over_long_passwords_are_unusable() {
        assert!(Password::new("").is_unusable());
        assert!(!Password::new(" ").is_unusable());
        assert!(!Password::new(&"x".repeat(MAX_BYTES)).is_unusable());
        assert!(Password::new(&"x".repeat(MAX_BYTES + 1)).is_unusable());
    }

    #[test]
    fn pwd_17_debug_shows_nothing() {
        assert_eq!(format!("{:?}", Password::new("hunter2²")), "Password([redacted])");
    }
}
