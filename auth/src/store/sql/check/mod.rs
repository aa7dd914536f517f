//! What is wrong with the tables, as far as it can be seen from outside (promise 11): one sentence each, with the
//! statement that helps.
//!
//! The start-up check asks the database. To compare types, the database prepares a `SELECT`, and sqlx says whether the
//! fields can decode the result columns; field types that sqlx does not know are skipped by method resolution
//! (`column_type.rs`). Reading the catalogue and altering tables differ per database, and have one more file each
//! (`ddl/`); what the result means for a user type is the same for all (`check/`). Everything wrong with a column is
//! reported in one sentence, because MySQL's `MODIFY` repeats the whole column definition, and two statements would
//! undo each other. Tests run the printed statements, build, and sign up. A type that the database would not change is
//! not offered to be changed: the sentence names what depends on the column instead.

mod attached;
mod canonicalize_logins;
mod catalogue;
mod columns;
mod enum_names;
mod expected;
mod hashes;
mod logins;
mod missing;
mod native_enum;
mod privileges;
mod readable;
mod records_table;
mod row_queries;
mod rows;
mod sequence;
mod suggest;
mod trial;
mod unique;

use sqlx::SqlSafeStr;

use self::catalogue::{Index, QualifiedName, Relation, find};
use self::columns::{ExistingColumn, Severity};
use self::expected::ExpectedColumn;
use super::ddl::CatalogueColumn;
use super::table_name::audited;
use super::{Dialect, SqlRow, SqlUser};
use crate::model::schema::Schema;
use crate::store::TableReport;

pub use canonicalize_logins::{LoginConflict, LoginRepair, canonicalize_logins};
pub(super) use records_table::own_table;
pub(super) use trial::{columns_of, sign_up as try_sign_up};

/// What was found about the user table.
#[derive(Default)]
pub(super) struct Report {
    pub(super) table: TableReport,
    /// Whether a query was interrupted for lack of time.
    pub(super) gave_up: bool,
    /// What rows hold in a form that is not looked up, by the index of the login, if that was looked for.
    pub(super) noncanonical_logins: Option<Vec<(usize, Vec<String>)>>,
}

impl Report {
    fn of(schema: Vec<String>, notes: Vec<String>) -> Self {
        let mut table = TableReport::default();
        (table.schema, table.notes) = (schema, notes);
        Self { table, ..Self::default() }
    }

    fn add(&mut self, (weight, sentence): (Severity, String)) {
        match weight {
            Severity::Schema => self.table.schema.push(sentence),
            Severity::Rows => self.table.rows.push(sentence),
            Severity::Note => self.table.notes.push(sentence),
        }
    }
}

/// What was found about rows.
#[derive(Default)]
struct RowFindings {
    /// Columns that are NULL where they must not be: the number of rows, and the ids of a few.
    nulls: Vec<(&'static str, i64, String)>,
    /// The column, or an empty text, and the message.
    sentences: Vec<(&'static str, String)>,
    /// Hashes of other schemes.
    other_hashes: Vec<String>,
    /// Logins that several rows have, in columns without a unique index: how many, and the ids of a few.
    duplicates: Vec<(&'static str, i64, String)>,
    /// Logins that are not in canonical form, by the index of the login.
    scans: Vec<(usize, logins::LoginScan)>,
    /// Whether time ran out. The connection is then in the middle of a query.
    gave_up: bool,
}

impl RowFindings {
    /// Returns whether this is a login, and rows hold it in a form that is not looked up.
    fn has_unfindable(&self, schema: &Schema, column: &str) -> bool {
        let index = schema.logins.iter().position(|login| login.column == column);
        self.scans.iter().any(|(of, scan)| Some(*of) == index && scan.has_unfindable())
    }
}

/// Checks the user table.
pub(super) async fn problems<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
) -> sqlx::Result<Report> {
    let (schema, expected) = (U::SCHEMA, expected::expected_columns::<U, DB>());
    let place = split(schema.table);
    let mut problems = session::<DB>(connection).await?;
    let is_read_only = problems.iter().any(|problem| problem.contains("is read-only"));
    let Some(relation) = catalogue::relation::<DB>(connection, place).await? else {
        problems.push(missing::table(schema, &expected));
        return Ok(Report::of(problems, Vec::new()));
    };
    if !["table", "partitioned"].contains(&relation.kind.as_str()) {
        problems.push(no_table(schema, &relation));
        return Ok(Report::of(problems, Vec::new()));
    }
    let found = catalogue::columns::<DB>(connection, place).await?;
    let indexes = catalogue::indexes::<DB>(connection, place).await?;
    let mut notes = Vec::new();
    let missing = missing_privileges(&expected, &found);
    let no_privilege = privileges::sentence(schema.table, &quoted_table::<DB>(schema), &relation.user, &missing);
    let may_insert = !missing.contains(&"INSERT");
    if may_insert {
        let filled = found.iter().filter(|column| expected.iter().all(|w| w.name != column.name || !w.inserted));
        problems.extend(filled.filter_map(|column| privileges::no_sequence(schema.table, column, &relation.user)));
    }
    match no_privilege {
        // Registration may be closed on purpose.
        Some(no_privilege) if missing == ["INSERT"] => notes.push(format!("nobody can sign up: {no_privilege}")),
        Some(no_privilege) => {
            // The remaining checks read the table.
            problems.push(no_privilege);
            return Ok(Report::of(problems, notes));
        }
        None => {}
    }
    notes.extend(privileges::no_delete(schema.table, &quoted_table::<DB>(schema), &relation));
    let mut report = Report::of(problems, notes);
    let triggers = attached::to_table::<DB>(connection, schema, place, &mut report).await?;

    if may_insert && find(&found, schema.id).is_some() {
        report.table.notes.extend(sequence::taken::<DB>(connection, schema, place).await?);
    }

    let types = types::<DB>(connection, schema, &expected, &found).await?;
    let dependents = catalogue::dependents::<DB>(connection, place).await?;
    let existing = |column: &str, rows: &RowFindings| {
        let wanted_here = expected.iter().find(|expected| expected.name == column);
        let actual = types.iter().find(|(name, _)| *name == column).map(|(_, actual)| actual);
        let nulls = rows.nulls.iter().find(|(name, ..)| *name == column);
        let nulls = nulls.map(|(_, count, examples)| (*count, examples.clone()));
        let is_unique = catalogue::is_unique(&indexes, column);
        let may_be = missing::may_be(schema, &expected, &found, column);
        let found = find(&found, column)?;
        let filled_by = attached::may_fill(&triggers, column);
        let (expected, dependents, has_unfindable) = (wanted_here, &dependents, rows.has_unfindable(schema, column));
        Some(ExistingColumn {
            found,
            expected,
            actual,
            is_unique,
            nulls,
            dependents,
            may_be,
            filled_by,
            has_unfindable,
        })
    };
    let is_missing = expected.iter().any(|column| find(&found, column.name).is_none());
    let has_rows = is_missing && has_rows::<DB>(connection, schema).await?;
    let none = RowFindings::default();
    let is_wrong = |column: &str| existing(column, &none).is_some_and(|known| known.is_of_wrong_type());
    let logins = schema.logins.iter().map(|login| login.column).filter(|column| find(&found, column).is_some());
    let not_unique: Vec<_> = logins.filter(|column| !catalogue::is_unique(&indexes, column)).collect();
    let mut rows = rows::rows::<U, DB>(connection, &expected, &found, &not_unique, is_wrong).await?;

    report.gave_up = rows.gave_up;
    report.noncanonical_logins = Some(rows.scans.iter_mut().map(|(index, scan)| (*index, scan.take_texts())).collect());
    report.table.schema.extend(missing::columns(schema, place, &expected, &found, has_rows));
    // In the order of the fields, followed by columns without a field.
    let fields = expected.iter().map(|column| column.name);
    let others =
        found.iter().map(|column| column.name.as_str()).filter(|name| !expected.iter().any(|w| w.name == *name));
    let mut known = Vec::new();
    for column in fields.chain(others) {
        if let Some(problem) = existing(column, &rows).and_then(|column| column.problem(schema)) {
            if problem.0 == Severity::Schema {
                known.push(column.to_owned());
            }
            report.add(problem);
        }
    }
    for column in not_unique {
        let near = unique::near::<DB>(connection, place, &indexes, column).await?;
        report.table.schema.push(unique::missing::<DB>(schema, column, &relation, &near, &rows));
    }
    report.table.notes.extend(unique::only_the_beginning::<DB>(schema, &indexes));
    let fits = expected.iter().all(|column| find(&found, column.name).is_some() && !is_wrong(column.name));
    if fits && may_insert && !report.gave_up && !is_read_only {
        let table = trial::Table { schema, place, found: &found, indexes: &indexes, known: &known };
        let trial = trial::run::<U, DB>(connection, table).await?;
        report.gave_up |= trial.gave_up;
        trial.found.into_iter().for_each(|found| report.add(found));
    }
    report.table.rows.extend(rows.sentences.into_iter().map(|(_, sentence)| sentence));
    report.table.other_hashes = rows.other_hashes;
    Ok(report)
}

/// Returns problems with the connection itself.
async fn session<DB: Dialect>(connection: &mut DB::Connection) -> sqlx::Result<Vec<String>> {
    let Some(query) = DB::SESSION else { return Ok(Vec::new()) };
    let rows = DB::fetch(connection, query.into_sql_str(), DB::Arguments::default()).await?;
    rows.iter().map(|row| DB::text(row, 0)).collect()
}

/// Returns the types met when reading a row, for the columns whose fields have a type that sqlx supports.
async fn types<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    expected: &[ExpectedColumn<DB>],
    found: &[CatalogueColumn],
) -> sqlx::Result<Vec<(&'static str, DB::TypeInfo)>> {
    let known = expected.iter().filter(|column| column.ty.is_some() && find(found, column.name).is_some());
    let names: Vec<_> = known.map(|column| column.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let quoted: Vec<_> = names.iter().map(|name| DB::quote(name)).collect();
    let query = format!("SELECT {} FROM {}", quoted.join(", "), quoted_table::<DB>(schema));
    Ok(names.into_iter().zip(DB::types(connection, audited(query)).await?).collect())
}

async fn has_rows<DB: Dialect>(connection: &mut DB::Connection, schema: &Schema) -> sqlx::Result<bool> {
    let query = format!("SELECT 1 FROM {} LIMIT 1", quoted_table::<DB>(schema));
    Ok(!DB::fetch(connection, audited(query), DB::Arguments::default()).await?.is_empty())
}

/// One sentence instead of several statements that could not run.
fn no_table(schema: &Schema, relation: &Relation) -> String {
    format!(
        "`{}` is a {}, which has no unique index, no defaults and no ids of its own: name the table behind it in \
         `#[auth(table = \"…\")]`, or, if sign-up can insert into it and you have checked all of that yourself, call \
         `skip_table_check()`",
        schema.table, relation.kind
    )
}

fn missing_privileges<DB: Dialect>(expected: &[ExpectedColumn<DB>], found: &[CatalogueColumn]) -> Vec<&'static str> {
    let needed = expected.iter().filter_map(|column| {
        let rights: &[_] = match (column.inserted, column.updated) {
            (true, true) => &["SELECT", "INSERT", "UPDATE"],
            (true, false) => &["SELECT", "INSERT"],
            (false, true) => &["SELECT", "UPDATE"],
            (false, false) => &["SELECT"],
        };
        Some((find(found, column.name)?, rights))
    });
    // Not every application deletes users, so that right is left to it.
    privileges::list(needed, true)
}

/// `app.users` is the table `users` in `app`. What precedes the schema (`database.app.users`) can only be the current
/// database.
fn split(table: &str) -> QualifiedName<'_> {
    match table.rsplit_once('.') {
        Some((schema, table)) => (schema.rsplit('.').next(), table),
        None => (None, table),
    }
}

fn quoted_table<DB: Dialect>(schema: &Schema) -> String {
    schema.table.split('.').map(DB::quote).collect::<Vec<_>>().join(".")
}

/// Returns whether an index begins with these columns.
fn begins_with(index: &Index, columns: &[&str]) -> bool {
    index.columns.len() >= columns.len() && index.columns.iter().zip(columns).all(|(there, expected)| there == expected)
}
