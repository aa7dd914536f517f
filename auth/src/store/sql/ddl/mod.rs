//! Reading the database catalogue, and the statements that change tables.

mod column;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "mysql")]
mod mysql_checks;
#[cfg(feature = "mysql")]
mod mysql_trial;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_objects;
#[cfg(feature = "postgres")]
mod postgres_trial;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
mod sqlite_trial;
mod trial;

pub(super) use column::{CatalogueColumn, Change};
pub(super) use trial::{Copy, Rehearsal};

use sqlx::error::DatabaseError;

use super::driver::Driver;
use crate::model::schema::Sql;

/// How to query the catalogue and change tables. `None` for a statement means that this database has none.
pub trait Ddl: Driver {
    /// The quote character of names.
    const QUOTE: char;

    /// Whether the schema qualifies the name of the index, not that of its table.
    const INDEX_HAS_SCHEMA: bool = false;

    /// The longest name, in bytes.
    const LONGEST_NAME: usize;

    /// What follows the columns of a new table.
    const TABLE_OPTIONS: &'static str;

    /// Whether a column with the current time as its default can be added to a table with rows.
    const ADDS_NOW: bool;

    /// Whether a column can be made `NOT NULL`.
    const FORBIDS_NULL: bool;

    /// Whether sqlx reads NULL as `0`, `""` or `false` if a field is not an `Option`.
    const READS_NULL: bool;

    /// Why only a new table helps; empty if columns can be altered.
    const CANNOT_ALTER: &'static str;

    /// `(table, schema or NULL)`: what it is (`table`, `partitioned`, `view`, …), whom to grant privileges to, and our
    /// privileges that exist only on the table, separated by commas. No row if nothing has that name.
    const RELATION: &'static str;

    /// `(table, schema or NULL)`: for each column of the table what [`CatalogueColumn::read`] reads, in the order of
    /// its fields.
    const COLUMNS: &'static str;

    /// `(table, schema or NULL)`: for each column of each index without a condition: the name of the index, whether it
    /// is unique, whether it compares all of the column byte by byte (`YES` or `NO`; `SHORT` if it compares fewer characters
    /// than the part of an address before the `@` may have), and the column, empty for an
    /// expression; in the order of the index.
    const INDEXES: &'static str;

    /// `(table, schema or NULL)`: unique indexes with a condition or an expression: the name, and what they are. `None` if
    /// there are none.
    const SPECIAL_INDEXES: Option<&'static str> = None;

    /// A query that returns a row describing the problem if this connection must not be used for writes.
    const SESSION: Option<&'static str>;

    /// The time by the clock of the server, in milliseconds since the epoch; `None` if it is that of this machine.
    const NOW: Option<&'static str>;

    /// `(schema or NULL)`: the user of the database, and where the table would be made, both in the form that `GRANT`
    /// takes. `None` if there are no privileges.
    const MAKER: Option<&'static str>;

    /// Returns the statements that let `user` make and change our tables, after the database has denied it with this
    /// message. `tables` are ours, the one with the records first, as `GRANT` takes them.
    fn grants(user: &str, place: &str, tables: [&str; 2], denied: &str) -> String {
        let _ = (user, place, tables, denied);
        String::new()
    }

    /// `(table, schema or NULL)`: what uses a column so that its type cannot be changed: the column, what it is, and
    /// `YES` if the kind of the new type matters.
    const DEPENDENTS: Option<&'static str>;

    /// `(table, schema or NULL)`: the triggers on insert and update: the name, `BEFORE` or `AFTER`, the text of what they
    /// do, and `INSERT` if they run at an insert. `None` if triggers are seen by trying.
    const TRIGGERS: Option<&'static str>;

    /// `(table, schema or NULL)`: other reasons why a new row may not be found again: `schema` or `note`, and the
    /// sentence, with the statement that helps, if any.
    const OBSTACLES: Option<&'static str>;

    /// `(table, schema or NULL)`: columns that a sequence fills, the sequence and its next number. `None` if rows with
    /// numbers of their own move it.
    const NEXT_NUMBERS: Option<&'static str> = None;

    /// Asks for the text of a table, in the second column, in which [`add_checks`](Self::add_checks) finds what
    /// [`COLUMNS`](Self::COLUMNS) does not have. `{table}` is the table.
    const TABLE_TEXT: Option<&'static str> = None;

    /// Adds to columns what a statement that changes them must repeat.
    fn add_checks(columns: &mut [CatalogueColumn], table_text: &str) {
        let _ = (columns, table_text);
    }

    /// Returns the spelling of a statement for this database.
    fn spelling(sql: &Sql) -> &'static str;

    /// Quotes a name. Names come from the derive, which checks them; a quote inside one is doubled all the same.
    fn quote(name: &str) -> String {
        let quote = Self::QUOTE;
        format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
    }

    /// Returns the statement that makes columns unique. Names are passed unquoted.
    fn unique_index(schema: Option<&str>, table: &str, index: &str, columns: &[&str]) -> String {
        let schema = schema.map_or(String::new(), |schema| format!("{}.", Self::quote(schema)));
        let columns: Vec<_> = columns.iter().map(|column| Self::quote(column)).collect();
        let (index, table, columns) = (Self::quote(index), Self::quote(table), columns.join(", "));
        if Self::INDEX_HAS_SCHEMA {
            format!("CREATE UNIQUE INDEX {schema}{index} ON {table} ({columns});")
        } else {
            format!("CREATE UNIQUE INDEX {index} ON {schema}{table} ({columns});")
        }
    }

    /// Returns a type as written in a statement, where sqlx's name for it differs; wide enough for texts of `least`
    /// characters.
    fn column_type(info: &Self::TypeInfo, least: usize) -> String;

    /// Returns how a column of a new table declares whether it is nullable.
    fn null(ty: &str, nullable: bool) -> &'static str {
        let _ = ty;
        if nullable { "" } else { " NOT NULL" }
    }

    /// Returns the type of a key that the database numbers; `None` for a type that cannot be numbered.
    fn counting(ty: &str) -> Option<String>;

    /// Returns the default of a key that the database generates but does not number.
    fn random_key(ty: &str) -> Option<&'static str> {
        let _ = ty;
        None
    }

    /// Returns the `number`th parameter of a statement, counted from 1.
    fn parameter(number: usize) -> String {
        format!("${number}")
    }

    /// Returns an expression that compares the column byte by byte.
    fn bytewise(found: &CatalogueColumn) -> String;

    /// Returns the type of a field that can read a column of this type, as far as we know one.
    fn field_type(found: &CatalogueColumn) -> Option<&'static str>;

    /// Returns a default that is right for every column of this type, such as the current time.
    fn harmless_default(found: &CatalogueColumn) -> Option<String>;

    /// Returns whether two types are so close that nothing which uses the column cares.
    fn are_alike(found: &CatalogueColumn, ty: &str) -> bool {
        let _ = (found, ty);
        false
    }

    /// Returns whether a declared type says nothing certain about the values.
    fn is_loose(info: &Self::TypeInfo) -> bool;

    /// Returns what is wrong with a text column that holds logins (and whether it is unique), or other texts that we
    /// write.
    fn text_problem(found: &CatalogueColumn, is_login: bool, is_unique: bool) -> Option<String>;

    /// Returns the statement that changes a column. The table is passed quoted.
    fn change(table: &str, change: &Change<'_>) -> Option<String>;

    /// Returns whether a column of our own table holds at least `least` bytes, and, if `compared`, compares byte by byte.
    fn holds_bytes(found: &CatalogueColumn, least: i64, compared: bool) -> bool;

    /// Returns whether a column holds 64-bit numbers.
    fn holds_numbers(found: &CatalogueColumn) -> bool;

    /// Returns an expression for the column as text. `ty` is its type as spelled in [`COLUMNS`](Self::COLUMNS).
    fn as_text(column: &str, ty: &str) -> String;

    /// Returns an expression for the text in a column that is to hold names; what is no text may stay as it is.
    fn names_in(column: &str, ty: &str) -> String {
        Self::as_text(column, ty)
    }

    /// Returns the table such that a query reads it sequentially, in storage order.
    fn from_end_to_end(table: &str) -> String;

    /// Adds a time limit in seconds to a query, if the database takes it from the query text.
    fn bounded(query: String, seconds: u64) -> String {
        let _ = seconds;
        query
    }

    /// The statements before and after queries that read many rows; `{}` stands for the time limit of each in seconds.
    const BOUND: Option<[&'static str; 3]> = None;

    /// Returns whether a query exceeded its time limit.
    fn is_out_of_time(error: &dyn DatabaseError) -> bool {
        let _ = error;
        false
    }

    /// Returns an expression for the text of a column that compares every character.
    fn exact_text(column: &str) -> String;

    /// Returns a condition: the text of the column has a character that may not belong in a login, namely a blank, a
    /// control character, a non-ASCII character or (unless `exact`) a capital. It looks at each character once, because
    /// it runs for every row.
    fn is_suspect(column: &str, exact: bool) -> String;
}

/// Returns a regular expression class that matches all characters except those that are right in every login: printable
/// ASCII without blanks and, unless `exact`, without capitals (and without the four characters behind them, which are
/// special in a class in some dialects). The characters it matches are judged one by one.
const fn suspects(exact: bool) -> &'static str {
    if exact { "[^!-~]" } else { "[^!-@_-~]" }
}

/// Returns our name for a unique index. A name too long for the database ends in a hash of the whole instead, so that
/// two names do not collide.
pub(super) fn index_name<DB: Ddl>(table: &str, what: &str) -> String {
    let name = format!("{table}_{what}_unique");
    if name.len() <= DB::LONGEST_NAME {
        return name;
    }
    // FNV-1a: any hash will do, as long as it never changes.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut kept = DB::LONGEST_NAME.saturating_sub(9);
    while !name.is_char_boundary(kept) {
        kept -= 1;
    }
    format!("{}_{hash:08x}", name.get(..kept).unwrap_or_default())
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::index_name;

    #[test]
    fn overlong_index_name_is_cut_and_stays_unique() {
        type Db = sqlx::Postgres;
        assert_eq!(index_name::<Db>("users", "email"), "users_email_unique");
        let long = "é".repeat(40);
        let (a, b) = (index_name::<Db>(&long, "email"), index_name::<Db>(&long, "e_mail"));
        assert!(a.len() <= 63 && b.len() <= 63 && a != b, "{a} {b}");
        assert_eq!(index_name::<Db>(&long, "email"), a, "the same each time");
    }
}
