//! What a database says of its tables, and the statements that change them.

mod column;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(super) use column::{Change, Found};

use sqlx::error::DatabaseError;

use super::dialect::Driver;

/// How the catalogue is asked and tables are changed. `None` for a statement means that this database has none.
pub trait Ddl: Driver {
    /// What stands around a name.
    const QUOTE: char;

    /// Whether the name of the schema stands at an index, and not at the table it is on.
    const INDEX_HAS_SCHEMA: bool = false;

    /// The longest name, in bytes.
    const LONGEST_NAME: usize;

    /// What is written behind the columns of a new table.
    const TABLE_OPTIONS: &'static str;

    /// Whether a new column can have the time of now as its default while the table has rows.
    const ADDS_NOW: bool;

    /// Whether a column can be made `NOT NULL`.
    const FORBIDS_NULL: bool;

    /// Whether sqlx reads NULL as `0`, `""` or `false` where a field cannot be without a value.
    const READS_NULL: bool;

    /// Why nothing but a new table helps; empty where columns can be changed.
    const ANEW: &'static str;

    /// `(table, schema or NULL)`: what it is (`table`, `partitioned`, `view`, …), whom to grant rights to, and
    /// those of ours that only a table has, in words with commas. No row if there is nothing of that name.
    const RELATION: &'static str;

    /// `(table, schema or NULL)`: of each of the table's columns what [`Found::read`] reads, in the order of its fields.
    const COLUMNS: &'static str;

    /// `(table, schema or NULL)`: of each column of each index without a condition the name of the index, whether it is
    /// unique, whether it compares all of the column byte by byte (`YES` or `NO`), and the column, empty for an expression;
    /// in the order of the index.
    const INDEXES: &'static str;

    /// A query that answers a row, with what is wrong, if this connection is not to be trusted with writes.
    const SESSION: Option<&'static str>;

    /// A name in quotes. Names come from the derive, which checked them; a quote inside one is doubled all the same.
    fn quote(name: &str) -> String {
        let quote = Self::QUOTE;
        format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
    }

    /// The statement that makes columns unique. Names come unquoted.
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

    /// A type as it is written in a statement, where sqlx has names of its own; wide enough for texts of `least`
    /// characters.
    fn column_type(info: &Self::TypeInfo, least: usize) -> String;

    /// How a column of a new table says whether it may be NULL.
    fn null(ty: &str, nullable: bool) -> &'static str {
        let _ = ty;
        if nullable { "" } else { " NOT NULL" }
    }

    /// The type of a key that the database counts up by itself; `None` for a type that cannot be counted.
    fn counting(ty: &str) -> Option<String>;

    /// The default of a key that the database makes but does not count.
    fn random_key(ty: &str) -> Option<&'static str> {
        let _ = ty;
        None
    }

    /// Whether a declared type says nothing certain about the values.
    fn is_loose(info: &Self::TypeInfo) -> bool;

    /// What is wrong with a column of text that holds logins (and whether it is unique), or other texts that we write.
    fn text_problem(found: &Found, is_login: bool, is_unique: bool) -> Option<String>;

    /// The statement that changes a column. The table comes in quotes.
    fn change(table: &str, change: &Change<'_>) -> Option<String>;

    /// Whether a column of our own table holds bytes of that many at least, and compares them byte by byte.
    fn holds_bytes(found: &Found, least: i64, compared: bool) -> bool;

    /// Whether a column holds numbers of 64 bits.
    fn holds_numbers(found: &Found) -> bool;

    /// An expression: the column as text. `ty` is its type in the words of [`COLUMNS`](Self::COLUMNS).
    fn as_text(column: &str, ty: &str) -> String;

    /// The table as a query reads it from one end to the other, in the order it is stored in.
    fn from_end_to_end(table: &str) -> String;

    /// A query that the database itself breaks off after so many seconds, if it is told so in the query.
    fn bounded(query: String, seconds: u64) -> String {
        let _ = seconds;
        query
    }

    /// What is run before queries that read many rows, and after them; `{}` stands for how many seconds each may take.
    const BOUND: Option<[&'static str; 3]> = None;

    /// Whether a query took longer than it was to.
    fn is_out_of_time(error: &dyn DatabaseError) -> bool {
        let _ = error;
        false
    }

    /// A condition: the text of the column has a character that may have no place in a login: a blank, a control, anything
    /// that is not ASCII, and (unless `exact`) a capital. One look at each character, because it is asked of every row.
    fn is_suspect(column: &str, exact: bool) -> String;
}

/// The characters that no login can be wrong for, as a class of regular expressions: what is printable in ASCII, without
/// blanks and, unless `exact`, without capitals (and the four signs behind them, which mean something in a class here or
/// there). All others are looked at one by one.
const fn suspects(exact: bool) -> &'static str {
    if exact { "[^!-~]" } else { "[^!-@_-~]" }
}

/// What we call a unique index. A name that is too long for the database ends in a hash of the whole instead, so that
/// two do not become one.
pub(super) fn index_name<DB: Ddl>(table: &str, what: &str) -> String {
    let name = format!("{table}_{what}_unique");
    if name.len() <= DB::LONGEST_NAME {
        return name;
    }
    // FNV-1a: any hash will do, as long as it is the same tomorrow.
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
    fn an_index_name_that_is_too_long_is_cut_and_stays_its_own() {
        type Db = sqlx::Postgres;
        assert_eq!(index_name::<Db>("users", "email"), "users_email_unique");
        let long = "é".repeat(40);
        let (a, b) = (index_name::<Db>(&long, "email"), index_name::<Db>(&long, "e_mail"));
        assert!(a.len() <= 63 && b.len() <= 63 && a != b, "{a} {b}");
        assert_eq!(index_name::<Db>(&long, "email"), a, "the same each time");
    }
}
