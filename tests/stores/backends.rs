//! The stores under test.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use auth::store::sql::{Dialect, SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::store::{Change, MemoryRecords, MemoryUsers, Records, TableReport, Users};
use auth_tests::{Proxy, Server, Temporary};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, MySql, Pool, Postgres, SqlitePool, raw_sql};

use crate::models::{Guest, Member};

/// Empty stores of one kind, each as a pair of handles on the same store, as two processes have.
pub(crate) trait Fixture: Sized {
    type Records: Records;
    type Members: Users<Member>;
    type Guests: Users<Guest>;

    /// Whether text may contain U+0000.
    const HOLDS_NUL: bool = true;

    /// Returns `None`, after a notice, if there is no server to test.
    async fn open() -> Option<Self>;
    fn records(&self) -> Pair<Self::Records>;
    fn members(&self) -> Pair<Self::Members>;
    fn guests(&self) -> Pair<Self::Guests>;
}

pub(crate) struct Pair<T> {
    pub(crate) first: Arc<T>,
    pub(crate) second: Arc<T>,
}

impl<T> Pair<T> {
    /// Both handles, as the suite takes them.
    pub(crate) fn both(self) -> [Arc<T>; 2] {
        [self.first, self.second]
    }

    /// Alternates between the two handles.
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

    async fn open() -> Option<Self> {
        let members = MemoryUsers::new(Member::from_sign_up, |member: &mut Member, change| match change {
            Change::PasswordHash(hash) => member.password_hash = Some(hash),
            Change::Login(Member::EMAIL, email) => member.email = email,
            Change::Login(_, nick) => member.nick = Some(nick),
            Change::Active(active, _) => member.is_active = active,
            Change::Roles(roles) => member.roles = roles,
            Change::Permissions(permissions) => member.permissions = permissions,
            _ => {}
        });
        let guests = MemoryUsers::new(Guest::from_sign_up, |guest: &mut Guest, change| match change {
            Change::Active(active, now) => guest.disabled_at = (!active).then(|| now.as_secs().cast_signed()),
            Change::Login(_, name) => guest.name = name,
            Change::Verified(verified, _) => guest.is_sure = verified,
            _ => {}
        });
        Some(Self { records: Arc::default(), members: Arc::new(members), guests: Arc::new(guests) })
    }

    fn records(&self) -> Pair<MemoryRecords> {
        Pair { first: Arc::clone(&self.records), second: Arc::clone(&self.records) }
    }

    fn members(&self) -> Pair<MemoryUsers<Member>> {
        Pair { first: Arc::clone(&self.members), second: Arc::clone(&self.members) }
    }

    fn guests(&self) -> Pair<MemoryUsers<Guest>> {
        Pair { first: Arc::clone(&self.guests), second: Arc::clone(&self.guests) }
    }
}

/// A database file with two pools.
pub(crate) struct Sqlite {
    pub(crate) pools: [SqlitePool; 2],
    file: File,
}

impl Fixture for Sqlite {
    type Records = SqlRecords<sqlx::Sqlite>;
    type Members = SqlUsers<Member, sqlx::Sqlite>;
    type Guests = SqlUsers<Guest, sqlx::Sqlite>;

    async fn open() -> Option<Self> {
        let sqlite = Self::bare().await;
        raw_sql(Member::TABLE).execute(&sqlite.pools[0]).await.unwrap();
        raw_sql(Guest::TABLE).execute(&sqlite.pools[0]).await.unwrap();
        sqlite.records().first.prepare().await.unwrap();
        Some(sqlite)
    }

    fn records(&self) -> Pair<SqlRecords<sqlx::Sqlite>> {
        let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlRecords::new(pool)));
        Pair { first, second }
    }

    fn members(&self) -> Pair<SqlUsers<Member, sqlx::Sqlite>> {
        let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlUsers::new(pool)));
        Pair { first, second }
    }

    fn guests(&self) -> Pair<SqlUsers<Guest, sqlx::Sqlite>> {
        let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlUsers::new(pool)));
        Pair { first, second }
    }
}

impl Sqlite {
    pub(crate) async fn new() -> Self {
        Self::open().await.unwrap()
    }

    /// A database without tables.
    pub(crate) async fn bare() -> Self {
        let file = File::new();
        let pool = || SqlitePoolOptions::new().max_connections(4).connect_with(options(&file));
        let pools = [pool().await.unwrap(), pool().await.unwrap()];
        Self { pools, file }
    }

    fn options(&self) -> SqliteConnectOptions {
        options(&self.file)
    }

    pub(crate) fn path(&self) -> &PathBuf {
        &self.file.0
    }
}

/// A busy timeout longer than any test, and no flushing to disk, because no test simulates a power failure. The journal
/// mode is SQLite's default, in which readers and writers conflict most.
fn options(file: &File) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(&file.0).create_if_missing(true);
    options.synchronous(SqliteSynchronous::Off).busy_timeout(Duration::from_mins(1))
}

/// A file in the temporary directory that is deleted on drop.
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

/// A database on a server, with two pools.
pub(crate) struct OnServer<S: Server> {
    pools: [Pool<S>; 2],
    // Declared after the pools, because fields are dropped in order.
    database: Temporary<S>,
}

/// A database, as tests of the SQL stores need it.
pub(crate) trait Database: Fixture {
    type Driver: Dialect;
    const NAME: &'static str;

    /// Opens a database without tables.
    async fn without_tables() -> Option<Self>;
    fn pool(&self, n: usize) -> Pool<Self::Driver>;
    /// Another pool on the same database.
    async fn another_pool(&self) -> Pool<Self::Driver>;
    async fn try_run(&self, sql: &str) -> sqlx::Result<()>;

    async fn run(&self, sql: &str) {
        self.try_run(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// The numbers that a query returns.
    async fn numbers(&self, sql: &str) -> Vec<i64>;

    /// The texts that a query returns.
    async fn texts(&self, sql: &str) -> Vec<String>;

    /// The single number that a query returns.
    async fn count(&self, sql: &str) -> i64 {
        self.numbers(sql).await[0]
    }

    /// The store for a user type.
    fn users<U: SqlUser<Self::Driver> + SqlRow<Self::Driver>>(&self) -> SqlUsers<U, Self::Driver> {
        SqlUsers::new(self.pool(0))
    }

    /// What the start-up check finds about the table of a user type.
    async fn report<U: SqlUser<Self::Driver> + SqlRow<Self::Driver>>(&self) -> TableReport {
        self.users::<U>().problems().await.unwrap()
    }

    /// All of it in one list, the most serious first. Passwords of tests are no hashes, so those are left out.
    async fn problems<U: SqlUser<Self::Driver> + SqlRow<Self::Driver>>(&self) -> Vec<String> {
        all(self.report::<U>().await)
    }
}

pub(crate) fn all(report: TableReport) -> Vec<String> {
    [report.schema, report.rows, report.notes].concat()
}

impl Database for Sqlite {
    type Driver = sqlx::Sqlite;
    const NAME: &'static str = "SQLite";

    async fn without_tables() -> Option<Self> {
        Some(Self::bare().await)
    }

    fn pool(&self, n: usize) -> SqlitePool {
        self.pools[n].clone()
    }

    async fn another_pool(&self) -> SqlitePool {
        SqlitePoolOptions::new().max_connections(2).connect_with(self.options()).await.unwrap()
    }

    async fn try_run(&self, sql: &str) -> sqlx::Result<()> {
        raw_sql(AssertSqlSafe(sql)).execute(&self.pools[0]).await.map(drop)
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.pools[0]).await.unwrap()
    }

    async fn numbers(&self, sql: &str) -> Vec<i64> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.pools[0]).await.unwrap()
    }
}

/// Generates the fixture of a server.
macro_rules! on_server {
    ($db:ty, $holds_nul:literal, $members:expr, $guests:expr) => {
        impl Fixture for OnServer<$db> {
            type Records = SqlRecords<$db>;
            type Members = SqlUsers<Member, $db>;
            type Guests = SqlUsers<Guest, $db>;

            const HOLDS_NUL: bool = $holds_nul;

            async fn open() -> Option<Self> {
                let server = Self::without_tables().await?;
                server.run(&server.spelled($members).await).await;
                server.run(&server.spelled($guests).await).await;
                server.records().first.prepare().await.unwrap();
                Some(server)
            }

            fn records(&self) -> Pair<SqlRecords<$db>> {
                let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlRecords::new(pool)));
                Pair { first, second }
            }

            fn members(&self) -> Pair<SqlUsers<Member, $db>> {
                let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlUsers::new(pool)));
                Pair { first, second }
            }

            fn guests(&self) -> Pair<SqlUsers<Guest, $db>> {
                let [first, second] = self.pools.clone().map(|pool| Arc::new(SqlUsers::new(pool)));
                Pair { first, second }
            }
        }

        impl Database for OnServer<$db> {
            type Driver = $db;
            const NAME: &'static str = <$db as Server>::NAME;

            async fn without_tables() -> Option<Self> {
                let database = Temporary::new().await?;
                let pools = [database.pool(4).await, database.pool(4).await];
                Some(Self { pools, database })
            }

            fn pool(&self, n: usize) -> Pool<$db> {
                self.pools[n].clone()
            }

            async fn another_pool(&self) -> Pool<$db> {
                self.database.pool(2).await
            }

            async fn try_run(&self, sql: &str) -> sqlx::Result<()> {
                <$db as Server>::run(&self.pools[0], sql.to_owned()).await
            }

            async fn texts(&self, sql: &str) -> Vec<String> {
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.pools[0]).await.unwrap()
            }

            async fn numbers(&self, sql: &str) -> Vec<i64> {
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.pools[0]).await.unwrap()
            }
        }
    };
}

impl<S: Server> OnServer<S> {
    /// A new pool, direct or through a proxy.
    pub(crate) async fn pool_of(&self, connections: u32, through: Option<&Proxy>) -> Pool<S> {
        S::pool(&self.database.url(through), None, connections).await
    }

    pub(crate) fn name(&self) -> &str {
        &self.database.name
    }

    pub(crate) fn url(&self) -> String {
        self.database.url(None)
    }

    /// A proxy in front of the server.
    pub(crate) async fn line(&self) -> Proxy {
        Proxy::before(self.database.server()).await
    }
}

on_server!(Postgres, false, Member::POSTGRES, Guest::POSTGRES);
on_server!(MySql, true, Member::MYSQL, Guest::MYSQL);

impl OnServer<Postgres> {
    #[expect(clippy::unused_async, reason = "that of MySQL asks the server")]
    async fn spelled(&self, sql: &str) -> String {
        let _ = self;
        sql.to_owned()
    }
}

impl OnServer<MySql> {
    /// Fills in the collation that compares every byte, which has different names in MariaDB and MySQL.
    pub(crate) async fn spelled(&self, sql: &str) -> String {
        let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&self.pools[0]).await.unwrap();
        let exact = if version.contains("MariaDB") { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" };
        sql.replace("{exact}", exact)
    }
}
