//! A separate database for each test, deleted after the test.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auth::store::sql::Dialect;
use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Pool, Row, Sqlite, SqlitePool};

use crate::proxy::Proxy;
use crate::server::{Server, Temporary};

/// The database of the application under test: an SQLite file, or a database on a server.
pub trait Place {
    type Driver: Dialect;

    /// A pool of connections to it.
    fn pool(&self) -> Pool<Self::Driver>;

    /// Runs statements that the library does not know about.
    fn sql(&self, sql: &str) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl Place for Database {
    type Driver = Sqlite;

    fn pool(&self) -> SqlitePool {
        self.pool.clone()
    }

    async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await.map(drop)
    }
}

/// A database on a server, with the table of the sample application. Clones share it.
pub struct OnServer<S: Server> {
    pub pool: Pool<S>,
    // Declared after the pool, because fields are dropped in order.
    database: Arc<Temporary<S>>,
}

impl<S: Server> Clone for OnServer<S> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), database: Arc::clone(&self.database) }
    }
}

impl<S: Server> OnServer<S> {
    /// Creates a database, if there is such a server.
    pub async fn with(schema: &str) -> Option<Self> {
        let database = Temporary::new().await?;
        let pool = database.pool(8).await;
        S::run(&pool, schema.to_owned()).await.unwrap();
        Some(Self { pool, database: Arc::new(database) })
    }

    /// A proxy in front of the server, and the same database through at most so many connections to it, which are not
    /// pinged before they are used.
    pub async fn behind_proxy(&self, connections: u32) -> (Proxy, Self) {
        let proxy = Proxy::before(self.database.server()).await;
        let options = PoolOptions::new().max_connections(connections).test_before_acquire(false);
        let pool = options.connect(&self.database.url(Some(&proxy))).await.unwrap();
        (proxy, Self { pool, database: Arc::clone(&self.database) })
    }

    /// The same database through new connections, as another process would have.
    pub async fn reopened(&self) -> Self {
        Self { pool: self.database.pool(4).await, database: Arc::clone(&self.database) }
    }
}

impl<S: Server> Place for OnServer<S> {
    type Driver = S;

    fn pool(&self) -> Pool<S> {
        self.pool.clone()
    }

    async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        S::run(&self.pool, sql.to_owned()).await
    }
}

/// An SQLite file. Clones share it.
#[derive(Clone)]
pub struct Database {
    pub pool: SqlitePool,
    file: Arc<File>,
}

/// A file that is removed with the last application that uses it.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.0.display()));
        }
    }
}

impl Database {
    /// A new file with these tables.
    pub async fn with(schema: &'static str) -> Self {
        let file = Arc::new(File(path("db")));
        let pool = open(&file).await;
        sqlx::raw_sql(schema).execute(&pool).await.unwrap();
        Self { pool, file }
    }

    /// The same file through new connections, as another process would have.
    pub async fn reopened(&self) -> Self {
        Self { pool: open(&self.file).await, file: Arc::clone(&self.file) }
    }

    /// The address of the file, for another process.
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.file.0.display())
    }

    /// Runs a statement that the library does not know about.
    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.pool).await.unwrap();
    }

    /// The number that `sql` selects.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// The text that `sql` selects.
    pub async fn text(&self, sql: &'static str) -> String {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Every value of every table as text: what a stolen backup contains.
    pub async fn dump(&self) -> String {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&self.pool).await.unwrap();
        let mut dump = String::new();
        for table in tables {
            let columns = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)").bind(&table);
            let columns: Vec<String> = columns.fetch_all(&self.pool).await.unwrap();
            let texts: Vec<String> = columns
                .iter()
                .map(|name| {
                    format!("iif(typeof(\"{name}\") = 'blob', hex(\"{name}\"), coalesce(CAST(\"{name}\" AS TEXT), ''))")
                })
                .collect();
            let sql = format!("SELECT {} FROM \"{table}\"", texts.join(" || '\n' || "));
            for row in sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.unwrap() {
                dump.push_str(&row.get::<String, _>(0));
                dump.push('\n');
            }
        }
        dump
    }
}

/// A path to a file that does not exist, and that no other test uses.
pub fn path(extension: &str) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("auth-flow-{}-{number}.{extension}", std::process::id()))
}

async fn open(file: &File) -> SqlitePool {
    let options =
        SqliteConnectOptions::new().filename(&file.0).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    SqlitePoolOptions::new().max_connections(8).connect_with(options).await.unwrap()
}
