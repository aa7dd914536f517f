//! How a sign-up can be tried without leaving anything behind.

use sqlx::error::DatabaseError;

use super::super::driver::Driver;
use super::CatalogueColumn;

/// Where the rows of a trial go.
pub struct Copy {
    /// The table, quoted.
    pub name: String,
    /// The statements before.
    pub make: Vec<String>,
    /// The statements after, outside a transaction.
    pub drop: Vec<String>,
}

/// What each database says about a row that it refuses, and how the table is copied.
pub trait Rehearsal: Driver {
    /// Whether the trial runs in a transaction that is rolled back.
    const COPIES_IN_TRANSACTION: bool;

    /// A statement that begins a transaction if there is none any more, and fails without harm otherwise.
    const REOPEN: Option<&'static str>;

    /// The condition for the rows of the trial, in a query that calls the table `mine`.
    const NEWEST: &'static str;

    /// `(table, schema or NULL)`: the `CHECK` constraints: name, expression, and columns, if they are not in the
    /// expression; or, without a name, the text of `CREATE TABLE`.
    const CHECKS: &'static str;

    /// `(table, schema or NULL)`: foreign keys of one column: name, column, and the other table (quoted) and its column.
    const REFERENCES: &'static str;

    /// `(table, schema or NULL)`: a row if what is written into the table can be rolled back. `None` if it always can.
    const TRANSACTIONAL: Option<&'static str>;

    /// Returns the copy of a table. The original is passed quoted.
    fn copy(original: &str, schema: Option<&str>, found: &[CatalogueColumn]) -> Copy;

    /// Returns the statement that takes a constraint off the copy.
    fn drop_check(copy: &str, name: &str) -> Option<String>;

    /// Returns the name of the `CHECK` constraint that was violated, or its expression.
    fn violated_check(error: &dyn DatabaseError) -> Option<String>;

    /// Returns the name of the unique index that was violated, or a text that names its columns.
    fn violated_key(error: &dyn DatabaseError) -> Option<String>;

    /// Returns whether a statement failed whatever its values were.
    fn is_about_statement(error: &dyn DatabaseError) -> bool;

    /// Returns whether a trigger refused the row.
    fn is_by_trigger(error: &dyn DatabaseError) -> bool;

    /// Returns whether the database takes no writes from us.
    fn takes_no_writes(error: &dyn DatabaseError) -> bool;

    /// Returns the value that an enum lacks.
    fn missing_label(error: &dyn DatabaseError) -> Option<String> {
        let _ = error;
        None
    }

    /// Returns the statement that adds values to the enum of a column, or the new type.
    fn add_labels(found: &CatalogueColumn, labels: &[&str]) -> Option<Result<String, String>> {
        let _ = (found, labels);
        None
    }
}
