//! `schema`, `migrations`, `prepare`, `purge`: the tables of the application and our own.

use std::fmt::Write as _;

use serde_json::json;

use super::failure::Failure;
use super::report::Report;
use crate::auth::{Auth, AuthBuilder};
use crate::model::user::AuthUser;

/// Compares the user type with the table, as `build()` does.
pub(super) async fn check<U: AuthUser>(builder: &AuthBuilder<U>) -> Result<Report, Failure> {
    let table = builder.check_tables().await?;
    let parts = [
        ("`build()` refuses this", &table.schema),
        ("some users cannot sign in", &table.rows),
        ("may be intended", &table.notes),
        ("hashes of another scheme", &table.other_hashes),
    ];
    let mut text = String::new();
    for (title, found) in parts.iter().filter(|(_, found)| !found.is_empty()) {
        let _ = writeln!(text, "{title}:");
        for (place, sentence) in found.iter().enumerate() {
            let _ = writeln!(text, "  {}. {}", place + 1, sentence.replace('\n', "\n     "));
        }
    }
    if table.is_empty() {
        text = format!("the table `{}` fits `{}`\n", U::SCHEMA.table, U::SCHEMA.name);
    }
    let json = json!({
        "schema": table.schema,
        "rows": table.rows,
        "notes": table.notes,
        "other_hashes": table.other_hashes,
    });
    Ok(Report { found: !table.schema.is_empty() || !table.rows.is_empty(), ..Report::new(text, json) })
}

/// Prints the statements of our own tables.
pub(super) async fn migrations<U: AuthUser>(builder: &AuthBuilder<U>) -> Result<Report, Failure> {
    let sql = builder.migrations().await?;
    let sql = sql.ok_or_else(|| Failure::refused("no_migrations", "this store has no statements that create it"))?;
    Ok(Report::new(sql.clone(), json!({ "sql": sql })))
}

/// Creates our own tables, also where `build()` refuses the table of users.
pub(super) async fn prepare<U: AuthUser>(builder: &AuthBuilder<U>) -> Result<Report, Failure> {
    builder.create_tables().await?;
    Ok(Report::new("the library's own tables are ready", json!({ "done": "prepared" })))
}

pub(super) async fn purge<U: AuthUser>(auth: &Auth<U>) -> Result<Report, Failure> {
    let records = auth.purge_expired().await?;
    Ok(Report::new(format!("expired records deleted: {records}"), json!({ "deleted": records })))
}
