//! The stores under test.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use auth::store::sql::{SqlRecords, SqlUsers};
use auth::store::{Change, MemoryRecords, MemoryUsers, Records, Users};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlitePool, raw_sql};

use crate::models::{Guest, Member};

/// Empty stores of one kind. `first` and `second` are two handles on one and the same store, as two processes have.
pub(crate) trait Fixture: Sized {
    type Records: Records;
    type Members: Users<Member>;
    type Guests: Users<Guest>;

    async fn open() -> Self;
    fn records(&self) -> Pair<Self::Records>;
    fn members(&self) -> Pair<Self::Members>;
    fn guests(&self) -> Arc<Self::Guests>;
}

pub(crate) struct Pair<T> {
    pub(crate) first: Arc<T>,
    pub(crate) second: Arc<T>,
}

impl<T> Pair<T> {
    /// One handle or the other, in turn.
    pub(crate) fn nth(&self, n: usize) -> Arc<T> {
        Arc::clone(if n.is_multiple_of(2) { &self.first } else { &self.second })
    }
}

pub(crate) struct Memory {
    records: Arc<MemoryRecords>,
    members: Arc<MemoryUsers<Member>>,
    guests: Arc<MemoryUsers<Guest>>,
}

impl Fixture for Memory {
    type Records = MemoryRecords;
    type Members = MemoryUsers<Member>;
    type Guests = MemoryUsers<Guest>;

    async fn open() -> Self {
        let members = MemoryUsers::new(Member::from_sign_up, |member: &mut Member, change| match change {
            Change::PasswordHash(hash) => member.password_hash = Some(hash),
            Change::Active(active, _) => member.is_active = active,
            Change::Roles(roles) => member.roles = roles,
            Change::Permissions(permissions) => member.permissions = permissions,
            _ => {}
        });
        let guests = MemoryUsers::new(Guest::from_sign_up, |guest: &mut Guest, change| {
            if let Change::Active(active, now) = change {
                guest.disabled_at = (!active).then(|| now.as_secs().cast_signed());
            }
        });
        Self { records: Arc::default(), members: Arc::new(members), guests: Arc::new(guests) }
    }

    fn records(&self) -> Pair<MemoryRecords> {
        Pair { first: Arc::clone(&self.records), second: Arc::clone(&self.records) }
    }

    fn members(&self) -> Pair<MemoryUsers<Member>> {
        Pair { first: Arc::clone(&self.members), second: Arc::clone(&self.members) }
    }

    fn guests(&self) -> Arc<MemoryUsers<Guest>> {
        Arc::clone(&self.guests)
    }
}

/// A database file with two pools on it.
pub(crate) struct Sqlite {
    pub(crate) pools: [SqlitePool; 2],
    file: File,
}

impl Fixture for Sqlite {
    type Records = SqlRecords<sqlx::Sqlite>;
    type Members = SqlUsers<Member, sqlx::Sqlite>;
    type Guests = SqlUsers<Guest, sqlx::Sqlite>;

    async fn open() -> Self {
        let sqlite = Self::bare().await;
        raw_sql(Member::TABLE).execute(&sqlite.pools[0]).await.unwrap();
        raw_sql(Guest::TABLE).execute(&sqlite.pools[0]).await.unwrap();
        sqlite.records().first.prepare().await.unwrap();
        sqlite
    }

    fn records(&self) -> Pair<SqlRecords<sqlx::Sqlite>> {
        let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlRecords::new(pool)));
        Pair { first, second }
    }

    fn members(&self) -> Pair<SqlUsers<Member, sqlx::Sqlite>> {
        let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlUsers::new(pool)));
        Pair { first, second }
    }

    fn guests(&self) -> Arc<SqlUsers<Guest, sqlx::Sqlite>> {
        Arc::new(SqlUsers::new(self.pools[0].clone()))
    }
}

impl Sqlite {
    /// Without any table.
    pub(crate) async fn bare() -> Self {
        let file = File::new();
        // A busy timeout longer than any test; no flush to disk, since no test pulls the plug. The journal mode is
        // SQLite's default, the one in which readers and writers collide most.
        let options = SqliteConnectOptions::new()
            .filename(&file.0)
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_mins(1));
        let pool = || SqlitePoolOptions::new().max_connections(4).connect_with(options.clone());
        let pools = [pool().await.unwrap(), pool().await.unwrap()];
        Self { pools, file }
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.file.0
    }
}

/// A file in the temporary directory that goes away with its owner.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("auth-stores-{}-{}.db", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(suffix);
            drop(std::fs::remove_file(name));
        }
    }
}
