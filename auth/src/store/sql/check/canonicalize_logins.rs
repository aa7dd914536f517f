//! Brings stored logins into canonical form: the repair of what the check of the rows finds.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use sqlx::Pool;

use super::catalogue::{self, find};
use super::{quoted_table, split};
use crate::base::error::Error;
use crate::model::schema::Login;
use crate::store::StoreError;
use crate::store::sql::connection::Connections;
use crate::store::sql::error::{is_conflict, store_error};
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser, read_row};

/// How many rows are read at once.
const BATCH: usize = 500;

/// What [`canonicalize_logins`] did. It names rows by id and repeats no login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginRepair {
    /// The number of logins that were changed.
    pub repaired: u64,
    /// Rows that were left as they are because they share a login with others.
    pub conflicts: Vec<LoginConflict>,
    /// The columns and ids of rows that were left because the table refuses the canonical form, or they hold no text.
    pub refused: Vec<(&'static str, String)>,
}

/// A row whose login, in canonical form, is also that of others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginConflict {
    /// The column of the login.
    pub column: &'static str,
    /// The id of the row.
    pub id: String,
    /// The ids of the others.
    pub with: Vec<String>,
}

/// Goes through all rows of the user table and stores each login as [`canonical_login`](crate::canonical_login) returns
/// it: trimmed and, unless the field is `exact`, in NFKC with case folded.
///
/// Call it once for a table that another program has filled, before or after `build()`, and before the column loses what
/// keeps spellings apart (the type `citext`, a unique index on `lower(…)`):
///
/// ```
/// # #[cfg(all(feature = "sqlite", feature = "macros"))] {
/// # use auth::AuthUser;
/// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
/// use auth::store::sql::canonicalize_logins;
///
/// # async fn demo(pool: sqlx::SqlitePool) -> Result<(), auth::Error> {
/// let done = canonicalize_logins::<User, _>(&pool).await?;
/// println!("{} logins repaired", done.repaired);
/// for conflict in &done.conflicts {
///     println!("{} of {} is also that of {}", conflict.column, conflict.id, conflict.with.join(", "));
/// }
/// # Ok(()) }
/// # }
/// ```
///
/// Rows that share a login are left, all of them: nobody but the application can say whose it is. Give all but one of
/// them another login, or delete them, and call it again.
///
/// It may run beside instances that serve, and be interrupted and repeated: each row is changed by one statement, only
/// if the login is still what was read, and what is canonical is not touched. Sessions and passwords stay. It reads the
/// table twice, once in batches by id, and remembers eight bytes for each row meanwhile.
///
/// # Errors
/// [`Error::Store`] if the database fails, there is no such table, or its user may not change the column.
pub async fn canonicalize_logins<U, DB>(pool: &Pool<DB>) -> Result<LoginRepair, Error>
where
    U: SqlUser<DB> + SqlRow<DB>,
    DB: Dialect,
{
    let db = Connections::new(pool.clone());
    let mut lease = db.get().await?;
    let columns = catalogue::columns::<DB>(lease.connection()?, split(U::SCHEMA.table)).await;
    lease.finish(columns.as_ref().err());
    drop(lease);
    let columns = columns.map_err(store_error::<DB>)?;
    let type_of = |column: &str| find(&columns, column).map(|found| found.ty.clone()).unwrap_or_default();
    let is_whole = U::SCHEMA.columns.iter().all(|column| find(&columns, column).is_some());
    let mut done = LoginRepair::default();
    for login in U::SCHEMA.logins {
        let table = quoted_table::<DB>(U::SCHEMA);
        let id = DB::as_text(&DB::quote(U::SCHEMA.id), &type_of(U::SCHEMA.id));
        let hasher = RandomState::new();
        let (db, column) = (&db, DB::quote(login.column));
        let ty = type_of(login.column);
        // Otherwise texts are compared, for which an index on the column is useless.
        let cast = if ty.ends_with("citext") { format!("::{ty}") } else { String::new() };
        let mut repair = Repair { db, login, table, id, column, cast, is_whole, hasher, shared: HashSet::new() };
        repair.shared = repair.shared().await?;
        repair.run::<U>(&mut done).await?;
    }
    Ok(done)
}

/// The repair of one login.
struct Repair<'a, DB: Dialect> {
    db: &'a Connections<DB>,
    login: &'static Login,
    table: String,
    /// The id as text.
    id: String,
    column: String,
    /// What follows a parameter that is compared with it.
    cast: String,
    /// Whether the table has all columns of the user type: it may be repaired before they are added.
    is_whole: bool,
    hasher: RandomState,
    /// The hashes of canonical forms that several rows have.
    shared: HashSet<u64>,
}

/// Rows that share a login.
#[derive(Default)]
struct Sharing {
    /// Their ids, by the hash of its canonical form.
    groups: HashMap<u64, Vec<String>>,
    /// Of these, the ids of rows that have it in another form.
    left: HashSet<String>,
}

impl<DB: Dialect> Repair<'_, DB> {
    /// Returns the hashes of canonical forms that several rows have.
    async fn shared(&self) -> Result<HashSet<u64>, StoreError> {
        let mut lease = self.db.get().await?;
        let query = format!("SELECT {0} FROM {1} WHERE {0} IS NOT NULL", self.column, self.table);
        let mut hashes = Vec::new();
        let take = |row: &DB::Row| {
            if let Ok(text) = DB::text(row, 0) {
                hashes.push(self.hasher.hash_one(&*self.login.canonical(&text)));
            }
            Ok(true)
        };
        let read = DB::each(lease.connection()?, audited(query), take).await;
        lease.finish(read.as_ref().err());
        read.map_err(store_error::<DB>)?;
        hashes.sort_unstable();
        let twice = hashes.iter().zip(hashes.iter().skip(1)).filter(|(one, next)| one == next);
        Ok(twice.map(|(hash, _)| *hash).collect())
    }

    async fn run<U: SqlUser<DB> + SqlRow<DB>>(&self, done: &mut LoginRepair) -> Result<(), StoreError> {
        let schema = U::SCHEMA;
        let read = if self.is_whole { schema.columns } else { &[self.login.column][..] };
        let columns: Vec<_> = read.iter().map(|column| DB::quote(column)).collect();
        let (columns, key, id_place) = (columns.join(", "), DB::quote(schema.id), read.len());
        let (id, table, name) = (&self.id, &self.table, DB::quote("auth_check_id"));
        let suspect = DB::is_suspect(&self.column, self.login.exact);
        let place = read.iter().position(|column| *column == self.login.column);
        let place = place.ok_or(StoreError::unsupported("the login is no column"))?;
        let mut sharing = Sharing::default();
        let mut after: Option<U::Id> = None;
        loop {
            let above = if after.is_some() { format!(" AND {key} > {}", DB::parameter(1)) } else { String::new() };
            let query = format!(
                "SELECT {columns}, {id} AS {name} FROM {table} WHERE {suspect}{above} ORDER BY {key} LIMIT {BATCH}"
            );
            let add = |args: &mut DB::Arguments| after.as_ref().map_or(Ok(()), |id| U::bind_id(id, args));
            let rows = self.db.fetch(&audited(query), add).await?;
            let mut last = None;
            for row in &rows {
                let shown = super::row_queries::shown::<DB>(row, id_place);
                let Some(id) = self.id_of::<U>(row, &shown) else {
                    done.refused.push((self.login.column, shown));
                    continue;
                };
                self.one::<U>(row, place, (&id, shown), &mut sharing, done).await?;
                last = Some(id);
            }
            if rows.len() < BATCH {
                break;
            }
            after = Some(last.ok_or_else(|| StoreError::corrupt("the ids of many rows cannot be read"))?);
        }
        let Sharing { groups, left } = sharing;
        for ids in groups.into_values() {
            for id in ids.iter().filter(|id| left.contains(*id)) {
                let with = ids.iter().filter(|other| *other != id).cloned().collect();
                done.conflicts.push(LoginConflict { column: self.login.column, id: id.clone(), with });
            }
        }
        Ok(())
    }

    async fn one<U: SqlUser<DB> + SqlRow<DB>>(
        &self,
        row: &DB::Row,
        place: usize,
        (id, shown): (&U::Id, String),
        sharing: &mut Sharing,
        done: &mut LoginRepair,
    ) -> Result<(), StoreError> {
        let column = self.login.column;
        let Ok(old) = DB::text(row, place) else {
            done.refused.push((column, shown));
            return Ok(());
        };
        let new = self.login.canonical(&old);
        let hash = self.hasher.hash_one(&*new);
        if self.shared.contains(&hash) {
            let holders = self.holders(&new).await?;
            if new != old {
                sharing.left.insert(shown.clone());
            }
            let ids = sharing.groups.entry(hash).or_default();
            for id in std::iter::once(shown).chain(holders) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            return Ok(());
        }
        if new == old {
            return Ok(());
        }
        if new.is_empty() {
            done.refused.push((column, shown));
            return Ok(());
        }
        let [to, key, from] = [1, 2, 3].map(DB::parameter);
        let sql = format!(
            "UPDATE {} SET {} = {to} WHERE {} = {key} AND {} = {from}",
            self.table,
            self.column,
            DB::quote(U::SCHEMA.id),
            DB::exact_text(&self.column)
        );
        let add = |args: &mut DB::Arguments| {
            DB::bind_text(args, Some(&new))?;
            U::bind_id(id, args)?;
            DB::bind_text(args, Some(&old))
        };
        match self.db.try_execute(&audited(sql), add).await? {
            Ok(changed) => done.repaired += changed,
            // Somebody has just signed up with it.
            Err(error) if is_conflict::<DB>(&error) => {
                let with = self.holders(&new).await?.into_iter().filter(|other| *other != shown).collect();
                done.conflicts.push(LoginConflict { column, id: shown, with });
            }
            Err(error) => match store_error::<DB>(error) {
                refused if refused.is_refused() => done.refused.push((column, shown)),
                error => return Err(error),
            },
        }
        Ok(())
    }

    /// Returns the ids of rows that have a login in exactly this form.
    async fn holders(&self, text: &str) -> Result<Vec<String>, StoreError> {
        let (column, table, place, cast) = (&self.column, &self.table, DB::parameter(1), &self.cast);
        let query = format!("SELECT {}, {column} FROM {table} WHERE {column} = {place}{cast}", self.id);
        let rows = self.db.fetch(&audited(query), |args: &mut DB::Arguments| DB::bind_text(args, Some(text))).await?;
        let exact = rows.iter().filter(|row| DB::text(row, 1).is_ok_and(|stored| stored == text));
        Ok(exact.map(|row| super::row_queries::shown::<DB>(row, 0)).collect())
    }

    /// Returns the id of a row, even of one that cannot be read as a whole.
    fn id_of<U: SqlUser<DB> + SqlRow<DB>>(&self, row: &DB::Row, shown: &str) -> Option<U::Id> {
        let user = if self.is_whole { read_row::user::<U, DB>(row).ok() } else { None };
        user.map(|user| user.id().clone()).or_else(|| shown.parse().ok())
    }
}
