//! [`Records`] in one table.

use sqlx::Pool;
use sqlx::error::BoxDynError;

use super::connection::{Connections, bind, is_conflict, store_error};
use super::{Dialect, migrations};
use crate::clock::Timestamp;
use crate::schema::Sql;
use crate::store::{Record, Records, StoreError};

/// [`Records`] in the table `auth_records`.
pub struct SqlRecords<DB: Dialect> {
    db: Connections<DB>,
    migrate: bool,
}

impl<DB: Dialect> SqlRecords<DB> {
    /// Keeps records in the database that `pool` leads to. [`Records::prepare`] makes the table.
    #[must_use]
    pub const fn new(pool: Pool<DB>) -> Self {
        Self { db: Connections::new(pool), migrate: true }
    }

    /// For teams that run migrations themselves (the text is in [`migrations::sql`]): [`Records::prepare`] only looks
    /// whether the table is there, so the application needs no right to create one.
    #[must_use]
    pub const fn without_migrations(mut self) -> Self {
        self.migrate = false;
        self
    }
}

/// Writes a statement in both spellings: text and parameter numbers in turn. The numbers count from 1 and each appears
/// once, so the spelling with `?` binds in the same order.
macro_rules! sql {
    ($($text:literal $number:literal)+ $(; $end:literal)?) => {
        Sql {
            dollar: concat!($($text, "$", $number,)+ $($end)?),
            question: concat!($($text, "?",)+ $($end)?),
        }
    };
}

const INSERT: Sql = sql!(
    "INSERT INTO auth_records (owner, value, version, expires_at, changed_at, kind, record_key) VALUES (" 1
    ", " 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7; ")"
);
const GET: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM auth_records WHERE kind = " 1
    " AND record_key = " 2
);
const REPLACE: Sql = sql!(
    "UPDATE auth_records SET owner = " 1 ", value = " 2 ", version = " 3 ", expires_at = " 4 ", changed_at = " 5
    " WHERE kind = " 6 " AND record_key = " 7 " AND version = " 8
);
const DELETE_AS_READ: Sql = sql!(
    "DELETE FROM auth_records WHERE owner = " 1 " AND value = " 2 " AND version = " 3 " AND expires_at = " 4
    " AND changed_at = " 5 " AND kind = " 6 " AND record_key = " 7
);
const LIST: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM auth_records WHERE kind = " 1
    " AND owner = " 2; " ORDER BY record_key"
);
const DELETE_OWNED: Sql = sql!("DELETE FROM auth_records WHERE kind = " 1 " AND owner = " 2);
const DELETE_OWNED_EXCEPT: Sql =
    sql!("DELETE FROM auth_records WHERE kind = " 1 " AND owner = " 2 " AND record_key <> " 3);
const CHANGED_SINCE: Sql = sql!(
    "SELECT owner, value, version, expires_at, changed_at, kind, record_key FROM auth_records WHERE kind = " 1
    " AND changed_at >= " 2; " ORDER BY changed_at, record_key"
);
const PURGE: Sql = sql!("DELETE FROM auth_records WHERE expires_at < " 1);

/// How often [`Records::take`] looks again when somebody changes the record between its two statements.
const TAKE_ATTEMPTS: usize = 16;

impl<DB: Dialect> Records for SqlRecords<DB> {
    async fn prepare(&self) -> Result<(), StoreError> {
        let mut connection = self.db.get().await?;
        if self.migrate {
            let migrated = DB::migrate(&mut connection, &migrations::migrator::<DB>()).await;
            return migrated.map_err(StoreError::unavailable);
        }
        drop(connection);
        self.get("", "").await.map(drop)
    }

    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        let args = bind::<DB>(|args| bind_record::<DB>(args, record, record.version))?;
        match self.db.try_execute(&INSERT, args).await? {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(store_error(error)),
        }
    }

    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        let found = self.select(&GET, bind::<DB>(|args| bind_texts::<DB>(args, [kind, key]))?).await?;
        Ok(found.into_iter().next())
    }

    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        let args = bind::<DB>(|args| {
            bind_record::<DB>(args, record, record.version.saturating_add(1))?;
            DB::bind_integer(args, record.version)
        })?;
        Ok(self.db.execute(&REPLACE, args).await? > 0)
    }

    async fn take(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        for _ in 0..TAKE_ATTEMPTS {
            let Some(record) = self.get(kind, key).await? else { return Ok(None) };
            // All columns, not the version alone: a record that was taken and inserted anew has the same version, and
            // answering the old one a second time would let a one-time code count twice.
            let args = bind::<DB>(|args| bind_record::<DB>(args, &record, record.version))?;
            if self.db.execute(&DELETE_AS_READ, args).await? > 0 {
                return Ok(Some(record));
            }
        }
        Err(StoreError::unavailable("the record changes faster than it can be taken"))
    }

    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.select(&LIST, bind::<DB>(|args| bind_texts::<DB>(args, [kind, owner]))?).await
    }

    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        let (sql, args) = match except {
            None => (&DELETE_OWNED, bind::<DB>(|args| bind_texts::<DB>(args, [kind, owner]))?),
            Some(key) => (&DELETE_OWNED_EXCEPT, bind::<DB>(|args| bind_texts::<DB>(args, [kind, owner, key]))?),
        };
        self.db.execute(sql, args).await
    }

    async fn changed_since(&self, kind: &str, since: Timestamp) -> Result<Vec<Record>, StoreError> {
        let args = bind::<DB>(|args| {
            DB::bind_text(args, Some(kind))?;
            DB::bind_integer(args, millis(since))
        })?;
        self.select(&CHANGED_SINCE, args).await
    }

    async fn purge_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.db.execute(&PURGE, bind::<DB>(|args| DB::bind_integer(args, millis(now)))?).await
    }
}

impl<DB: Dialect> SqlRecords<DB> {
    async fn select(&self, sql: &Sql, args: DB::Arguments) -> Result<Vec<Record>, StoreError> {
        self.db.fetch(sql, args).await?.iter().map(read::<DB>).collect()
    }
}

/// The columns in one order for every statement that has them all.
fn bind_record<DB: Dialect>(args: &mut DB::Arguments, record: &Record, version: i64) -> Result<(), BoxDynError> {
    bind_texts::<DB>(args, [&*record.owner, &*record.value])?;
    DB::bind_integer(args, version)?;
    DB::bind_integer(args, millis(record.expires_at))?;
    DB::bind_integer(args, millis(record.changed_at))?;
    bind_texts::<DB>(args, [&*record.kind, &*record.key])
}

fn bind_texts<'a, DB: Dialect>(
    args: &mut DB::Arguments,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<(), BoxDynError> {
    texts.into_iter().try_for_each(|text| DB::bind_text(args, Some(text)))
}

fn read<DB: Dialect>(row: &DB::Row) -> Result<Record, StoreError> {
    let text = |column| DB::text(row, column).map_err(store_error);
    let integer = |column| DB::integer(row, column).map_err(store_error);
    let time = |column| u64::try_from(integer(column)?).map(Timestamp::from_millis).map_err(StoreError::corrupt);
    Ok(Record {
        owner: text(0)?,
        value: text(1)?,
        version: integer(2)?,
        expires_at: time(3)?,
        changed_at: time(4)?,
        kind: text(5)?,
        key: text(6)?,
    })
}

/// Columns are signed; a time beyond their range is as good as the end of it.
fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
