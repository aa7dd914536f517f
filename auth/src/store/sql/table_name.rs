//! The name of the library's own table.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::ddl::Ddl;
use crate::model::schema::Sql;

/// The name of our own table unless the application sets another one.
const DEFAULT: &str = "auth_records";

/// The longest name: the names of indexes are derived from it, and PostgreSQL truncates names at 63 bytes.
const LONGEST: usize = 40;

/// The validated name of our own table, or the reason why it is invalid.
#[derive(Clone, Debug)]
pub(super) struct TableName {
    schema: Option<String>,
    name: String,
    problem: Option<String>,
}

impl Default for TableName {
    fn default() -> Self {
        Self { schema: None, name: DEFAULT.to_owned(), problem: None }
    }
}

impl TableName {
    /// Parses `records` or `app_auth.records`. If the name is invalid, the problem is recorded and the default takes
    /// its place, so that only letters, digits and `_` get into a statement.
    pub(super) fn parse(text: &str) -> Self {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        if schema.into_iter().chain([name]).all(is_name) {
            return Self { schema: schema.map(str::to_owned), name: name.to_owned(), problem: None };
        }
        let problem = format!(
            "`{text}` is not the name of a table: ASCII letters, digits and `_`, {LONGEST} at most, with a dot after the \
             schema (`app_auth.records`)"
        );
        Self { problem: Some(problem), ..Self::default() }
    }

    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    pub(super) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name for use in a message.
    pub(super) fn plain(&self) -> String {
        self.schema.as_ref().map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }

    /// Returns the table in which sqlx records the applied migrations. Each name has its own, without exception, so
    /// that two applications can share a database.
    pub(super) fn history(&self) -> Self {
        Self { name: format!("_{}_migrations", self.name), ..self.clone() }
    }

    /// Returns the same name in that schema.
    pub(super) fn within(&self, schema: String) -> Self {
        Self { schema: Some(schema), ..self.clone() }
    }

    /// Returns the name for use in a statement.
    pub(super) fn quoted<DB: Ddl>(&self) -> String {
        self.schema_and_dot::<DB>() + &DB::quote(&self.name)
    }

    fn schema_and_dot<DB: Ddl>(&self) -> String {
        self.schema.as_ref().map_or_else(String::new, |schema| DB::quote(schema) + ".")
    }

    /// Returns a statement about the table, from a literal with `{table}` in it.
    pub(super) fn statement<DB: Ddl>(&self, sql: &Sql) -> SqlStr {
        audited(DB::spelling(sql).replace("{table}", &self.quoted::<DB>()))
    }

    /// Returns the text of a migration, from a literal with `{schema}` and `{name}` in it.
    pub(super) fn migration<DB: Ddl>(&self, sql: &str) -> String {
        sql.replace("{schema}", &self.schema_and_dot::<DB>()).replace("{name}", &self.name)
    }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.len() <= LONGEST && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The only place where SQL text is built at run time. Everything in it is one of our literals, or the quoted name of a
/// table or column: a literal of the derive, which checks that it is an identifier, or a [`TableName`]. No input
/// reaches it.
pub(super) fn audited(query: String) -> SqlStr {
    AssertSqlSafe(query).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::TableName;

    #[test]
    fn only_names_get_into_statements() {
        for good in ["records", "app_auth.records", "A1", "_x._y"] {
            let name = TableName::parse(good);
            assert_eq!((name.plain().as_str(), name.problem()), (good, None));
        }
        let long = "x".repeat(41);
        for bad in ["", ".", "a.", ".a", "a.b.c", "1a", "a b", "a\"b", "a`b", "a;b", "é", "a\0", "{name}", &long] {
            let name = TableName::parse(bad);
            assert_eq!(name.plain(), "auth_records", "{bad}");
            assert!(name.problem().is_some_and(|problem| problem.contains(bad)), "{bad}");
        }
    }
}
