//! Valid names of tables, columns and claims.

use proc_macro2::Span;
use quote::ToTokens;

use crate::diagnostics::Diagnostics;

/// Claims that the library writes into every token, or that have a meaning for other readers of JWTs (RFC 7519 §4.1,
/// RFC 9068 §2.2, RFC 8693 §4, `OpenID` Connect Core §2).
const CLAIMS: [&str; 30] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "sid",
    "gen",
    "generation",
    "typ",
    "alg",
    "kid",
    "cnf",
    "act",
    "azp",
    "acr",
    "amr",
    "nonce",
    "at_hash",
    "auth_row",
    "auth_store",
    "auth_time",
    "scope",
    "client_id",
    "role",
    "roles",
    "groups",
    "entitlements",
    "permissions",
];

/// Checks the name of a claim field.
pub(super) fn check_claim(name: &str, at: impl ToTokens, diagnostics: &mut Diagnostics) {
    if CLAIMS.contains(&name) {
        let message = format!(
            "`{name}` has a meaning of its own in tokens; rename the field, with `#[sqlx(rename = \"{name}\")]` for the column"
        );
        diagnostics.error(at, message);
    } else if name == "email_verified" {
        let message =
            "`email_verified` is what tokens call the field under `#[auth(verified)]`: put that on it, or rename it";
        diagnostics.error(at, message);
    } else if name == "id" {
        diagnostics.error(at, "`id` is what `GET /me` calls the primary key; rename the field, with `#[sqlx(rename = \"id\")]` for the column");
    }
}

/// Checks a table name: identifiers, separated by dots.
pub(super) fn check_table(table: &str, at: impl ToTokens, diagnostics: &mut Diagnostics) {
    let parts: Vec<&str> = table.split('.').collect();
    if parts.len() > 3 {
        diagnostics.error(
            at,
            format_args!("`{table}` has too many parts: write `table`, `schema.table` or `database.schema.table`"),
        );
    } else if !parts.iter().all(|part| is_identifier(part)) {
        let message = format!(
            "`{table}` is not a table name: letters, digits and `_`, with a dot after the schema (`\"app.users\"`)"
        );
        diagnostics.error(at, message);
    }
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

/// Checks a column name. It is quoted in every statement, so only what could end the quotes is refused.
pub(super) fn check_column(column: &str, at: Span, diagnostics: &mut Diagnostics) {
    if column.is_empty() {
        diagnostics.error_at(at, "a column has a name");
    } else if column.contains(|c: char| c.is_control() || ['"', '`', '\\'].contains(&c)) {
        diagnostics.error_at(at, "a column name with quotes, backslashes or control characters is not supported");
    }
}
