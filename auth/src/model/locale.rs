//! The languages that somebody reads: which one a mail is written in.

/// The longest language tag that is kept; registered ones are shorter.
const MAX_TAG: usize = 35;
/// How many languages are kept.
const MOST: usize = 8;

/// The languages that a client asked for, the preferred one first: what it sent as `Accept-Language`. It is kept with a
/// mail, because a mail is written when it is sent.
///
/// ```
/// use auth::Locale;
///
/// let locale = Locale::from_header("fr;q=0.8, de-AT, en;q=0.5");
/// assert_eq!(locale.pick(&["en", "de"]), Some("de"));
/// assert_eq!(Locale::default().pick(&["en", "de"]), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    /// Reads the value of an `Accept-Language` header (RFC 9110 §12.5.4). What is no language tag is left out, and so
    /// are languages after the first eight.
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        let mut wanted: Vec<(u16, &str)> = value.split(',').filter_map(weighted).take(MOST).collect();
        // Stable: as they were written, within one weight.
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        let tags: Vec<&str> = wanted.into_iter().map(|(_, tag)| tag).collect();
        Self(tags.join(","))
    }

    /// Returns the same languages after the one that a user chose, in either spelling (`pt-BR`, `pt_BR`).
    pub(crate) fn after(&self, chosen: Option<&str>) -> Self {
        let chosen = chosen.unwrap_or_default().replace('_', "-");
        Self::from_header(&format!("{chosen},{}", self.0))
    }

    /// Returns the preferred one of these languages (`en`, `de`), if any of them is wanted. Regions do not matter.
    #[must_use]
    pub fn pick<'a>(&self, languages: &[&'a str]) -> Option<&'a str> {
        let mut wanted = self.0.split(',').map(|tag| tag.split('-').next().unwrap_or_default());
        wanted.find_map(|tag| languages.iter().find(|language| tag.eq_ignore_ascii_case(language))).copied()
    }

    /// Returns the tags, separated by commas.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) const fn new() -> Self {
        Self(String::new())
    }
}

/// Reads `tag` or `tag;q=0.5`; the weight is in thousandths.
fn weighted(part: &str) -> Option<(u16, &str)> {
    let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
    let tag = tag.trim();
    let plain = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if tag.is_empty() || tag.len() > MAX_TAG || !plain {
        return None;
    }
    let weight = match parameters.trim().strip_prefix("q=") {
        Some("0" | "0.0") => return None,
        Some(weight) => {
            let digits: String =
                weight.strip_prefix("0.").unwrap_or("999").chars().chain("000".chars()).take(3).collect();
            digits.parse().unwrap_or(0)
        }
        None => 1000,
    };
    Some((weight, tag))
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn the_preferred_language_comes_first_whatever_the_order() {
        for (header, picked) in [
            ("de", Some("de")),
            ("de-CH-1996", Some("de")),
            ("EN-us", Some("en")),
            ("en;q=0.1, de;q=0.9", Some("de")),
            ("fr, de;q=0.2", Some("de")),
            ("de;q=0", None),
            ("en, de", Some("en")),
            ("*", None),
            ("", None),
            ("d\u{e9}, ;q=1, \r\nde", Some("de")),
        ] {
            assert_eq!(Locale::from_header(header).pick(&["en", "de"]), picked, "{header}");
        }
        let client = Locale::from_header("en, fr");
        for (chosen, picked) in [
            (Some("de"), "de"),
            (Some("DE_at"), "de"),
            (Some("it"), "en"),
            (Some(""), "en"),
            (Some("de\r\nBcc: x"), "en"),
            (None, "en"),
        ] {
            assert_eq!(client.after(chosen).pick(&["de", "en"]), Some(picked), "{chosen:?}");
        }
        assert!(Locale::from_header(&"x-y,".repeat(10_000)).as_str().len() < 400);
    }
}
