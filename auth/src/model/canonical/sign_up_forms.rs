//! The forms in which an account may have a login that somebody signs up with.

use std::borrow::Cow;

use super::{canonical_login, in_unicode, spellings};
use crate::model::schema::Login;

/// How many final sigmas are looked up in every combination: eight texts.
const MOST_COMBINED: usize = 3;

/// Returns every form that a sign-up with `text` looks for: those in which the login is looked up, and of these the forms
/// in which earlier releases kept what folds to the same. They lower-cased, so a Greek name kept the final sigma with
/// which it was typed, and the one in capitals does not find it.
///
/// Other differences that folding removes have no list: an invisible character may be any, anywhere. The check of the
/// table counts such rows.
pub(crate) fn taken_forms<'a>(login: &Login, text: &'a str) -> Vec<Cow<'a, str>> {
    let mut forms = spellings(login, text);
    if login.exact {
        return forms;
    }
    let canonical = canonical_login(login, text);
    let readable = in_unicode(login, &canonical);
    for form in [&*canonical, &*readable] {
        // The domain of an address was never folded: there, `ς` and `σ` are two.
        let (folded, rest) = match form.rfind('@').filter(|_| login.is_address()) {
            Some(at) => form.split_at(at),
            None => (form, ""),
        };
        for name in with_final_sigmas(folded) {
            let form = Cow::Owned(format!("{name}{rest}"));
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

/// Returns the text with final sigmas where words end: in all combinations if there are few, otherwise everywhere.
fn with_final_sigmas(text: &str) -> Vec<String> {
    let next = text.chars().skip(1).map(Some).chain([None]);
    let ends: Vec<usize> = text
        .char_indices()
        .zip(next)
        .filter(|((_, c), next)| *c == 'σ' && !next.is_some_and(char::is_alphabetic))
        .map(|((place, _), _)| place)
        .collect();
    // `None`: all of them.
    let sets: Vec<Option<usize>> = match ends.len() {
        0 => Vec::new(),
        few @ 1..=MOST_COMBINED => (1..1 << few).map(Some).collect(),
        _ => vec![None],
    };
    let is_final = |set: Option<usize>, place: usize| {
        let end = ends.iter().position(|end| *end == place);
        end.is_some_and(|end| set.is_none_or(|set| set >> end & 1 == 1))
    };
    let with =
        |set: Option<usize>| text.char_indices().map(|(place, c)| if is_final(set, place) { 'ς' } else { c }).collect();
    sets.into_iter().map(with).collect()
}
