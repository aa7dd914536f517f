//! `cargo bench -p auth --bench growth`: the cost of sessions at a thousand, a hundred thousand and a million of them.
//!
//! Each database is filled with realistic sessions: ten per user, from the last month, each with a working refresh
//! token; a tenth of the users have a raised revocation mark. At each size, the benchmark refreshes a thousand random
//! sessions, lists the sessions of a thousand random users, polls the revocation feed a thousand times while it
//! contains a hundred revocations, and purges a thousand expired records. There is one caller at a time, because this
//! is about the cost of finding a row, not about throughput. The clock does not move meanwhile.
//!
//! Servers: `BENCH_POSTGRES_URL`, `BENCH_MYSQL_URL`, or `TEST_…`. The benchmark creates its own databases there, and
//! drops them.
//! Other sizes: `cargo bench -p auth --bench growth -- 1000 20000`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

#[path = "../common/accounts.rs"]
mod accounts;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/figures.rs"]
mod figures;
mod fill;
mod measure;
mod memory;
#[path = "../common/table.rs"]
mod table;
#[path = "../common/user.rs"]
mod user;

use std::time::{Duration, Instant};

use auth::store::Backend;
use auth::testing::ManualClock;
use database::{Kind, Temporary};
use fill::Filler;
use measure::Spread;
use sqlx::{MySql, Pool, Postgres, Sqlite};
use user::User;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
/// At start, a process reads the revocations of all tokens that may still be valid.
const REVOKED_AT_START: usize = 100_000;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    memory::held(&runtime);
    runtime.block_on(async {
        grow::<Sqlite>(&sizes).await;
        grow::<Postgres>(&sizes).await;
        grow::<MySql>(&sizes).await;
    });
}

async fn grow<K: Settle>(sizes: &[usize])
where
    Pool<K>: Backend<User>,
{
    let Some(database) = Temporary::<K>::new().await else { return };
    let pool = K::connect(&database.url).await;
    table::first_user(&pool).await;
    let clock = ManualClock::at(std::time::SystemTime::now().into());
    let builder = table::builder(&pool).clock(clock.clone()).revocation_feed(Duration::ZERO);
    // Slow calls must show in the figures instead of timing out.
    let auth = builder.store_timeout(Duration::from_mins(1)).build().await.unwrap();
    let mut filler = Filler::new(&pool, &auth, clock.clone()).await;
    let mut columns = Vec::new();
    for size in sizes {
        // The revocations made for the previous size expire.
        clock.advance(Duration::from_hours(1));
        let start = Instant::now();
        filler.fill(*size).await;
        for statement in K::SETTLE {
            K::run(&pool, (*statement).to_owned()).await;
        }
        let filled = start.elapsed();
        columns.push(Column { sessions: *size, filled, figures: measure::all(&auth, &mut filler).await });
    }
    filler.revoke_over(REVOKED_AT_START, Duration::from_mins(15)).await;
    let builder = table::builder(&pool).clock(clock).revocation_feed(Duration::ZERO).skip_table_check();
    let start = Instant::now();
    drop(builder.build().await.unwrap());
    let started = start.elapsed().as_secs_f64();
    report::<K>(&columns);
    println!("{:34} {started:.2} s", format!("start with {REVOKED_AT_START} revoked"));
}

/// Maintenance that a database does in idle time, done now so that it does not disturb the measurements.
trait Settle: Kind {
    const SETTLE: &'static [&'static str];
}

impl Settle for Sqlite {
    const SETTLE: &'static [&'static str] = &["PRAGMA wal_checkpoint(TRUNCATE)"];
}

impl Settle for Postgres {
    const SETTLE: &'static [&'static str] = &["VACUUM ANALYZE", "CHECKPOINT"];
}

impl Settle for MySql {
    const SETTLE: &'static [&'static str] = &[];
}

/// The figures for one size.
struct Column {
    sessions: usize,
    filled: Duration,
    figures: measure::Figures,
}

type Figure = fn(&measure::Figures) -> Spread;

fn report<K: Kind>(columns: &[Column]) {
    println!("\n{}: ms, median and 99th percentile, at so many sessions", K::NAME);
    let row = |name: &str, cell: &dyn Fn(&Column) -> String| {
        print!("{name:18}");
        for column in columns {
            print!("{:>22}", cell(column));
        }
    };
    row("", &|column| column.sessions.to_string());
    println!("{:>14}", "last / first");
    let rows: [(&str, Figure); 5] = [
        ("refresh", |it| it.refresh),
        ("list of sessions", |it| it.list),
        ("poll of the feed", |it| it.poll),
        ("purge of 1,000", |it| it.purge),
        ("verify a token", |it| it.verify),
    ];
    for (name, figure) in rows {
        row(name, &|column| {
            let it = figure(&column.figures);
            format!("{:.4} {:>9.4}", it.median, it.high)
        });
        let ends = columns.first().zip(columns.last()).unwrap();
        println!("{:>14.2}", figure(&ends.1.figures).median / figure(&ends.0.figures).median);
    }
    row("filled in s", &|column| format!("{:.1}", column.filled.as_secs_f64()));
    println!();
}
