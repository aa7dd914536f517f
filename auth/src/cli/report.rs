//! What a command prints: the same as text and as JSON.

use serde_json::Value;

use crate::base::misleading::is_misleading;

/// What a command found out.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) text: String,
    pub(super) json: Value,
    /// Whether something was found that should not be there.
    pub(super) found: bool,
    /// Whether the database did not answer everything that was to be found out.
    pub(super) unreachable: bool,
}

impl Report {
    pub(super) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, found: false, unreachable: false }
    }
}

/// Writes rows below their heads, in columns. The last column is not padded.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    columns(heads.map(str::to_owned).to_vec(), rows.iter().map(|row| row.to_vec()).collect())
}

/// The same for a number of columns that depends on the user type.
pub(super) fn columns(heads: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let lines: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
    let count = lines.first().map_or(0, Vec::len);
    let width = |place: usize| lines.iter().filter_map(|line| line.get(place)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|place| width(place).unwrap_or(0)).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

/// Writes one name and value a line, in two columns.
pub(super) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    pairs.iter().map(|(name, value)| format!("{name:width$}  {value}").trim_end().to_owned() + "\n").collect()
}

/// Writes a value as people read it: text without quotes, a list without brackets, nothing as a dash.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => one_line(text),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(values) if values.is_empty() => "-".to_owned(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => one_line(&other.to_string()),
    }
}

/// A value that somebody else chose must not move the cursor of the operator's terminal.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_misleading(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{pairs, plain, table};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["1".to_owned(), "ä long one".to_owned()], ["1000".to_owned(), String::new()]];
        assert_eq!(table(["ID", "NAME"], &rows), "ID    NAME\n1     ä long one\n1000\n");
        assert_eq!(pairs([("id", "1".to_owned()), ("login", "a".to_owned())]), "id     1\nlogin  a\n");
    }

    #[test]
    fn a_value_cannot_write_on_the_terminal() {
        assert_eq!(plain(&json!("a\u{1b}[2Jb\nc")), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(plain(&json!(["x", "y"])), "x, y");
        assert_eq!(plain(&json!([])), "-");
    }
}
