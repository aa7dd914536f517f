//! Missing privileges of the database user, if the database can tell.

use super::super::ddl::CatalogueColumn;
use super::catalogue::Relation;

/// Describes the missing privileges for each column, and the statement that grants them.
pub(super) fn missing<'a>(
    table: &str,
    quoted: &str,
    user: &str,
    needed: impl Iterator<Item = (&'a CatalogueColumn, &'static [&'static str])>,
    may_delete: bool,
) -> Option<String> {
    sentence(table, quoted, user, &list(needed, may_delete))
}

/// Returns the sentence about these privileges.
pub(super) fn sentence(table: &str, quoted: &str, user: &str, missing: &[&str]) -> Option<String> {
    (!missing.is_empty()).then(|| {
        let rights = missing.join(", ");
        format!("the user of the database, {user}, has no right to {rights} in `{table}`: GRANT {rights} ON {quoted} TO {user};")
    })
}

/// Not every application deletes users.
pub(super) fn no_delete(table: &str, quoted: &str, relation: &Relation) -> Option<String> {
    let missing = if relation.may_delete { &[][..] } else { &["DELETE"][..] };
    sentence(table, quoted, &relation.user, missing)
        .map(|no_privilege| format!("`auth.accounts().delete(…)` fails: {no_privilege}"))
}

/// Returns the privileges that are missing on any column.
pub(super) fn list<'a>(
    needed: impl Iterator<Item = (&'a CatalogueColumn, &'static [&'static str])>,
    may_delete: bool,
) -> Vec<&'static str> {
    let mut missing: Vec<&'static str> = Vec::new();
    for (column, rights) in needed {
        let Some(has) = &column.rights else { continue };
        for right in rights {
            if !has.split(',').any(|has| has == *right) && !missing.contains(right) {
                missing.push(right);
            }
        }
    }
    if !may_delete {
        missing.push("DELETE");
    }
    missing
}

/// Sign-up leaves this column to its default, which counts by a sequence that is closed to us.
pub(super) fn no_sequence(table: &str, column: &CatalogueColumn, user: &str) -> Option<String> {
    let (sequence, name) = (column.closed_sequence.as_ref()?, &column.name);
    Some(format!(
        "the user of the database, {user}, has no right to use the sequence that fills `{table}.{name}`, so nobody could sign \
         up: GRANT USAGE ON SEQUENCE {sequence} TO {user};"
    ))
}
