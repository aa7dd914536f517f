//! What a function is an item of. A rule needs a type beside the function, which an `impl` has no room for; but an attribute
//! sees only its function, and what it returns there fails with words about a `struct` that nobody wrote. So the source
//! is consulted. Whatever is unclear counts as free: the compiler decides then.
//!
//! This is asked only if the attribute is indented, and only for the error. A guard without a rule would work in an
//! `impl`, but then adding a rule would break it; so it goes on free functions only.

use std::borrow::Cow;

use crate::types::is_word;

/// What surrounds the function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EnclosingItem {
    /// A module or a block, or it is not known.
    #[default]
    Free,
    Impl,
    Trait,
}

impl EnclosingItem {
    /// Returns "an impl" or "a trait", as a message calls it.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Free => None,
            Self::Impl => Some("an `impl`"),
            Self::Trait => Some("a trait"),
        }
    }

    /// Returns what the innermost brace belongs to that is still open at the end of `source`.
    pub(crate) fn of(source: &str) -> Self {
        const BEFORE: [&str; 6] = ["pub", "unsafe", "safe", "default", "auto", "const"];
        // For each open bracket, what it belongs to; and the first word since the last item.
        let mut open: Vec<(Self, Option<Cow<'_, str>>)> = vec![(Self::Free, None)];
        for token in Lexer(source) {
            let Some((_, first)) = open.last_mut() else { return Self::Free };
            match token {
                "{" => {
                    let item = match first.as_deref() {
                        Some("impl") => Self::Impl,
                        Some("trait") => Self::Trait,
                        _ => Self::Free,
                    };
                    *first = None;
                    open.push((item, None));
                }
                "(" | "[" => open.push((Self::Free, None)),
                "}" | ")" | "]" => drop(open.pop()),
                ";" => *first = None,
                word if first.is_none() && word.starts_with(is_word) && !BEFORE.contains(&word) => {
                    *first = Some(word.into());
                }
                _ => {}
            }
        }
        open.last().map_or(Self::Free, |(item, _)| *item)
    }
}

/// Words and single characters, without comments, strings and blanks.
struct Lexer<'a>(&'a str);

impl<'a> Lexer<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (token, rest) = self.0.split_at_checked(length).unwrap_or((self.0, ""));
        self.0 = rest;
        token
    }

    /// Skips to behind `end`.
    fn skip_past(&mut self, end: &str) {
        self.0 = self.0.split_once(end).map_or("", |(_, rest)| rest);
    }

    fn skip_string(&mut self, quote: char) {
        let mut escaped = false;
        let end = self.0.char_indices().skip(1).find(|(_, c)| {
            let is_end = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            is_end
        });
        self.take(end.map_or(self.0.len(), |(index, _)| index + 1));
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.0.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.0.starts_with("*/") {
                depth -= 1;
                self.take(2);
            } else {
                self.take(self.0.chars().next().map_or(1, char::len_utf8));
            }
            if depth == 0 || self.0.is_empty() {
                return;
            }
        }
    }

    /// Returns whether a character follows, and not a lifetime.
    fn is_character(&self) -> bool {
        let mut chars = self.0.chars().skip(1);
        let first = chars.next();
        first == Some('\\') || chars.next() == Some('\'')
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.0 = self.0.trim_start();
            let first = self.0.chars().next()?;
            if self.0.starts_with("//") {
                self.skip_past("\n");
            } else if self.0.starts_with("/*") {
                self.skip_comment();
            } else if first == '"' || (first == '\'' && self.is_character()) {
                self.skip_string(first);
            } else if is_word(first) {
                let length = self.0.find(|c| !is_word(c)).unwrap_or(self.0.len());
                let word = self.take(length);
                let hashes = self.0.len() - self.0.trim_start_matches('#').len();
                // `r"…"`, `br#"…"#`.
                if word.ends_with('r') && word.len() < 3 && self.0.trim_start_matches('#').starts_with('"') {
                    self.take(hashes + 1);
                    self.skip_past(&format!("\"{}", "#".repeat(hashes)));
                } else {
                    return Some(word);
                }
            } else {
                return Some(self.take(first.len_utf8()));
            }
        }
    }
}
