//! The text that is hashed.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Longer input is not looked at. Four bytes for each of the 256 characters a policy may allow at most.
pub(super) const MAX_BYTES: usize = 1024;

/// The most that NFKC makes of one byte of UTF-8: U+FDFA has 3 bytes and becomes 33.
const NFKC_GROWTH: usize = 11;

/// A password as somebody typed it, made comparable: in Unicode form NFKC, and otherwise untouched. Nothing is
/// trimmed, folded to lower case or cut off, and every character may stand in it, NUL too.
///
/// One type serves for choosing and for checking a password, so the two cannot treat the text differently. NFKC
/// makes `é` typed as one key and as two the same, and full-width letters the same as narrow ones
/// (NIST SP 800-63B-4 §3.1.1.2 asks for a normal form).
///
/// Input above 1024 bytes is not normalised, hashed or kept: such a password breaks the policy and matches no account.
///
/// It is wiped when dropped and prints as `[redacted]`. Two of them cannot be compared: ask
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
        /// What was typed, where it differs.
        typed: Option<Zeroizing<String>>,
    },
}

impl Password {
    /// Takes the text as it was typed.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        if typed.len() > MAX_BYTES {
            return Self(Form::TooLong);
        }
        // Room for the longest outcome: a string that grows leaves copies behind that nobody wipes.
        let mut normal = Zeroizing::new(String::with_capacity(typed.len() * NFKC_GROWTH));
        normal.extend(typed.nfkc());
        let typed = (*normal != typed).then(|| Zeroizing::new(typed.to_owned()));
        Self(Form::Text { normal, typed })
    }

    /// The text to hash; none if it was longer than 1024 bytes.
    pub(super) fn normal(&self) -> Option<&str> {
        match &self.0 {
            Form::TooLong => None,
            Form::Text { normal, .. } => Some(normal),
        }
    }

    /// The text as it was typed: what a system that knew no NFKC would have hashed.
    pub(super) fn typed(&self) -> Option<&str> {
        match &self.0 {
            Form::TooLong => None,
            Form::Text { normal, typed } => Some(typed.as_ref().unwrap_or(normal)),
        }
    }

    /// The texts a stored hash may have been made of, the normal one first.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        let (normal, typed) = match &self.0 {
            Form::TooLong => (None, None),
            Form::Text { normal, typed } => (Some(normal), typed.as_ref()),
        };
        normal.into_iter().chain(typed).map(|text| text.as_str())
    }

    /// Whether no account can have this password: empty, or above 1024 bytes.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.normal().is_none_or(str::is_empty)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// NFKC and lower case, for comparing with lists. Never for hashing.
pub(super) fn folded(text: &str) -> Zeroizing<String> {
    // Lower case is at most half as long again (`İ`).
    let mut folded = Zeroizing::new(String::with_capacity(text.len() * NFKC_GROWTH * 2));
    folded.extend(text.nfkc().flat_map(char::to_lowercase));
    folded
}
