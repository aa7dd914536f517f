//! Databases that a benchmark creates for itself and drops.

use std::marker::PhantomData;
use std::path::Path;

use auth::store::sql::Dialect;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, MySql, MySqlPool, PgPool, Pool, Postgres, Sqlite, SqlitePool};

/// A kind of database. Pools have the defaults of sqlx: ten connections, prepared statements cached.
pub(crate) trait Kind: Dialect {
    /// The statement that creates the user table.
    const USERS: &'static str;

    /// Creates a database with that name and returns its address, or `None` without a server.
    fn create(name: &str) -> impl Future<Output = Option<String>>;

    /// Drops the database with that name and address.
    fn remove(name: &str, url: &str) -> impl Future<Output = ()>;

    fn connect(url: &str) -> impl Future<Output = Pool<Self>>;

    /// Runs statements without parameters.
    fn run(pool: &Pool<Self>, sql: String) -> impl Future<Output = ()>;
}

/// A database that is dropped together with this value.
pub(crate) struct Temporary<K: Kind> {
    name: String,
    pub(crate) url: String,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Temporary<K> {
    /// Creates a database, or prints a notice if there is no server.
    pub(crate) async fn new() -> Option<Self> {
        let name = format!("auth_bench_{}", std::process::id());
        let Some(url) = K::create(&name).await else {
            println!("SKIPPED: nothing is measured on {}, because no address of a server is set", K::NAME);
            return None;
        };
        Some(Self { name, url, kind: PhantomData })
    }
}

impl<K: Kind> Drop for Temporary<K> {
    fn drop(&mut self) {
        // A separate runtime, because the current one may be shutting down.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(K::remove(&self.name, &self.url));
            });
        });
    }
}

/// The value of the first of these variables that is set and not empty.
fn server(variables: [&str; 2]) -> Option<String> {
    variables.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()))
}

/// The address of another database on the same server.
fn beside(url: &str, database: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, String::new()), |(url, rest)| (url, format!("?{rest}")));
    let (server, _) = address.rsplit_once('/').expect("an address ends with the name of a database");
    format!("{server}/{database}{options}")
}

impl Kind for Sqlite {
    const USERS: &'static str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
        password_hash TEXT NOT NULL, is_active BOOLEAN NOT NULL DEFAULT TRUE, role TEXT NOT NULL, display_name TEXT NOT NULL)";

    async fn create(name: &str) -> Option<String> {
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Some(directory.join("bench.db").to_str().unwrap().to_owned())
    }

    async fn remove(_: &str, url: &str) {
        std::fs::remove_dir_all(Path::new(url).parent().unwrap()).unwrap();
    }

    // A file with a write-ahead log, the usual choice for a server on SQLite.
    async fn connect(url: &str) -> SqlitePool {
        let options = SqliteConnectOptions::new().filename(url).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
        SqlitePool::connect_with(options).await.unwrap()
    }

    async fn run(pool: &SqlitePool, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
}

impl Kind for Postgres {
    const USERS: &'static str = "CREATE TABLE users (id BIGSERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
        password_hash TEXT NOT NULL, is_active BOOLEAN NOT NULL DEFAULT TRUE, role TEXT NOT NULL, display_name TEXT NOT NULL)";

    async fn create(name: &str) -> Option<String> {
        let url = server(["BENCH_POSTGRES_URL", "TEST_POSTGRES_URL"])?;
        Self::run(&Self::connect(&url).await, format!("CREATE DATABASE {name}")).await;
        Some(beside(&url, name))
    }

    async fn remove(name: &str, _: &str) {
        let Some(url) = server(["BENCH_POSTGRES_URL", "TEST_POSTGRES_URL"]) else { return };
        Self::run(&Self::connect(&url).await, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }

    async fn connect(url: &str) -> PgPool {
        PgPool::connect(url).await.expect("BENCH_POSTGRES_URL or TEST_POSTGRES_URL leads to a server")
    }

    async fn run(pool: &PgPool, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
}

impl Kind for MySql {
    const USERS: &'static str = "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, \
        email VARCHAR(255) NOT NULL UNIQUE, password_hash TEXT NOT NULL, is_active BOOLEAN NOT NULL DEFAULT TRUE, \
        role VARCHAR(32) NOT NULL, display_name TEXT NOT NULL)";

    async fn create(name: &str) -> Option<String> {
        let url = server(["BENCH_MYSQL_URL", "TEST_MYSQL_URL"])?;
        Self::run(&Self::connect(&url).await, format!("CREATE DATABASE {name}")).await;
        Some(beside(&url, name))
    }

    async fn remove(name: &str, _: &str) {
        let Some(url) = server(["BENCH_MYSQL_URL", "TEST_MYSQL_URL"]) else { return };
        Self::run(&Self::connect(&url).await, format!("DROP DATABASE {name}")).await;
    }

    async fn connect(url: &str) -> MySqlPool {
        MySqlPool::connect(url).await.expect("BENCH_MYSQL_URL or TEST_MYSQL_URL leads to a server")
    }

    async fn run(pool: &MySqlPool, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
}
