//! The canonical form in which logins are stored and looked up.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// Trims `text` and, unless `exact`, applies NFKC and lower-cases it. Idempotent.
pub(crate) fn canonical_login(text: &str, exact: bool) -> Cow<'_, str> {
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
    use super::canonical_login;

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
}
