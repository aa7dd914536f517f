//! Stored hashes that are not Argon2. Only their form is said: what is in the column may also be a password.

use super::RowFindings;
use super::row_queries::{RowQueries, counted};
use crate::store::sql::Dialect;

/// A hash that can be read: an Argon2 one that is long enough to be whole.
const WHOLE: &str = "LIKE '$argon2%m=%$%$%'";

/// The names of forms, and what begins like them.
const FORMS: [(&str, &[&str]); 8] = [
    ("damaged", &["$argon2%"]),
    ("bcrypt", &["$2_$%", "$2$%", "bcrypt%", "{bcrypt}%", "$bcrypt%"]),
    ("PBKDF2", &["pbkdf2%", "$pbkdf2%", "{pbkdf2%", "PBKDF2%"]),
    ("scrypt", &["scrypt%", "$scrypt%", "$7$%", "$s0$%"]),
    ("crypt(3)", &["$1$%", "$5$%", "$6$%", "$y$%", "$gy$%"]),
    ("phpass", &["$P$%", "$H$%"]),
    ("LDAP", &["{SSHA%", "{SHA%", "{CRYPT}%", "{MD5}%", "{SMD5}%"]),
    ("Argon2 of Django", &["argon2$%"]),
];

/// What stands in place of a hash where there is no password.
const LOCKED: &[&str] = &["!%", "*%"];

/// Counts them by form.
pub(super) async fn not_argon2<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    column: &str,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let (hash, table) = (DB::quote(column), queries.table());
    let locked = like(&hash, LOCKED);
    let is_other = format!("{hash} <> '' AND NOT ({locked}) AND NOT ({hash} {WHOLE} AND LENGTH({hash}) > 60)");
    let cases = FORMS.map(|(form, patterns)| format!("WHEN {} THEN '{form}'", like(&hash, patterns))).join(" ");
    let form = format!("CASE {cases} ELSE '' END");
    let query = format!("SELECT {form}, COUNT(*) FROM {table} WHERE {is_other} GROUP BY {form}");
    for row in queries.ask(connection, query, DB::Arguments::default()).await? {
        let (found, count) = (DB::text(&row, 0)?, DB::integer(&row, 1)?);
        let of_form = format!("{is_other} AND {form} = '{found}'");
        let examples = queries.examples(connection, &of_form, DB::Arguments::default()).await?;
        let rows_of = format!("the table `{}` has {} with", queries.schema.table, counted(count));
        let set = "give these accounts a new password (`auth.accounts().set_password`)";
        match found.as_str() {
            "damaged" => {
                let what = "an Argon2 hash that is cut off or damaged";
                rows.sentences.push(("", format!("{rows_of} {what}, so a login fails with an error ({examples}): {set}")));
            }
            "" => rows.other_hashes.push(format!(
                "{rows_of} something in `{column}` that is no hash of a known form ({examples}): only a `LegacyVerifier` \
                 (`PasswordConfig::legacy`) can check it; without one, {set}"
            )),
            form => rows.other_hashes.push(format!(
                "{rows_of} a hash of the form {form} ({examples}): only a `LegacyVerifier` (`PasswordConfig::legacy`) can check it, \
                 and each login with the right password replaces it"
            )),
        }
    }
    Ok(())
}

fn like(hash: &str, patterns: &[&str]) -> String {
    patterns.iter().map(|pattern| format!("{hash} LIKE '{pattern}'")).collect::<Vec<_>>().join(" OR ")
}
