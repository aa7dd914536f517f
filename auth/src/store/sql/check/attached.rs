//! What is attached to a table and may keep a new row out: policies, rules, triggers, partitions.

use super::Report;
use super::catalogue::{QualifiedName, ask};
use crate::model::schema::Schema;
use crate::store::sql::Dialect;

/// A trigger that runs before a row is inserted, and the words of its body.
pub(super) struct BeforeInsert {
    name: String,
    /// None for a function whose text is not known.
    words: Vec<String>,
}

/// Returns the trigger that may fill a column. Only a sign-up tells whether it does.
pub(super) fn may_fill<'a>(triggers: &'a [BeforeInsert], column: &str) -> Option<&'a str> {
    let column = column.to_lowercase();
    let may = |trigger: &&BeforeInsert| trigger.words.is_empty() || trigger.words.contains(&column);
    triggers.iter().find(may).map(|trigger| trigger.name.as_str())
}

/// Looks at everything attached to the table. Returns the triggers that may change a new row.
pub(super) async fn to_table<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    place: QualifiedName<'_>,
    report: &mut Report,
) -> sqlx::Result<Vec<BeforeInsert>> {
    let mut before = Vec::new();
    if let Some(query) = DB::OBSTACLES {
        for row in ask::<DB>(connection, query, place).await? {
            let sentence = DB::text(&row, 1)?;
            let is_certain = DB::text(&row, 0)? == "schema";
            if is_certain { report.table.schema.push(sentence) } else { report.table.notes.push(sentence) }
        }
    }
    if let Some(query) = DB::TRIGGERS {
        for row in ask::<DB>(connection, query, place).await? {
            let (name, time, body) = (DB::text(&row, 0)?, DB::text(&row, 1)?, DB::text(&row, 2)?);
            if let Some(why) = matters(&body, time == "BEFORE", schema) {
                report.table.notes.push(format!(
                    "the trigger `{name}` of `{}` {why}, which cannot be judged from outside: see `try_sign_up`",
                    schema.table
                ));
            }
            if time == "BEFORE" && DB::text(&row, 3)? == "INSERT" {
                before.push(BeforeInsert { name, words: words(&body) });
            }
        }
    }
    Ok(before)
}

/// Returns what a trigger may do to a sign-up. Most only note the time, or write somewhere else.
fn matters(body: &str, is_before: bool, schema: &Schema) -> Option<String> {
    let words: Vec<String> = words(body);
    let has = |pair: [&str; 2]| words.windows(2).any(|found| found == pair);
    if is_before && (has(["return", "null"]) || has(["return", "old"])) {
        return Some("may drop a row".to_owned());
    }
    if has(["raise", "exception"]) || words.iter().any(|word| word == "signal") {
        return Some("may refuse a row".to_owned());
    }
    // `NEW.email := …`, or `SET NEW.email = …`
    let written = |column: &&&str| {
        let column = column.to_lowercase();
        words
            .windows(3)
            .any(|found| matches!(found, [new, name, sign] if new == "new" && *name == column && sign == "="))
    };
    let changed = schema.columns.iter().filter(|_| is_before).find(written);
    changed.map(|column| format!("changes `{column}`"))
}

/// Returns the words in lower case, and `=` for `=` and `:=`.
pub(super) fn words(body: &str) -> Vec<String> {
    let body = body.to_lowercase().replace(":=", " = ").replace('=', " = ");
    let parts = body.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '='));
    parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
