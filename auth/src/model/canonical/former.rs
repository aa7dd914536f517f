//! The canonical form of earlier releases: rows may hold it.
//!
//! Rows that earlier releases stored (NFKC, lower case, domain in Unicode) are not rewritten: no database does NFKC. A
//! login looks for the former form first, so that everybody opens the account that they open today, also of two that
//! look alike; then for the canonical one, and for an address with the domain in Unicode. A sign-up is taken if any of
//! them exists, or one that differs by final sigmas only (`model/canonical/sign_up_forms.rs`), which lower-casing kept and folding
//! does not: a Greek name in capitals is that of its owner. What has no finite list (invisible characters) is counted
//! at start. For ASCII in lower case, which nearly all logins are, all forms are one, and so is the query. Otherwise
//! *all* forms are queried, whether an earlier one is found or not: the number of queries depends on what was typed,
//! never on what exists. (So an unknown account, one in the former form and one in the canonical form cannot be told
//! apart by queries; that a spelling has two forms, the sender knows anyway.)

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
