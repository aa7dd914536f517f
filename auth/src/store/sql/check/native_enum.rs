//! PostgreSQL's own enums, which an enum of the program can be stored as.

use super::super::ddl::CatalogueColumn;

type Fits = fn(&str) -> bool;

/// Spellings of `#[sqlx(rename_all = "…")]`, and whether all labels are spelled like that.
const SPELLINGS: [(&str, Fits); 6] = [
    ("snake_case", |label| each(label, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')),
    ("SCREAMING_SNAKE_CASE", |label| each(label, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')),
    ("kebab-case", |label| each(label, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')),
    ("PascalCase", |label| {
        label.starts_with(|c: char| c.is_ascii_uppercase()) && each(label, |c| c.is_ascii_alphanumeric())
    }),
    ("camelCase", |label| {
        label.starts_with(|c: char| c.is_ascii_lowercase()) && each(label, |c| c.is_ascii_alphanumeric())
    }),
    ("lowercase", |label| each(label, |c| !c.is_uppercase())),
];

fn each(label: &str, is: impl Fn(char) -> bool) -> bool {
    label.chars().all(is)
}

/// Returns what to write on the enum of a field so that the column can stay as it is, if it is a native enum.
pub(super) fn three_lines(found: &CatalogueColumn, is_role: bool) -> Option<String> {
    let labels: Vec<&str> = found.labels.as_deref()?.split(',').collect();
    let ty = found.ty.replace('\\', "\\\\").replace('"', "\\\"");
    let spelling = SPELLINGS.iter().find(|(_, fits)| labels.iter().all(|label| fits(label)));
    let rename = spelling.map_or(String::new(), |(name, _)| format!(", rename_all = \"{name}\""));
    let (derive, manual) = if is_role {
        ("#[derive(Clone, Debug, PartialEq, auth::AuthRole, sqlx::Type)]", " #[role(manual(sqlx))]")
    } else {
        ("#[derive(Clone, Debug, PartialEq, sqlx::Type)]", "")
    };
    Some(format!(
        "keep the column as it is and let sqlx write the enum: `{derive}{manual} #[sqlx(type_name = \"{ty}\"{rename})]`"
    ))
}
