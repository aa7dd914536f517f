//! The canonical form in which logins are stored and looked up.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// The longest text that is taken for a login, in bytes, blanks included. Canonical logins have at most 254, and no
/// character of ordinary text takes more than four times the bytes of its canonical form.
const MAX_TYPED: usize = 1024;

/// Returns the canonical form; `None` if the text is too long to be a login. Folding 60 KB takes 50 ms, so nothing
/// longer is touched, however little of it may be left afterwards.
pub(crate) fn canonical_login(text: &str, exact: bool) -> Option<Cow<'_, str>> {
    (text.len() <= MAX_TYPED).then(|| canonical(text, exact))
}

/// Returns a text in place of one that is too long to be a login: the attempt is then counted, looked up and answered
/// like one at an account that does not exist. No account has such a login, because of the control character, and
/// different texts keep different counters.
pub(crate) fn of_nobody(text: &str) -> Cow<'static, str> {
    use base64::Engine;
    use sha2::Digest;
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(text));
    Cow::Owned(format!("\u{1}{digest}"))
}

/// Trims `text` and, unless `exact`, applies NFKC and lower-cases it. Idempotent.
fn canonical(text: &str, exact: bool) -> Cow<'_, str> {
    let trimmed = text.trim();
    if exact || (is_nfkc(trimmed) && !trimmed.chars().any(changes_case)) {
        return Cow::Borrowed(trimmed);
    }
    let mut folded: String = trimmed.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    // NFKC can put blanks at the edges (U+00A0 becomes a space), and lower-casing can create text that NFKC composes
    // again.
    loop {
        let again: String = folded.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect();
        if again == folded {
            return Cow::Owned(folded);
        }
        folded = again;
    }
}

fn changes_case(c: char) -> bool {
    let mut lower = c.to_lowercase();
    lower.next() != Some(c) || lower.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::{MAX_TYPED, canonical as canonical_login, canonical_login as bounded};

    #[test]
    fn reg_03_spellings_of_one_address_are_one_login() {
        for spelling in ["Ada@X.org", " ada@x.org ", "ＡＤＡ@x.org", "ada@x.org\u{a0}", "ADA@X.ORG"] {
            assert_eq!(canonical_login(spelling, false), "ada@x.org", "{spelling:?}");
        }
        assert_eq!(canonical_login("e\u{301}@x", false), canonical_login("É@x", false));
    }

    #[test]
    fn canonical_form_is_stable() {
        for text in ["", " ", "ǅ", "ß", "İ", "ﬁ", "\u{1e9e}", "Σας", "\u{a0}a", "K"] {
            let once = canonical_login(text, false).into_owned();
            assert_eq!(canonical_login(&once, false), once, "{text:?}");
        }
    }

    #[test]
    fn exact_logins_are_only_trimmed() {
        assert_eq!(canonical_login(" Ada ", true), "Ada");
    }

    #[test]
    fn m3_what_is_too_long_to_be_a_login_is_not_folded() {
        for text in ["\u{fdfa}".repeat(20_000), "a".repeat(MAX_TYPED + 1), " ".repeat(MAX_TYPED + 1)] {
            assert_eq!((bounded(&text, false), bounded(&text, true)), (None, None));
        }
        let widest = "\u{1d41a}".repeat(MAX_TYPED / 4);
        assert_eq!(bounded(&widest, false).unwrap(), "a".repeat(MAX_TYPED / 4), "254 of four bytes each fit");
    }
}
