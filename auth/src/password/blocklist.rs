//! The 10 000 most common passwords of eight or more characters, lower-cased, in byte order, one per line.
//!
//! The data comes from the password lists of zxcvbn (MIT, © 2012–2016 Dan Wheeler and Dropbox, Inc.; Python edition ©
//! 2016 Daniel Wolf) and of Django (BSD-3-Clause, © Django Software Foundation and individual contributors), merged by
//! the better rank. The lists come from published leaks and contain what people type, including offensive words. NIST
//! SP 800-63B-4 §3.1.1.2 requires such a list; OWASP ASVS 6.2.4 at least 3 000 entries.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::text::{Password, folded};

const LIST: &str = include_str!("blocklist.txt");

/// Which passwords are too common to be chosen.
#[derive(Clone, Default)]
pub(super) enum CommonPasswords {
    /// Those of the list above.
    #[default]
    BuiltIn,
    /// Those of the application, as they are compared.
    Own(Arc<HashSet<String>>),
    /// None is.
    Allowed,
}

impl CommonPasswords {
    /// Takes a list of the application.
    pub(super) fn own(words: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let words = words.into_iter().filter_map(|word| {
            let word = folded(Password::new(word.as_ref()).normal()?).to_string();
            (!word.is_empty()).then_some(word)
        });
        Self::Own(Arc::new(words.collect()))
    }

    /// Returns whether `password` (lower-cased) as a whole is one.
    pub(super) fn contains(&self, password: &str) -> bool {
        match self {
            Self::BuiltIn => find(LIST, password),
            Self::Own(words) => words.contains(password),
            Self::Allowed => false,
        }
    }

    /// Whether it is a list without words, which nobody means.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Own(words) if words.is_empty())
    }
}

/// How many words, and not which.
impl fmt::Debug for CommonPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("BuiltIn"),
            Self::Own(words) => write!(f, "Own({} words)", words.len()),
            Self::Allowed => f.write_str("Allowed"),
        }
    }
}

/// Binary search over lines: the list needs no set-up and no memory besides the text itself.
fn find(list: &str, word: &str) -> bool {
    let mut rest = list;
    while !rest.is_empty() {
        let (left, right) = rest.split_at(rest.floor_char_boundary(rest.len() / 2));
        // The midpoint falls within some line: these are its two halves, and the text before and after the line.
        let (before, start) = left.rsplit_once('\n').unwrap_or(("", left));
        let (end, after) = right.split_once('\n').unwrap_or((right, ""));
        rest = match start.bytes().chain(end.bytes()).cmp(word.bytes()) {
            Ordering::Less => after,
            Ordering::Greater => before,
            Ordering::Equal => return true,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_05_the_list_has_10_000_sorted_unique_usable_lines() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
        assert!(lines.iter().all(|line| (8..=128).contains(&line.chars().count())));
        assert!(lines.iter().all(|line| *line == line.to_lowercase() && !line.contains('\r')));
    }

    fn contains(password: &str) -> bool {
        CommonPasswords::default().contains(password)
    }

    #[test]
    fn pwd_05_every_line_is_found_and_its_neighbours_are_not() {
        for line in LIST.lines() {
            assert!(contains(line), "{line}");
            assert!(!contains(&format!("{line}\u{1}")), "{line}");
            assert!(!contains(&format!("\u{1}{line}")), "{line}");
        }
        for word in ["", "\n", "password\n", "password1\npassword2", "\u{10ffff}", "xk2#vLq9 mTz"] {
            assert!(!contains(word), "{word:?}");
        }
    }

    #[test]
    fn search_works_on_any_short_list() {
        for list in ["", "b", "b\n", "b\nd", "b\nd\n", "b\nd\nff\n", "bé\ndß\nfff\n"] {
            for word in list.lines() {
                assert!(find(list, word), "{list:?} {word}");
            }
            for word in ["a", "bb", "c", "e", "f", "g", ""] {
                assert_eq!(find(list, word), list.lines().any(|line| line == word), "{list:?} {word}");
            }
        }
    }
}
