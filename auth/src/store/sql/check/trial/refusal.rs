//! What a refusal means: whether it met a value that the library always writes, or a made-up one.

use sqlx::error::{DatabaseError, ErrorKind};

use super::Table;
use super::check_constraint::{self, Check};
use crate::model::schema::Schema;
use crate::store::sql::Dialect;
use crate::store::sql::check::catalogue::{Index, ask};
use crate::store::sql::check::columns::Severity;
use crate::store::sql::ddl::CatalogueColumn;
use crate::store::sql::error_kind::SqlErrorKind;

/// Knows the constraints, and which columns have made-up values.
pub(super) struct Constraints<'a> {
    schema: &'static Schema,
    found: &'a [CatalogueColumn],
    indexes: &'a [Index],
    checks: Vec<Check>,
    references: Vec<Reference>,
    made_up: Vec<&'a str>,
}

/// A foreign key of one column.
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) column: String,
    /// The other table, quoted, and its column.
    pub(super) parent: String,
    pub(super) parents_column: String,
}

/// A judged refusal.
pub(super) struct Refusal {
    pub(super) weight: Severity,
    /// Who refuses, and why.
    pub(super) by: String,
    /// The constraint, if there is one that can be taken off the copy to find the next.
    pub(super) constraint: Option<String>,
}

impl<'a> Constraints<'a> {
    pub(super) async fn of<DB: Dialect>(
        connection: &mut DB::Connection,
        table: &Table<'a>,
        made_up: &[&'static str],
    ) -> sqlx::Result<Self> {
        let mut checks = Vec::new();
        for row in ask::<DB>(connection, DB::CHECKS, table.place).await? {
            let (name, clause) = (DB::text(&row, 0)?, DB::text(&row, 1)?);
            if name.is_empty() {
                checks.extend(check_constraint::in_create_table(&clause));
            } else {
                checks.push(Check { name, clause, columns: DB::text(&row, 2)? });
            }
        }
        let reference = |row: &DB::Row| {
            let (name, column, parent) = (DB::text(row, 0)?, DB::text(row, 1)?, DB::text(row, 2)?);
            Ok(Reference { name, column, parent, parents_column: DB::text(row, 3)? })
        };
        let references: sqlx::Result<_> =
            ask::<DB>(connection, DB::REFERENCES, table.place).await?.iter().map(reference).collect();
        // What is counted by a sequence or a function of the application is not asked for here.
        let acting = table.found.iter().filter(|column| column.default_acts).map(|column| column.name.as_str());
        let logins = table.schema.logins.iter().map(|login| login.column);
        let made_up = made_up.iter().copied().chain(logins).chain(acting).collect();
        Ok(Self {
            schema: table.schema,
            found: table.found,
            indexes: table.indexes,
            checks,
            references: references?,
            made_up,
        })
    }

    /// Returns whether two sign-ups have the same values in all these columns.
    pub(super) fn is_constant(&self, columns: &[&str]) -> bool {
        self.is_certain(columns)
            && columns.iter().all(|name| {
                let column = self.found.iter().find(|column| column.name == *name);
                let default = column.and_then(|column| column.default.as_deref()).unwrap_or_default().to_uppercase();
                self.schema.inserted.contains(name) || !default.contains('(') && !default.starts_with("CURRENT")
            })
    }

    pub(super) fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Returns whether the values of all these columns are what the library or the table really writes.
    pub(super) fn is_certain(&self, columns: &[&str]) -> bool {
        !columns.iter().any(|column| self.made_up.contains(column))
    }

    /// Returns the columns that a refusal is about, as far as its constraint, key or type tells.
    pub(super) fn columns<DB: Dialect>(&self, error: &dyn DatabaseError) -> Vec<&str> {
        let all = || self.found.iter().map(|column| column.name.as_str());
        if let Some(name) = DB::violated_check(error) {
            return match self.checks.iter().find(|check| check.name == name) {
                Some(check) if !check.columns.is_empty() => check.columns.split(',').collect(),
                check => check_constraint::mentioned(check.map_or(&name, |check| &check.clause), all()),
            };
        }
        if DB::error_kind(error) == SqlErrorKind::Conflict {
            let key = DB::violated_key(error).unwrap_or_default();
            let index = self.indexes.iter().find(|index| index.name == key);
            return check_constraint::mentioned(&index.map_or(key, |index| index.columns.join(" ")), all());
        }
        if error.kind() == ErrorKind::ForeignKeyViolation {
            let named = self.references.iter().filter(|reference| error.constraint() == Some(&reference.name));
            let named: Vec<_> = named.map(|reference| reference.column.as_str()).collect();
            let all = self.references.iter().map(|reference| reference.column.as_str());
            return if named.is_empty() { all.collect() } else { named };
        }
        // "value too long for type character varying(5)": one column of a sign-up, if only one has this type.
        let of_type = |column: &&CatalogueColumn| error.message().ends_with(&format!(" {}", column.ty));
        let written = self.found.iter().filter(|column| self.schema.inserted.contains(&column.name.as_str()));
        let of_type: Vec<_> = written.filter(of_type).map(|column| column.name.as_str()).collect();
        if of_type.len() == 1 { of_type } else { Vec::new() }
    }

    /// Judges an error of the database; `None` if it says nothing about the table. `columns`: those that are written,
    /// for when the database names none.
    pub(super) fn refusal<DB: Dialect>(&self, error: &dyn DatabaseError, columns: &[&str]) -> Option<Refusal> {
        let kind = DB::error_kind(error);
        let weight = |columns: &[&str]| if self.is_certain(columns) { Severity::Schema } else { Severity::Note };
        if let Some(name) = DB::violated_check(error) {
            let check = self.checks.iter().find(|check| check.name == name);
            let columns = self.columns::<DB>(error);
            let by = match check {
                Some(check) => format!("by the constraint `{}`, which is ({})", check.name, one_line(&check.clause)),
                None => format!("by the constraint `{}`", one_line(&name)),
            };
            // Of a constraint that is not known, nobody can say what it is about.
            let weight = if check.is_none() && columns.is_empty() { Severity::Note } else { weight(&columns) };
            return Some(Refusal { weight, by, constraint: check.map(|check| check.name.clone()) });
        }
        if kind == SqlErrorKind::Conflict {
            let columns = self.columns::<DB>(error);
            let is_certain = !columns.is_empty() && self.is_certain(&columns);
            let on = if columns.is_empty() { "a unique index" } else { "the unique index on" };
            let of = if columns.is_empty() { String::new() } else { format!(" `{}`", columns.join("`, `")) };
            let by = format!("by {on}{of}");
            return Some(Refusal {
                weight: if is_certain { Severity::Schema } else { Severity::Note },
                by,
                constraint: None,
            });
        }
        if error.kind() == ErrorKind::ForeignKeyViolation {
            let columns = self.columns::<DB>(error);
            // Of a key of several columns, nobody says which they are.
            let is_certain = !columns.is_empty() && self.is_certain(&columns);
            let of = if columns.is_empty() { String::new() } else { format!(" (of `{}`)", columns.join("`, `")) };
            let by = format!("by a foreign key{of}");
            return Some(Refusal {
                weight: if is_certain { Severity::Schema } else { Severity::Note },
                by,
                constraint: None,
            });
        }
        let column = DB::refused_column(error, self.schema);
        let of = column.map_or(String::new(), |column| format!(" in `{column}`"));
        let code = error.code().unwrap_or_default();
        let says = if DB::quotes_no_value(error) || DB::is_about_statement(error) {
            format!("({code}: {})", one_line(error.message()))
        } else {
            format!("({code})")
        };
        match kind {
            SqlErrorKind::Refused => {
                let weight = if DB::is_by_trigger(error) {
                    Severity::Note
                } else {
                    column.map_or(weight(columns), |column| weight(&[column]))
                };
                Some(Refusal { weight, by: format!("a value{of} {says}"), constraint: None })
            }
            SqlErrorKind::Other if DB::is_about_statement(error) => {
                Some(Refusal { weight: Severity::Schema, by: format!("the statement {says}"), constraint: None })
            }
            _ => None,
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
