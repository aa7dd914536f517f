//! The built-in letters: what is said, apart from the language it is said in.

use super::html::Html;
use super::words::{Facts, Words};
use super::written::Written;
use super::{english, german};
use crate::model::locale::Locale;

/// Writes a letter in the language that its reader prefers.
pub(super) fn built_in(facts: &Facts<'_>, locale: &Locale) -> Written {
    let german = locale.pick(&["en", "de"]) == Some("de");
    assembled(if german { german::words(facts) } else { english::words(facts) }, facts)
}

/// Puts text and HTML together from the same words.
pub(super) fn assembled(words: Words, facts: &Facts<'_>) -> Written {
    let Words { language, subject, why, link, code, limits, otherwise } = words;
    let mut html = Html::new(language).paragraph(&why);
    let mut parts = vec![why];
    if let Some((what, button)) = link {
        html = html.paragraph(&what).button(facts.link, button);
        parts.push(format!("{what}\n{}", facts.link));
    }
    if let Some(what) = code {
        html = html.paragraph(what).code(&facts.code);
        parts.push(format!("{what}\n{}", facts.code));
    }
    for last in limits.into_iter().chain([otherwise]) {
        html = html.paragraph(&last);
        parts.push(last);
    }
    Written { subject, text: parts.join("\n\n") + "\n", html: Some(html.finish()) }
}
