//! `cargo bench -p auth --bench request`: what a whole request to a protected route costs.
//!
//! `GET /me` over loopback on 64 open connections. The server is a separate process on one core, the load generator
//! runs on another; PostgreSQL shares both cores with them. In each round the servers take turns, each as a fresh
//! process; the figures are medians over the rounds. Compared are axum alone; this crate with the claims of the token,
//! with `user: User` read each time, with `user: User` from the cache (`user_cache`), and with an API key whose owner
//! is in the cache; and the usual hand-written code: `jsonwebtoken::decode`, and a `SELECT` by id each time, or every
//! five seconds. All use the same row, pool and response.
//!
//! PostgreSQL: `BENCH_POSTGRES_URL` or `TEST_POSTGRES_URL`. The benchmark creates its own database there, and drops it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

#[path = "../common/database.rs"]
mod database;
#[path = "../common/figures.rs"]
mod figures;
mod hand_written;
mod load;
#[path = "../common/process.rs"]
mod process;
mod server;
#[path = "../common/table.rs"]
mod table;
#[path = "../common/user.rs"]
mod user;

use auth::store::Backend;
use database::{Kind, Temporary};
use figures::median;
use process::{LOAD_CORE, Server, pin};
use server::{BARE, CACHED, CACHED_BY_HAND, CLAIMS, CLAIMS_BY_HAND, HAND_WRITTEN, KEY, ROW};
use sqlx::{Database as _, Pool, Postgres, Sqlite};
use user::User;

/// The figures are medians over this many rounds, because single rounds vary.
const ROUNDS: usize = 11;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", what, Sqlite::NAME, url] => process::serve(server::make::<Sqlite>(what, url)),
        ["serve", what, Postgres::NAME, url] => process::serve(server::make::<Postgres>(what, url)),
        _ => compare(),
    }
}

/// One server and its measurements.
struct Candidate {
    what: &'static str,
    database: &'static str,
    url: String,
    rounds: Vec<load::Seen>,
}

impl Candidate {
    fn requests(&self) -> f64 {
        median(&self.rounds, |seen| seen.requests_per_second)
    }

    fn cpu(&self) -> f64 {
        median(&self.rounds, |seen| seen.cpu_per_request)
    }
}

fn compare() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sqlite = runtime.block_on(database::<Sqlite>());
    let postgres = runtime.block_on(database::<Postgres>());
    pin(LOAD_CORE);
    let candidate = |what, database, url: &str| Candidate { what, database, url: url.to_owned(), rounds: Vec::new() };
    let mut candidates = Vec::new();
    if let Some(it) = &sqlite {
        // None of these queries the database during the measurement.
        candidates.extend([BARE, CLAIMS, CLAIMS_BY_HAND].map(|what| candidate(what, Sqlite::NAME, &it.url)));
        candidates.extend(
            [ROW, CACHED, KEY, HAND_WRITTEN, CACHED_BY_HAND].map(|what| candidate(what, Sqlite::NAME, &it.url)),
        );
    }
    if let Some(it) = &postgres {
        candidates.extend(
            [ROW, CACHED, KEY, HAND_WRITTEN, CACHED_BY_HAND].map(|what| candidate(what, Postgres::NAME, &it.url)),
        );
    }
    for _ in 0..ROUNDS {
        for it in &mut candidates {
            let server = Server::start(&["serve", it.what, it.database, &it.url]);
            it.rounds.push(load::observe(&server));
        }
    }
    report(&candidates);
}

/// A database with one user in it.
async fn database<K: Kind>() -> Option<Temporary<K>>
where
    Pool<K>: Backend<User>,
{
    let database = Temporary::<K>::new().await?;
    table::first_user(&K::connect(&database.url).await).await;
    Some(database)
}

fn report(candidates: &[Candidate]) {
    let (time, connections) = (load::TIME.as_secs_f64(), load::CONNECTIONS);
    println!("GET /me, {connections} connections; {ROUNDS} rounds of {time:.1} s, medians\n");
    println!("{:36} {:>8} {:>14} {:>8} {:>8} {:>8}", "", "req/s", "CPU us/request", "of bare", "busy %", "load %");
    let bare = candidates.iter().find(|it| it.what == BARE).map_or(1.0, Candidate::requests);
    for it in candidates {
        let (requests, busy) = (it.requests(), median(&it.rounds, |seen| seen.busy * 100.0));
        let load = median(&it.rounds, |seen| seen.load * 100.0);
        let asks = if [BARE, CLAIMS, CLAIMS_BY_HAND].contains(&it.what) {
            String::new()
        } else {
            format!(", {}", it.database)
        };
        let name = format!("{}{asks}", it.what);
        println!("{name:36} {requests:8.0} {:14.1} {:8.2} {busy:8.0} {load:8.0}", it.cpu(), requests / bare);
    }
    println!();
    let over_bare = |what| {
        let cpu = |what| candidates.iter().find(|it| it.what == what).map_or(0.0, Candidate::cpu);
        cpu(what) - cpu(BARE)
    };
    println!("ratio claims/hand_written, CPU over bare {:.2}", over_bare(CLAIMS) / over_bare(CLAIMS_BY_HAND));
    for it in candidates.iter().filter(|it| [ROW, CACHED].contains(&it.what)) {
        let same = |other: &&Candidate| other.what == HAND_WRITTEN && other.database == it.database;
        if let Some(by_hand) = candidates.iter().find(same) {
            let (what, database) = (it.what.replace(' ', "_"), it.database);
            let (requests, cpu) = (it.requests() / by_hand.requests(), by_hand.cpu() / it.cpu());
            println!("ratio {what}/hand_written on {database}: requests {requests:.2}, by the server's CPU {cpu:.2}");
            let same = |other: &&Candidate| other.what == CACHED_BY_HAND && other.database == it.database;
            if let Some(by_hand) = candidates.iter().find(same).filter(|_| it.what == CACHED) {
                let (requests, cpu) = (it.requests() / by_hand.requests(), by_hand.cpu() / it.cpu());
                println!(
                    "ratio {what}/hand_written_cached on {database}: requests {requests:.2}, by the server's CPU {cpu:.2}"
                );
            }
        }
    }
}
