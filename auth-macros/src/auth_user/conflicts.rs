//! Which attributes cannot be combined on one field, and the error for it: one row per rule.

use super::model::{FieldRole, RawField};
use crate::diagnostics::Diagnostics;

/// What a field *is*: these exclude each other.
const IS: [FieldRole; 10] = [
    FieldRole::Id,
    FieldRole::Login,
    FieldRole::PasswordHash,
    FieldRole::Active,
    FieldRole::Role,
    FieldRole::Roles,
    FieldRole::Permissions,
    FieldRole::Verified,
    FieldRole::Locale,
    FieldRole::Skip,
];

/// What to do about roles that are in another table.
const ELSEWHERE: &str = ": roles are read from a column of the table; if they are in another one, give the table a column that \
    lists their names (kept by a trigger), or let `table` name a view that has one (with `skip_table_check()`)";

/// `(this attribute, combined with one of these, why not)`
const RULES: [(FieldRole, &[FieldRole], &str); 19] = [
    (FieldRole::Claim, &[FieldRole::Skip], "a skipped field has no value that could go into the token"),
    (FieldRole::Register, &[FieldRole::Skip], "a skipped field has no column that sign-up could fill"),
    (FieldRole::Default, &[FieldRole::Skip], "a skipped field has no column that sign-up could fill"),
    (
        FieldRole::Claim,
        &[FieldRole::PasswordHash],
        "a token can be read by whoever holds it: a secret cannot be a claim",
    ),
    (FieldRole::Claim, &[FieldRole::Id], "the id is in every token already, as `sub`"),
    (FieldRole::Claim, &[FieldRole::Role, FieldRole::Roles], "roles are in every token already"),
    (FieldRole::Claim, &[FieldRole::Permissions], "they are in every token already"),
    (FieldRole::Claim, &[FieldRole::Verified], "it is in every token already, as `email_verified`"),
    (FieldRole::Created, &[FieldRole::Skip], "a skipped field has no column to compare"),
    (FieldRole::Created, &[FieldRole::Id], "rows with the same id are what it tells apart"),
    (
        FieldRole::Created,
        &[
            FieldRole::Login,
            FieldRole::PasswordHash,
            FieldRole::Active,
            FieldRole::Role,
            FieldRole::Roles,
            FieldRole::Permissions,
            FieldRole::Verified,
            FieldRole::Locale,
        ],
        "when it changes, the user would be signed out",
    ),
    (FieldRole::Created, &[FieldRole::Register], "nobody may choose that at sign-up; the database makes it"),
    (FieldRole::Register, &[FieldRole::Id], "nobody may choose that at sign-up; the library or the database makes it"),
    (FieldRole::Register, &[FieldRole::Login], "a login is part of every sign-up already"),
    (FieldRole::Register, &[FieldRole::PasswordHash], "the body brings the password itself, under the name `password`"),
    (
        FieldRole::Register,
        &[FieldRole::Active, FieldRole::Role, FieldRole::Roles, FieldRole::Permissions, FieldRole::Verified],
        "nobody may choose that at sign-up; use `default = …`",
    ),
    (FieldRole::Default, &[FieldRole::Register], "the value comes from the body or is fixed, not both"),
    (
        FieldRole::Default,
        &[FieldRole::Id, FieldRole::Login, FieldRole::PasswordHash],
        "sign-up has a value of its own for this field",
    ),
    (
        FieldRole::Default,
        &[FieldRole::Verified],
        "nobody has confirmed an address when they sign up; an application that did calls `set_verified`",
    ),
];

/// Reports each forbidden pair; returns whether there was none.
pub(super) fn check(field: &RawField, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.count();
    let mut is = field.field_roles.iter().filter(|(kind, _)| IS.contains(kind));
    if let Some((kind, first)) = is.next() {
        for (other, word) in is {
            let are_roles =
                |kind: FieldRole| matches!(kind, FieldRole::Role | FieldRole::Roles | FieldRole::Permissions);
            let is_elsewhere =
                (*kind == FieldRole::Skip && are_roles(*other)) || (*other == FieldRole::Skip && are_roles(*kind));
            let more = if is_elsewhere { ELSEWHERE } else { "" };
            let message = format_args!("this field is the `{first}` already; it cannot be `{word}`, too{more}");
            diagnostics.error(word, message);
        }
    }
    let has = |kind: FieldRole| field.field_roles.iter().any(|(known, _)| *known == kind);
    if let (Some((_, word)), false) =
        (field.field_roles.iter().find(|(kind, _)| *kind == FieldRole::Mail), has(FieldRole::Login))
    {
        let message = "mail goes to an address that people sign in with: write `#[auth(login, mail)]`";
        diagnostics.error(word, message);
    }
    for (kind, others, why) in RULES {
        let Some((_, word)) = field.field_roles.iter().find(|(known, _)| *known == kind) else { continue };
        if let Some((_, other)) = field.field_roles.iter().find(|(known, _)| others.contains(known)) {
            diagnostics.error(word, format_args!("`{word}` cannot stand beside `{other}`: {why}"));
        }
    }
    diagnostics.count() == before
}

/// Returns whether `kind` is on the field and allowed there: what is forbidden is not expanded.
pub(super) fn is_allowed(kind: FieldRole, field: &RawField) -> bool {
    let has = |kind: FieldRole| field.field_roles.iter().any(|(known, _)| *known == kind);
    has(kind) && !RULES.iter().any(|(refused, others, _)| *refused == kind && others.iter().any(|other| has(*other)))
}
