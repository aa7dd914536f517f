//! `cargo bench -p auth --bench storm`: how a storm of logins affects other routes.
//!
//! 200 clients sign in, again and again, while a protected route is called 1,000 times a second. The server is a
//! separate process on one core, the load generator runs on another; PostgreSQL, if configured, shares both cores.
//! Compared are this crate, with limits on and off, on SQLite and PostgreSQL; and the usual code: Argon2 in
//! `spawn_blocking`, without a bound. Latency counts from the moment when a call was due, so a stalled server cannot
//! hide it; memory is the server's peak resident set.
//!
//! Each client has its own account and address (`X-Forwarded-For`, which the server is configured to trust), because
//! limits exist to refuse two hundred clients at one address. A refusal ends the benchmark.

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
#[path = "../common/http.rs"]
mod http;
mod load;
#[path = "../common/process.rs"]
mod process;
mod server;
#[path = "../common/steady.rs"]
mod steady;
#[path = "../common/table.rs"]
mod table;
#[path = "../common/user.rs"]
mod user;

use std::time::Duration;

use auth::store::Backend;
use database::{Kind, Temporary};
use figures::{median, to_f64};
use process::{LOAD_CORE, Server, pin};
use sqlx::{Database as _, Pool, Postgres, Sqlite};
use user::User;

const CLIENTS: usize = 200;
const PHASE: Duration = Duration::from_secs(3);
/// The figures are medians over this many rounds, because single rounds vary.
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve-naive"] => process::serve(async { server::naive() }),
        ["serve", limits, Sqlite::NAME, url] => process::serve(server::ours::<Sqlite>(limits, url)),
        ["serve", limits, Postgres::NAME, url] => process::serve(server::ours::<Postgres>(limits, url)),
        _ => compare(),
    }
}

/// The measurements of one server in one round.
struct Seen {
    quiet: steady::Latency,
    storm: steady::Latency,
    logins: load::Logins,
    memory_quiet: f64,
    memory_storm: f64,
}

struct Candidate {
    name: String,
    start: Vec<String>,
    rounds: Vec<Seen>,
}

fn compare() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sqlite = runtime.block_on(database::<Sqlite>());
    let postgres = runtime.block_on(database::<Postgres>());
    pin(LOAD_CORE);
    let databases =
        [sqlite.as_ref().map(|it| (Sqlite::NAME, &it.url)), postgres.as_ref().map(|it| (Postgres::NAME, &it.url))];
    let mut candidates = Vec::new();
    for (database, url) in databases.into_iter().flatten() {
        for limits in [server::OFF, server::ON] {
            let start = ["serve", limits, database, url].map(str::to_owned).to_vec();
            candidates.push(Candidate { name: format!("{database}, limits {limits}"), start, rounds: Vec::new() });
        }
    }
    candidates.push(Candidate { name: "naive".to_owned(), start: vec!["serve-naive".to_owned()], rounds: Vec::new() });
    // In turns, so that a slow phase of the machine affects all candidates.
    for _ in 0..ROUNDS {
        for it in &mut candidates {
            it.rounds.push(observe(&it.start));
        }
    }
    report(&candidates);
}

/// A database with an account for each client.
async fn database<K: Kind>() -> Option<Temporary<K>>
where
    Pool<K>: Backend<User>,
{
    let database = Temporary::<K>::new().await?;
    let pool = K::connect(&database.url).await;
    table::first_user(&pool).await;
    accounts::add(&pool, 2..=CLIENTS).await;
    Some(database)
}

fn report(candidates: &[Candidate]) {
    let seconds = PHASE.as_secs();
    println!(
        "{CLIENTS} clients signing in, a protected route 1,000 times a second; {ROUNDS} rounds of {seconds} s, medians\n"
    );
    println!("{:22}  phase      p50 ms    p99 ms    max ms  logins  refused  peak MiB", "server");
    for Candidate { name, rounds, .. } in candidates {
        row(name, "quiet", rounds, |seen| &seen.quiet, |seen| seen.memory_quiet);
        row(name, "storm", rounds, |seen| &seen.storm, |seen| seen.memory_storm);
    }
    println!();
    let logins = |rounds| median(rounds, |seen: &Seen| to_f64(seen.logins.done));
    let naive = candidates.last().map_or(1.0, |naive| logins(&naive.rounds));
    for Candidate { name, rounds, .. } in candidates {
        let ratio = median(rounds, |seen| seen.storm.p99) / median(rounds, |seen| seen.quiet.p99);
        let memory = median(rounds, |seen| seen.memory_storm - seen.memory_quiet);
        let logins = logins(rounds) / naive;
        println!("ratio {name}: p99 storm/quiet {ratio:.2}, MiB above quiet {memory:.1}, logins of naive {logins:.2}");
    }
}

fn row(name: &str, phase: &str, rounds: &[Seen], of: fn(&Seen) -> &steady::Latency, memory: fn(&Seen) -> f64) {
    let figure = |figure: fn(&steady::Latency) -> f64| median(rounds, |seen| figure(of(seen)));
    let (p50, p99, max) = (figure(|it| it.p50), figure(|it| it.p99), figure(|it| it.max));
    let storm = if phase == "storm" { 1.0 } else { 0.0 };
    let done = storm * median(rounds, |seen| to_f64(seen.logins.done));
    let refused = storm * median(rounds, |seen| to_f64(seen.logins.refused));
    let peak = median(rounds, memory);
    println!("{name:22}  {phase:6}  {p50:9.2} {p99:9.2} {max:9.2} {done:7.0} {refused:8.0} {peak:9.1}");
}

/// Runs one round with a fresh server.
fn observe(start: &[String]) -> Seen {
    let server = Server::start(&start.iter().map(String::as_str).collect::<Vec<_>>());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // One request of each kind first, so that one-time work is not measured.
    runtime.block_on(load::warm_up(&server));
    let (quiet, _) = runtime.block_on(load::phase(&server, 0, PHASE));
    let memory_quiet = peak_mib(&server);
    let (storm, logins) = runtime.block_on(load::phase(&server, CLIENTS, PHASE));
    let memory_storm = peak_mib(&server);
    Seen { quiet, storm, logins, memory_quiet, memory_storm }
}

/// The peak resident memory of the process so far (`VmHWM`), in MiB.
fn peak_mib(server: &Server) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
