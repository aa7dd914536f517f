//! `rename_all`: the seven spellings of sqlx (and serde), with the same word boundaries as sqlx.

/// A way to spell names.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Snake,
    Upper,
    ScreamingSnake,
    Kebab,
    Camel,
    Pascal,
}

impl Case {
    const NAMES: [(&'static str, Case); 7] = [
        ("snake_case", Case::Snake),
        ("kebab-case", Case::Kebab),
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
        ("camelCase", Case::Camel),
        ("PascalCase", Case::Pascal),
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    pub(crate) fn apply(self, name: &str) -> String {
        let join = |separator: &str, spell: fn(&str) -> String| {
            words(name).iter().map(|word| spell(word)).collect::<Vec<_>>().join(separator)
        };
        match self {
            Self::Lower => name.to_lowercase(),
            Self::Upper => name.to_uppercase(),
            Self::Snake => join("_", str::to_lowercase),
            Self::ScreamingSnake => join("_", str::to_uppercase),
            Self::Kebab => join("-", str::to_lowercase),
            Self::Pascal => join("", capital),
            Self::Camel => {
                let words = words(name);
                let tail = words.iter().skip(1).map(|word| capital(word));
                words.first().map(|first| first.to_lowercase()).into_iter().chain(tail).collect()
            }
        }
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars.as_str().to_lowercase().chars()).collect())
}

/// Splits a name into words: `XMLHttpRequest_v2` → `XML`, `Http`, `Request`, `v2`. A word ends before an upper-case
/// letter that follows a lower-case one, and before the last of several upper-case letters if a lower-case one comes
/// next.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()) {
        let mut word = String::new();
        let (mut after_lower, mut after_upper) = (false, false);
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            let acronym_ends = after_upper && c.is_uppercase() && chars.peek().is_some_and(|next| next.is_lowercase());
            if (after_lower && c.is_uppercase()) || acronym_ends {
                words.push(std::mem::take(&mut word));
                (after_lower, after_upper) = (false, false);
            }
            if c.is_lowercase() {
                (after_lower, after_upper) = (true, false);
            } else if c.is_uppercase() {
                (after_lower, after_upper) = (false, true);
            }
            word.push(c);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}
