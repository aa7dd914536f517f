//! The canonical form of earlier releases: rows may hold it.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// Two rounds suffice for every text that is known.
const ROUNDS: usize = 8;

/// Trims `text` and, unless `exact`, applies NFKC and lower-cases it.
pub(super) fn canonical_login(text: &str, exact: bool) -> Cow<'_, str> {
    let trimmed = text.trim();
    if exact || (is_nfkc(trimmed) && !trimmed.chars().any(changes_case)) {
        return Cow::Borrowed(trimmed);
    }
    let mut folded: String = trimmed.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    // NFKC can put blanks at the edges (U+00A0 becomes a space), and lower-casing can create text that NFKC composes
    // again.
    for _ in 0..ROUNDS {
        let again: String = folded.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect();
        if again == folded {
            break;
        }
        folded = again;
    }
    Cow::Owned(folded)
}

fn changes_case(c: char) -> bool {
    let mut lower = c.to_lowercase();
    lower.next() != Some(c) || lower.next().is_some()
}
