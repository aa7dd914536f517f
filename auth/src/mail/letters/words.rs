//! What a letter is about, and what it says in one language.

use std::time::Duration;

use crate::model::event::LetterKind;

/// What a letter is about.
pub(super) struct Facts<'a> {
    pub(super) kind: LetterKind,
    pub(super) service: &'a str,
    pub(super) link: &'a str,
    /// In two groups.
    pub(super) code: String,
    pub(super) expires_in: Duration,
    /// An address of somebody, or of a network.
    pub(super) about: Option<String>,
}

impl<'a> Facts<'a> {
    pub(super) const fn of(kind: LetterKind, service: &'a str) -> Self {
        Self { kind, service, link: "", code: String::new(), expires_in: Duration::ZERO, about: None }
    }

    pub(super) fn link(self, link: &'a str, expires_in: Duration) -> Self {
        Self { link, expires_in, ..self }
    }

    pub(super) fn code(self, code: &str) -> Self {
        Self { code: grouped(code), ..self }
    }

    pub(super) fn about(self, about: &str) -> Self {
        Self { about: Some(about.to_owned()), ..self }
    }

    /// How long the link works, in whole minutes.
    pub(super) fn minutes(&self) -> u64 {
        self.expires_in.as_secs().div_ceil(60).max(1)
    }
}

/// A letter in one language.
pub(super) struct Words {
    pub(super) language: &'static str,
    pub(super) subject: String,
    /// Why it comes.
    pub(super) why: String,
    /// What the link is for, and the text of its button.
    pub(super) link: Option<(String, &'static str)>,
    /// What the code is for.
    pub(super) code: Option<&'static str>,
    /// How long both work.
    pub(super) limits: Option<String>,
    /// What to do if it was somebody else, or if it was oneself.
    pub(super) otherwise: String,
}

/// Writes digits in two groups, which are easier to carry from one screen to another.
pub(super) fn grouped(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((first, second)) => format!("{first} {second}"),
        None => code.to_owned(),
    }
}
