//! One mail that waits in the outbox: what it is about, and nothing that its reader could use.

use serde::{Deserialize, Serialize};

use super::token::MailToken;
use crate::model::event::LetterKind;
use crate::model::locale::Locale;

/// A mail to be sent.
pub(crate) struct NewMail<'a> {
    pub(crate) kind: LetterKind,
    /// The id of the user, as text.
    pub(crate) owner: &'a str,
    pub(crate) address: &'a str,
    /// The token whose link and code it has.
    pub(crate) token: Option<&'a MailToken>,
    pub(crate) locale: &'a Locale,
    /// What a notice is about, if it says so: an address of a network, how many codes are left, or the former address,
    /// to which it goes.
    pub(crate) about: Option<String>,
}

/// The value of the record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Queued {
    #[serde(rename = "k")]
    kind: String,
    /// The id of the token.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
    /// The address that the user had, as an HMAC: the mail goes to no other one.
    #[serde(rename = "a")]
    pub(super) address: String,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<String>,
    #[serde(rename = "l", default, skip_serializing_if = "String::is_empty")]
    locale: String,
    /// How often it was tried in vain.
    #[serde(rename = "n", default)]
    pub(super) failures: u32,
}

impl Queued {
    pub(super) fn new(wanted: &NewMail<'_>, address: String) -> Self {
        Self {
            kind: wanted.kind.name().to_owned(),
            token: wanted.token.map(|token| token.id().to_owned()),
            address,
            about: wanted.about.clone(),
            locale: wanted.locale.as_str().to_owned(),
            failures: 0,
        }
    }

    /// Returns what the mail is about; `None` if a later release wrote it.
    pub(super) fn kind(&self) -> Option<LetterKind> {
        LetterKind::ALL.into_iter().find(|kind| kind.name() == self.kind)
    }

    pub(super) fn locale(&self) -> Locale {
        Locale::from_header(&self.locale)
    }
}
