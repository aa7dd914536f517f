//! The statements about our own table.

use sqlx::SqlStr;

use super::Dialect;
use super::table_name::{TableName, audited};
use crate::model::schema::Sql;

/// How many kinds one statement can name.
pub(super) const KINDS: usize = 8;

/// How many records one statement can read or write.
pub(super) const AT_ONCE: usize = 8;

/// Writes a statement in both spellings, from alternating text and parameter numbers. The numbers count from 1 and each
/// appears once, so the spelling with `?` binds in the same order.
macro_rules! sql {
    ($($text:literal $number:literal)+ $(; $end:literal)?) => {
        sql!($($text $number)+; ($($end)?), ($($end)?))
    };
    ($($text:literal $number:literal)+; ($($dollar_end:literal)?), ($($question_end:literal)?)) => {
        Sql {
            dollar: concat!($($text, "$", $number,)+ $($dollar_end)?),
            question: concat!($($text, "?",)+ $($question_end)?),
        }
    };
}

// MySQL cannot ignore duplicates without also ignoring other errors; there, the error decides.
const INSERT: Sql = sql!(
    "INSERT INTO {table} (owner, value, version, expires_at, changed_at, kind, record_key) VALUES (" 1
    ", " 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7; (") ON CONFLICT DO NOTHING"), (")")
);
const GET: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND record_key = " 2
);
const GET_MANY: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND record_key IN (" 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7 ", " 8 ", " 9; ")"
);
const REPLACE: Sql = sql!(
    "UPDATE {table} SET owner = " 1 ", value = " 2 ", version = " 3 ", expires_at = " 4 ", changed_at = " 5
    " WHERE kind = " 6 " AND record_key = " 7 " AND version = " 8
);
const DELETE: Sql = sql!("DELETE FROM {table} WHERE kind = " 1 " AND record_key = " 2);
const GET_WITH_OWNER: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND record_key = " 2
    " UNION ALL SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 3
    " AND record_key = (SELECT owner FROM {table} WHERE kind = " 4 " AND record_key = " 5; ")"
);
const GET_AND_LIST: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND record_key = " 2
    " UNION ALL SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 3
    " AND owner = " 4
);
// Sorted by us: with `ORDER BY record_key`, SQLite reads the whole kind in the order of the primary key instead of the
// few rows of an owner by their index.
const LIST: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND owner = " 2
);
const DELETE_OWNED: Sql = sql!("DELETE FROM {table} WHERE kind = " 1 " AND owner = " 2);
const DELETE_OWNED_EXCEPT: Sql = sql!("DELETE FROM {table} WHERE kind = " 1 " AND owner = " 2 " AND record_key <> " 3);
const HAS_ANY: Sql = sql!(
    "SELECT version FROM {table} WHERE kind IN (" 1 ", " 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7 ", " 8 ") AND owner = " 9; " LIMIT 1"
);
const DELETE_KINDS: Sql = sql!(
    "DELETE FROM {table} WHERE kind IN (" 1 ", " 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7 ", " 8 ") AND owner = " 9
);
const CHANGED_SINCE: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM {table} WHERE kind = " 1
    " AND changed_at >= " 2 " AND (changed_at > " 3 " OR record_key > " 4 ") ORDER BY changed_at, record_key LIMIT " 5
);
// Neither `DELETE … LIMIT`, which not every database has, nor a subquery on the table itself, which MariaDB executes
// row by row: a first query finds the cut-off.
const PURGE_CUT: Sql =
    sql!("SELECT expires_at FROM {table} WHERE expires_at < " 1 " ORDER BY expires_at LIMIT 1 OFFSET " 2);
// Counting every expired record of a table that nobody purges would take as long as the table is large.
const COUNT_EXPIRED: Sql = sql!(
    "SELECT COUNT(*) FROM (SELECT expires_at FROM {table} WHERE expires_at < " 1; " LIMIT 100000) AS expired"
);
const PURGE: Sql = sql!("DELETE FROM {table} WHERE expires_at < " 1 " AND expires_at <= " 2);

/// The statements for one table name. Cloning one only increments a reference count.
#[derive(Clone)]
pub(super) struct Statements {
    pub(super) insert: SqlStr,
    pub(super) get: SqlStr,
    pub(super) get_many: SqlStr,
    pub(super) replace: SqlStr,
    /// For one record, two, and so on.
    pub(super) write_many: Vec<SqlStr>,
    pub(super) delete: SqlStr,
    pub(super) list: SqlStr,
    pub(super) get_with_owner: SqlStr,
    pub(super) get_and_list: SqlStr,
    pub(super) delete_owned: SqlStr,
    pub(super) delete_owned_except: SqlStr,
    pub(super) has_any: SqlStr,
    pub(super) delete_kinds: SqlStr,
    pub(super) changed_since: SqlStr,
    pub(super) count_expired: SqlStr,
    pub(super) purge_cut: SqlStr,
    pub(super) purge: SqlStr,
}

/// Returns the statement that writes so many records, the columns of each in the order of [`INSERT`].
fn write_many<DB: Dialect>(table: &TableName, records: usize) -> SqlStr {
    let placeholder = |number: usize| match DB::spelling(&Sql { dollar: "$", question: "?" }) {
        "$" => format!("${number}"),
        unnumbered => unnumbered.to_owned(),
    };
    let row = |row: usize| {
        let columns = (1..=7).map(|column| placeholder(row * 7 + column)).collect::<Vec<_>>();
        format!("({})", columns.join(", "))
    };
    let rows = (0..records).map(row).collect::<Vec<_>>().join(", ");
    audited(DB::WRITE_MANY.replace("{table}", &table.quoted::<DB>()).replace("{rows}", &rows))
}

impl Statements {
    pub(super) fn about<DB: Dialect>(table: &TableName) -> Self {
        Self {
            insert: table.statement::<DB>(&INSERT),
            get: table.statement::<DB>(&GET),
            get_many: table.statement::<DB>(&GET_MANY),
            replace: table.statement::<DB>(&REPLACE),
            write_many: (1..=AT_ONCE).map(|records| write_many::<DB>(table, records)).collect(),
            delete: table.statement::<DB>(&DELETE),
            list: table.statement::<DB>(&LIST),
            get_with_owner: table.statement::<DB>(&GET_WITH_OWNER),
            get_and_list: table.statement::<DB>(&GET_AND_LIST),
            delete_owned: table.statement::<DB>(&DELETE_OWNED),
            delete_owned_except: table.statement::<DB>(&DELETE_OWNED_EXCEPT),
            has_any: table.statement::<DB>(&HAS_ANY),
            delete_kinds: table.statement::<DB>(&DELETE_KINDS),
            changed_since: table.statement::<DB>(&CHANGED_SINCE),
            count_expired: table.statement::<DB>(&COUNT_EXPIRED),
            purge_cut: table.statement::<DB>(&PURGE_CUT),
            purge: table.statement::<DB>(&PURGE),
        }
    }
}
