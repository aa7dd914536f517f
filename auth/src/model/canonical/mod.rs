//! One spelling: the canonical form in which logins are stored, and the forms in which they are looked up.
//!
//! Canonical means trimmed and, unless the field is `exact`, NFKC with Unicode's simple case folding: `Σ`, `σ` and `ς`
//! are one, `ß` and `ss` are two (full folding would make one account of two people). Of an e-mail address, the domain
//! becomes what DNS resolves (UTS 46, non-transitional, as A-labels), and characters that nobody sees are left out.
//!
//! One mailbox is one account. Logins are stored and looked up in one form: NFKC with *simple* case folding, in place
//! of lower-casing. `Σ`, `σ` and `ς` become one; full folding would make `ß` and `ss` one, which are two people. The
//! domain of an address is what DNS resolves: UTS 46, non-transitional, as A-labels, from text that is not folded yet
//! (`ς` and `σ` are two domains). Characters that nobody sees (`Default_Ignorable_Code_Point`) are removed from
//! addresses, where they come along when one is copied. In other logins they are refused where a login is set, together
//! with format characters, line separators and blank symbols: to remove them there would silently give people another
//! name. Joiners stay where RFC 5892 §A allows them, in addresses, too: they are seen, and belong to the name of the
//! mailbox. All of it is linear, apart from two more passes at most for texts that are not stable after the first; none
//! is known.

mod email;
mod former;
mod sign_up_forms;
pub(crate) mod visible;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use icu_casemap::CaseMapper;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

pub(crate) use self::email::is_domain;
pub(crate) use self::sign_up_forms::taken_forms;
use crate::model::schema::Login;

/// The longest text that is folded, in bytes, without the blanks around it. Canonical logins have at most 254, and no
/// character of ordinary text takes more than four times the bytes of its canonical form. Folding 60 KB takes 50 ms,
/// which strangers could ask for before any limit on accounts applies.
const MAX_TYPED: usize = 1024;

/// The most forms in which one text is looked up.
pub(crate) const MOST_SPELLINGS: usize = 3;

impl Login {
    /// Returns the canonical form of a login: what sign-up stores and login looks for. Nothing is checked; for a text
    /// that is to be stored, call [`canonical_login`](crate::canonical_login).
    ///
    /// Trimmed; unless the field is [`exact`](Self::exact), also NFKC with simple case folding and, for an
    /// [address](Self::is_address), the domain as DNS resolves it and without characters that are not seen. Idempotent.
    #[must_use]
    pub fn canonical<'a>(&self, text: &'a str) -> Cow<'a, str> {
        canonical_login(self, text)
    }
}

/// Returns the canonical form of a login; a text that is too long to be one as it is. Idempotent; the work is linear in
/// the length of `text`.
pub(crate) fn canonical_login<'a>(login: &Login, text: &'a str) -> Cow<'a, str> {
    let trimmed = text.trim();
    if login.exact || trimmed.len() > MAX_TYPED || is_plain(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    // From the form of earlier releases on: whatever opens one of their rows is the same login as what is in that row.
    // `İ` has no simple folding, but its lower case is `i̇`. As two logins, whoever signed up with one would be found
    // first by the owner of the other.
    let mut folded = fold_once(&former::canonical_login(trimmed, false), login.is_address());
    // Once is enough for every text that is known; text from strangers gets a second look, and not more than a third.
    for _ in 0..2 {
        let again = fold_once(&folded, login.is_address());
        if again == folded {
            break;
        }
        folded = again;
    }
    Cow::Owned(folded)
}

/// Returns every form in which rows may hold the login that is typed as `text`, each once: that of earlier releases
/// first, so that nobody is signed in to another account than before; then the canonical form; then an address with its
/// domain in Unicode, as it is read and as earlier releases stored it.
///
/// The number depends on `text` alone. A caller that looks up all of them, found or not, does not tell by its queries
/// which one exists.
pub(crate) fn spellings<'a>(login: &Login, text: &'a str) -> Vec<Cow<'a, str>> {
    if let Some(nobody) = of_nobody(text) {
        return vec![Cow::Owned(nobody)];
    }
    let canonical = canonical_login(login, text);
    let mut spellings = vec![former::canonical_login(text, login.exact)];
    for spelling in [canonical.clone(), Cow::Owned(in_unicode(login, &canonical).into_owned())] {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// Returns the text under which a login is named in events, and its rates are counted: one for all its spellings.
pub(crate) fn counted_as<'a>(login: &Login, text: &'a str) -> Cow<'a, str> {
    if let Some(nobody) = of_nobody(text) {
        return Cow::Owned(nobody);
    }
    match canonical_login(login, text) {
        Cow::Borrowed(canonical) => in_unicode(login, canonical),
        Cow::Owned(canonical) => Cow::Owned(in_unicode(login, &canonical).into_owned()),
    }
}

/// Returns a text in place of one that is too long to be a login: an attempt with it is then counted, looked up and
/// answered like one at an account that does not exist. No account has such a login, because of the control character,
/// and different texts keep different counters.
fn of_nobody(text: &str) -> Option<String> {
    let trimmed = text.trim();
    (trimmed.len() > MAX_TYPED).then(|| format!("\u{1}{}", URL_SAFE_NO_PAD.encode(Sha256::digest(trimmed))))
}

/// Whether a stored text can be found by somebody who types it.
#[cfg_attr(not(feature = "_sqlx"), allow(dead_code, reason = "for tables"))]
pub(crate) fn is_found(login: &Login, stored: &str) -> bool {
    spellings(login, stored).iter().any(|spelling| spelling == stored)
}

/// Whether a sign-up with the same login in canonical form finds a stored text.
#[cfg_attr(not(feature = "_sqlx"), allow(dead_code, reason = "for tables"))]
pub(crate) fn is_found_by_sign_ups(login: &Login, stored: &str) -> bool {
    taken_forms(login, &canonical_login(login, stored)).iter().any(|form| form == stored)
}

fn in_unicode<'a>(login: &Login, canonical: &'a str) -> Cow<'a, str> {
    if login.exact || !login.is_address() { Cow::Borrowed(canonical) } else { email::in_unicode(canonical) }
}

/// Whether every form of `trimmed` is itself: most logins are lower-case ASCII.
fn is_plain(trimmed: &str) -> bool {
    trimmed.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

fn fold_once(text: &str, is_address: bool) -> String {
    let folded = if is_address { email::fold(text) } else { fold(text.nfkc()) };
    let trimmed = folded.trim();
    if trimmed.len() == folded.len() { folded } else { trimmed.to_owned() }
}

/// Folds case; then NFKC again, because folding can leave what it composes.
fn fold(text: impl Iterator<Item = char>) -> String {
    let cases = CaseMapper::new();
    text.map(|c| cases.simple_fold(c)).nfkc().collect()
}

#[cfg(test)]
mod tests;
