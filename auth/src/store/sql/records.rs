//! [`Records`] in one table.
//!
//! Purging is two statements: find the time of the thousandth expired record, then delete everything up to it. Not
//! every database has `DELETE … LIMIT`, and MariaDB evaluates a subquery on the same table row by row. Records of the
//! same millisecond are deleted together, so the limit of a thousand is soft.
//!
//! Counters, which strangers can create, are also purged by a task after every 1,024 new ones, one task at a time. A
//! spent refresh token needs no row of its own to be recognised, only that of its session.

use sqlx::error::BoxDynError;
use sqlx::{Pool, SqlSafeStr as _, SqlStr};

use super::connection::{Bind, Connections};
use super::error::{is_conflict, store_error};
use super::statements::Statements;
use super::table_name::TableName;
use super::{Dialect, migrations};
use crate::base::clock::Timestamp;
use crate::store::{Record, Records, StoreError, StoreStatus};

/// [`Records`] in the table `auth_records`, or in one of [another name](Self::table).
pub struct SqlRecords<DB: Dialect> {
    pub(super) db: Connections<DB>,
    table: TableName,
    pub(super) sql: Statements,
    migrate: bool,
}

impl<DB: Dialect> SqlRecords<DB> {
    /// Stores records in the database of `pool`. [`Records::prepare`] creates the table.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self::of(Connections::new(pool), TableName::default())
    }

    fn of(db: Connections<DB>, table: TableName) -> Self {
        Self { db, sql: Statements::about::<DB>(&table), table, migrate: true }
    }

    /// Sets the name of the table: `records`, or `app_auth.records` (in a schema that exists). An invalid name is
    /// reported by `build()`.
    #[must_use]
    pub fn table(self, name: &str) -> Self {
        Self { migrate: self.migrate, ..Self::of(self.db, TableName::parse(name)) }
    }

    /// Leaves migrations to the application (the text is in [`migrations::sql`]): [`Records::prepare`] only checks that
    /// the table exists, so the application needs no permission to create one.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.migrate = false;
        self
    }
}

/// Where the kind is in the rows of every `SELECT` of whole records.
const KIND_COLUMN: usize = 5;

/// The most bytes of a kind, and of a key or an owner: what every database can compare byte by byte in an index. A
/// server that is not in strict mode would truncate the rest, making two keys one.
const KIND_BYTES: usize = 255;
const KEY_BYTES: usize = 1024;

impl<DB: Dialect> Clone for SqlRecords<DB> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), table: self.table.clone(), sql: self.sql.clone(), migrate: self.migrate }
    }
}

impl<DB: Dialect> Records for SqlRecords<DB> {
    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        if let Some(problem) = self.table.problem() {
            return Ok(vec![problem.to_owned()]);
        }
        let mut lease = self.db.get().await?;
        let problems = super::check::own_table::<DB>(lease.connection()?, &self.table, self.migrate).await;
        lease.finish(problems.as_ref().err());
        problems.map_err(store_error::<DB>)
    }

    async fn migrations(&self) -> Result<Option<String>, StoreError> {
        match self.table.problem() {
            Some(problem) => Err(StoreError::refused(problem)),
            None => Ok(Some(migrations::text::<DB>(&self.table))),
        }
    }

    async fn prepare(&self) -> Result<(), StoreError> {
        if let Some(problem) = self.table.problem() {
            return Err(StoreError::refused(problem));
        }
        if self.migrate {
            let mut lease = self.db.get().await?;
            let migrated = migrations::run::<DB>(lease.connection()?, &self.table).await;
            lease.finish(migrated.as_ref().err().and_then(migrations::NotMigrated::cause));
            return migrated.map_err(StoreError::unavailable);
        }
        self.get("", "").await.map(drop)
    }

    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        fits::<DB>(record)?;
        let add = |args: &mut DB::Arguments| bind_record::<DB>(args, record, record.version);
        match self.db.try_execute(&self.sql.insert, add).await? {
            Ok(rows) => Ok(rows > 0),
            Err(error) if is_conflict::<DB>(&error) => Ok(false),
            Err(error) => Err(store_error::<DB>(error)),
        }
    }

    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.rows(&self.sql.get, [kind, key]).await?.first().map(read::<DB>).transpose()
    }

    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        fits::<DB>(record)?;
        let add = |args: &mut DB::Arguments| {
            bind_record::<DB>(args, record, record.version.saturating_add(1))?;
            DB::bind_integer(args, record.version)
        };
        Ok(self.db.execute(&self.sql.replace, add).await? > 0)
    }

    async fn get_many(&self, kind: &str, keys: &[&str]) -> Result<Vec<Record>, StoreError> {
        self.read_several(kind, keys).await
    }

    async fn write_many(&self, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        self.write_several(records).await
    }

    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        if !is_representable::<DB>([kind, key]) {
            return Ok(false);
        }
        Ok(self.db.execute(&self.sql.delete, texts([kind, key])).await? > 0)
    }

    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        sorted(self.rows(&self.sql.list, [kind, owner]).await?.iter().map(read::<DB>))
    }

    async fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> Result<Option<(Record, Option<Record>)>, StoreError> {
        if !is_representable::<DB>([owner_kind]) {
            return Ok(self.get(kind, key).await?.map(|record| (record, None)));
        }
        let rows = self.rows(&self.sql.get_with_owner, [kind, key, owner_kind, kind, key]).await?;
        let found = rows.iter().map(read::<DB>).collect::<Result<Vec<_>, _>>()?;
        let (mut wanted, mut owners): (Vec<_>, Vec<_>) = found.into_iter().partition(|record| record.kind == kind);
        Ok(wanted.pop().map(|record| (record, owners.pop())))
    }

    async fn get_and_list(
        &self,
        get: (&str, &str),
        list: (&str, &str),
    ) -> Result<(Option<Record>, Vec<Record>), StoreError> {
        if !is_representable::<DB>([get.0, get.1, list.0, list.1]) {
            return Ok((self.get(get.0, get.1).await?, self.list(list.0, list.1).await?));
        }
        let rows = self.rows(&self.sql.get_and_list, [get.0, get.1, list.0, list.1]).await?;
        let is_listed = |row: &&DB::Row| DB::text(row, KIND_COLUMN).is_ok_and(|kind| kind == list.0);
        let one = rows.iter().find(|row| !is_listed(row)).map(read::<DB>).transpose()?;
        Ok((one, sorted(rows.iter().filter(is_listed).map(read::<DB>))?))
    }

    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        if !is_representable::<DB>([kind, owner]) {
            return Ok(0);
        }
        // A key that no record can have spares none.
        match except.filter(|key| is_representable::<DB>([*key])) {
            None => self.db.execute(&self.sql.delete_owned, texts([kind, owner])).await,
            Some(key) => self.db.execute(&self.sql.delete_owned_except, texts([kind, owner, key])).await,
        }
    }

    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        if !is_representable::<DB>([kind, after.unwrap_or_default()]) {
            return Ok(Vec::new());
        }
        let since = millis(since);
        let add = |args: &mut DB::Arguments| {
            DB::bind_text(args, Some(kind))?;
            DB::bind_integer(args, since)?;
            // Without a key, records at `since` itself count as after the time before it.
            DB::bind_integer(args, if after.is_some() { since } else { since.saturating_sub(1) })?;
            DB::bind_text(args, Some(after.unwrap_or_default()))?;
            DB::bind_integer(args, i64::try_from(most).unwrap_or(i64::MAX))
        };
        self.db.fetch_outside_pool_if_exhausted(&self.sql.changed_since, add).await?.iter().map(read::<DB>).collect()
    }

    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        let Some(last) = most.checked_sub(1) else { return Ok(0) };
        let until = |end: i64| {
            move |args: &mut DB::Arguments| {
                DB::bind_integer(args, millis(now))?;
                DB::bind_integer(args, end)
            }
        };
        let last = self.db.fetch(&self.sql.purge_cut, until(i64::try_from(last).unwrap_or(i64::MAX))).await?;
        // If there are not that many, delete all of them.
        let cut = last.first().map(|row| DB::integer(row, 0)).transpose().map_err(store_error::<DB>)?;
        self.db.execute(&self.sql.purge, until(cut.unwrap_or_else(|| millis(now)))).await
    }

    async fn status(&self, now: Timestamp) -> Result<StoreStatus, StoreError> {
        let mut status = StoreStatus { connections: Some(self.db.most()), ..StoreStatus::default() };
        if let Some(clock) = DB::NOW {
            let rows = self.db.fetch(&clock.into_sql_str(), |_: &mut DB::Arguments| Ok(())).await?;
            status.now = number::<DB>(&rows)?.map(Timestamp::from_millis);
        }
        let before = |args: &mut DB::Arguments| DB::bind_integer(args, millis(now));
        status.expired = number::<DB>(&self.db.fetch(&self.sql.count_expired, before).await?)?;
        Ok(status)
    }
}

/// Returns the only number of the only row.
fn number<DB: Dialect>(rows: &[DB::Row]) -> Result<Option<u64>, StoreError> {
    let number = rows.first().map(|row| DB::integer(row, 0)).transpose().map_err(store_error::<DB>)?;
    Ok(number.and_then(|number| u64::try_from(number).ok()))
}

impl<DB: Dialect> SqlRecords<DB> {
    async fn rows<const N: usize>(&self, sql: &SqlStr, keys: [&str; N]) -> Result<Vec<DB::Row>, StoreError> {
        if !is_representable::<DB>(keys) {
            return Ok(Vec::new());
        }
        self.db.fetch(sql, texts(keys)).await
    }
}

/// Returns whether the table could hold a row with these texts: PostgreSQL text cannot contain U+0000, and queries with
/// it fail instead of finding no record.
pub(super) fn is_representable<'a, DB: Dialect>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    DB::HOLDS_NUL || !texts.into_iter().any(|text| text.contains('\0'))
}

/// Refuses a record that not every database could store unchanged.
pub(super) fn fits<DB: Dialect>(record: &Record) -> Result<(), StoreError> {
    let Record { kind, key, owner, value, .. } = record;
    if kind.len() > KIND_BYTES || key.len() > KEY_BYTES || owner.len() > KEY_BYTES {
        return Err(StoreError::refused("the kind, the key or the owner of a record is too long"));
    }
    if !is_representable::<DB>([kind, key, owner, value].map(String::as_str)) {
        return Err(StoreError::refused("the database cannot store text with U+0000"));
    }
    Ok(())
}

/// Binds the columns in the order shared by every statement that has them all.
pub(super) fn bind_record<DB: Dialect>(
    args: &mut DB::Arguments,
    record: &Record,
    version: i64,
) -> Result<(), BoxDynError> {
    bind_texts::<DB>(args, [&*record.owner, &*record.value])?;
    DB::bind_integer(args, version)?;
    DB::bind_integer(args, millis(record.expires_at))?;
    DB::bind_integer(args, millis(record.changed_at))?;
    bind_texts::<DB>(args, [&*record.kind, &*record.key])
}

pub(super) fn bind_texts<'a, DB: Dialect>(
    args: &mut DB::Arguments,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<(), BoxDynError> {
    texts.into_iter().try_for_each(|text| DB::bind_text(args, Some(text)))
}

pub(super) fn texts<DB: Dialect, const N: usize>(texts: [&str; N]) -> impl Bind<DB> + use<'_, DB, N> {
    move |args: &mut DB::Arguments| bind_texts::<DB>(args, texts)
}

fn sorted(records: impl Iterator<Item = Result<Record, StoreError>>) -> Result<Vec<Record>, StoreError> {
    let mut records = records.collect::<Result<Vec<_>, _>>()?;
    records.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Ok(records)
}

pub(super) fn read<DB: Dialect>(row: &DB::Row) -> Result<Record, StoreError> {
    let text = |column| DB::text(row, column).map_err(store_error::<DB>);
    let integer = |column| DB::integer(row, column).map_err(store_error::<DB>);
    let time = |column| u64::try_from(integer(column)?).map(Timestamp::from_millis).map_err(StoreError::corrupt);
    Ok(Record {
        owner: text(0)?,
        value: text(1)?,
        version: integer(2)?,
        expires_at: time(3)?,
        changed_at: time(4)?,
        kind: text(KIND_COLUMN)?,
        key: text(6)?,
    })
}

/// Columns are signed; a time beyond their range becomes the largest one.
fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
