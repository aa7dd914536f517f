//! Which words cannot be combined on one field, and the error for it: one row per rule.

use super::model::{Kind, RawField};
use crate::diagnostics::Diagnostics;

/// Words that say what a field *is*, which exclude each other.
const IS: [Kind; 9] = [
    Kind::Id,
    Kind::Login,
    Kind::PasswordHash,
    Kind::Active,
    Kind::Role,
    Kind::Roles,
    Kind::Permissions,
    Kind::Verified,
    Kind::Skip,
];

/// What to do about roles that are in another table.
const ELSEWHERE: &str = ": roles are read from a column of the table; if they are in another one, give the table a column that \
    lists their names (kept by a trigger), or let `table` name a view that has one (with `skip_table_check()`)";

/// `(this word, combined with one of these, why not)`
const RULES: [(Kind, &[Kind], &str); 18] = [
    (Kind::Claim, &[Kind::Skip], "a skipped field has no value that could go into the token"),
    (Kind::Register, &[Kind::Skip], "a skipped field has no column that sign-up could fill"),
    (Kind::Default, &[Kind::Skip], "a skipped field has no column that sign-up could fill"),
    (Kind::Claim, &[Kind::PasswordHash], "a token can be read by whoever holds it: a secret cannot be a claim"),
    (Kind::Claim, &[Kind::Id], "the id is in every token already, as `sub`"),
    (Kind::Claim, &[Kind::Role, Kind::Roles], "roles are in every token already"),
    (Kind::Claim, &[Kind::Permissions], "they are in every token already"),
    (Kind::Claim, &[Kind::Verified], "it is in every token already, as `email_verified`"),
    (Kind::Created, &[Kind::Skip], "a skipped field has no column to compare"),
    (Kind::Created, &[Kind::Id], "rows with the same id are what it tells apart"),
    (
        Kind::Created,
        &[Kind::Login, Kind::PasswordHash, Kind::Active, Kind::Role, Kind::Roles, Kind::Permissions, Kind::Verified],
        "when it changes, the user would be signed out",
    ),
    (Kind::Created, &[Kind::Register], "nobody may choose that at sign-up; the database makes it"),
    (Kind::Register, &[Kind::Id], "nobody may choose that at sign-up; the library or the database makes it"),
    (Kind::Register, &[Kind::Login], "a login is part of every sign-up already"),
    (Kind::Register, &[Kind::PasswordHash], "the body brings the password itself, under the name `password`"),
    (
        Kind::Register,
        &[Kind::Active, Kind::Role, Kind::Roles, Kind::Permissions, Kind::Verified],
        "nobody may choose that at sign-up; use `default = …`",
    ),
    (Kind::Default, &[Kind::Register], "the value comes from the body or is fixed, not both"),
    (Kind::Default, &[Kind::Id, Kind::Login, Kind::PasswordHash], "sign-up has a value of its own for this field"),
];

/// Reports each forbidden pair of words; returns whether there was none.
pub(super) fn none(field: &RawField, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.count();
    let mut is = field.words.iter().filter(|(kind, _)| IS.contains(kind));
    if let Some((kind, first)) = is.next() {
        for (other, word) in is {
            let are_roles = |kind: Kind| matches!(kind, Kind::Role | Kind::Roles | Kind::Permissions);
            let is_elsewhere = (*kind == Kind::Skip && are_roles(*other)) || (*other == Kind::Skip && are_roles(*kind));
            let more = if is_elsewhere { ELSEWHERE } else { "" };
            let message = format_args!("this field is the `{first}` already; it cannot be `{word}`, too{more}");
            diagnostics.error(word, message);
        }
    }
    for (kind, others, why) in RULES {
        let Some((_, word)) = field.words.iter().find(|(known, _)| *known == kind) else { continue };
        if let Some((_, other)) = field.words.iter().find(|(known, _)| others.contains(known)) {
            diagnostics.error(word, format_args!("`{word}` cannot stand beside `{other}`: {why}"));
        }
    }
    diagnostics.count() == before
}

/// Returns whether `kind` is on the field and allowed there: forbidden words are not expanded.
pub(super) fn allow(kind: Kind, field: &RawField) -> bool {
    let has = |kind: Kind| field.words.iter().any(|(known, _)| *known == kind);
    has(kind) && !RULES.iter().any(|(refused, others, _)| *refused == kind && others.iter().any(|other| has(*other)))
}
