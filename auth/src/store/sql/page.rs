//! The statement that reads users page by page, for the command line. Nothing on a request's path lists users, so the
//! derive writes no literal for it: it is the one that reads a single row, with another condition.

use sqlx::SqlStr;

use super::Dialect;
use super::table_name::audited;
use crate::model::user::AuthUser;

/// Returns the statement for the first `most` rows by id, or for those after an id, which it binds.
pub(super) fn statement<U: AuthUser, DB: Dialect>(follows: bool, most: u32) -> SqlStr {
    let one = DB::spelling(&U::SCHEMA.sql.select_by_id);
    let (select, condition) = one.rsplit_once(" WHERE ").unwrap_or((one, ""));
    let id = DB::quote(U::SCHEMA.id);
    let condition = if follows { format!(" WHERE {}", condition.replacen(" = ", " > ", 1)) } else { String::new() };
    audited(format!("{select}{condition} ORDER BY {id} LIMIT {most}"))
}
