//! A separate database for each test, on the servers at `TEST_POSTGRES_URL` and `TEST_MYSQL_URL`.

use std::future::Future;
use std::io::Write as _;
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::store::sql::Dialect;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, MySql, Pool, Postgres};

use crate::proxy::Proxy;

/// A kind of server.
pub trait Server: Dialect {
    const NAME: &'static str;
    /// The environment variable with the address.
    const VARIABLE: &'static str;
    const DROP: &'static str;

    /// A pool of connections to the named database, or to the one in the address.
    fn pool(url: &str, database: Option<&str>, connections: u32) -> impl Future<Output = Pool<Self>> + Send;

    /// Runs statements without parameters.
    fn run(pool: &Pool<Self>, sql: String) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The address of the server. Without one, prints a visible notice once, because a skipped test has not passed.
    fn url() -> Option<String> {
        let url = std::env::var(Self::VARIABLE).ok().filter(|url| !url.is_empty());
        if url.is_none() {
            Self::say_skipped();
        }
        url
    }

    fn say_skipped();
}

/// Writes to stderr directly, because the test harness hides what passing tests print.
pub(crate) fn say(once: &OnceLock<()>, name: &str, variable: &str) {
    once.get_or_init(|| {
        let text = format!("\nSKIPPED: nothing is tested on {name}, because {variable} is not set\n");
        drop(std::io::stderr().write_all(text.as_bytes()));
    });
}

impl Server for Postgres {
    const NAME: &'static str = "PostgreSQL";
    const VARIABLE: &'static str = "TEST_POSTGRES_URL";
    const DROP: &'static str = "DROP DATABASE IF EXISTS {} WITH (FORCE)";

    async fn pool(url: &str, database: Option<&str>, connections: u32) -> Pool<Self> {
        let options = PgConnectOptions::from_str(url).unwrap();
        let options = database.map_or(options.clone(), |name| options.database(name));
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_mins(1));
        pool.connect_with(options).await.expect("TEST_POSTGRES_URL must lead to a server")
    }

    async fn run(pool: &Pool<Self>, sql: String) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop)
    }

    fn say_skipped() {
        static ONCE: OnceLock<()> = OnceLock::new();
        say(&ONCE, Self::NAME, Self::VARIABLE);
    }
}

impl Server for MySql {
    const NAME: &'static str = "MySQL";
    const VARIABLE: &'static str = "TEST_MYSQL_URL";
    const DROP: &'static str = "DROP DATABASE IF EXISTS {}";

    async fn pool(url: &str, database: Option<&str>, connections: u32) -> Pool<Self> {
        let options = MySqlConnectOptions::from_str(url).unwrap();
        let options = database.map_or(options.clone(), |name| options.database(name));
        let pool = MySqlPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_mins(1));
        pool.connect_with(options).await.expect("TEST_MYSQL_URL must lead to a server")
    }

    async fn run(pool: &Pool<Self>, sql: String) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop)
    }

    fn say_skipped() {
        static ONCE: OnceLock<()> = OnceLock::new();
        say(&ONCE, Self::NAME, Self::VARIABLE);
    }
}

/// A database that is dropped together with this value, even if the test fails.
pub struct Temporary<S: Server> {
    url: String,
    pub name: String,
    server: std::marker::PhantomData<fn() -> S>,
}

impl<S: Server> Temporary<S> {
    /// Creates a database, if there is a server.
    pub async fn new() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let url = S::url()?;
        let name = format!("auth_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let server = S::pool(&url, None, 1).await;
        S::run(&server, S::DROP.replace("{}", &name)).await.unwrap();
        S::run(&server, format!("CREATE DATABASE {name}")).await.unwrap();
        server.close().await;
        Some(Self { url, name, server: std::marker::PhantomData })
    }

    /// The host and port of its server.
    pub fn server(&self) -> &str {
        let authority = self.parts().1;
        authority.rsplit_once('@').map_or(authority, |(_, server)| server)
    }

    /// The address of the database, direct or through a proxy.
    pub fn url(&self, through: Option<&Proxy>) -> String {
        let (scheme, authority) = self.parts();
        let server = through.map_or_else(|| self.server().to_owned(), |proxy| proxy.address.to_string());
        let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
        format!("{scheme}://{user}{server}/{}", self.name)
    }

    /// The scheme and authority of the address.
    fn parts(&self) -> (&str, &str) {
        let (scheme, rest) = self.url.split_once("://").expect("an address of the form scheme://…");
        (scheme, rest.split(['/', '?']).next().unwrap())
    }

    /// A new pool, as another process would have.
    pub async fn pool(&self, connections: u32) -> Pool<S> {
        S::pool(&self.url, Some(&self.name), connections).await
    }
}

impl<S: Server> Drop for Temporary<S> {
    fn drop(&mut self) {
        let (url, sql) = (self.url.clone(), S::DROP.replace("{}", &self.name));
        // A separate runtime, because that of the test may be shutting down.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = S::pool(&url, None, 1).await;
                drop(S::run(&server, sql).await);
                server.close().await;
            });
        });
        drop(thread.join());
    }
}
