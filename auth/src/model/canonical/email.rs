//! E-mail addresses: a local part that is folded, and a domain that DNS resolves.

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use super::visible;

/// More characters than a domain can have: each takes at least one of the 253 bytes of its A-labels.
const MAX_DOMAIN_CHARS: usize = 253;

/// Folds an address. Ignorable characters go first: they come along when an address is copied.
pub(super) fn fold(text: &str) -> String {
    let normal: String = text.chars().filter(|c| !visible::is_ignorable(*c) || visible::is_joiner(*c)).nfkc().collect();
    let normal = visible::without_stray_joiners(&normal);
    let normal = normal.trim();
    // The domain is folded by UTS 46 and not before: case folding makes one of ς and σ, which are two domains.
    let Some((local, domain)) = normal.rsplit_once('@') else { return fold_visible(normal) };
    let mut address = fold_visible(local);
    address.push('@');
    address.push_str(&ascii(domain));
    address
}

/// Folding can separate letters from the joiner between them.
fn fold_visible(text: &str) -> String {
    let folded = super::fold(text.nfkc());
    match visible::without_stray_joiners(&folded) {
        Cow::Borrowed(_) => folded,
        Cow::Owned(less) => less,
    }
}

/// Returns the domain as A-labels, or folded if it is none: nobody signs up with that, but rows may hold it.
fn ascii(domain: &str) -> String {
    let resolved = |domain: &str| to_ascii(domain).filter(|ascii| !ascii.is_empty() || domain.is_empty());
    resolved(domain).unwrap_or_else(|| {
        let folded = fold_visible(domain);
        resolved(&folded).unwrap_or(folded)
    })
}

fn to_ascii(domain: &str) -> Option<String> {
    if domain.chars().nth(MAX_DOMAIN_CHARS).is_some() {
        return None;
    }
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore);
    ascii.ok().map(Cow::into_owned)
}

/// Whether a domain can be looked up, as far as its spelling is concerned.
pub(crate) fn is_domain(domain: &str) -> bool {
    to_ascii(domain).is_some()
}

/// Returns a canonical address with the domain in Unicode.
pub(super) fn in_unicode(canonical: &str) -> Cow<'_, str> {
    let Some((local, domain)) = canonical.rsplit_once('@') else { return Cow::Borrowed(canonical) };
    if !domain.contains("xn--") || !is_domain(domain) {
        return Cow::Borrowed(canonical);
    }
    match Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow) {
        (unicode, Ok(())) => Cow::Owned(format!("{local}@{unicode}")),
        (_, Err(_)) => Cow::Borrowed(canonical),
    }
}
