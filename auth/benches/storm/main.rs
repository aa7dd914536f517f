//! `cargo bench -p auth --bench storm`: do other routes notice when everybody signs in at once?
//!
//! 200 clients sign in, again and again, while a protected route is called 1,000 times a second. The server is a process
//! of its own on one core, the load on another. Once with this crate, once with what is usually written: Argon2 in
//! `spawn_blocking`, without a limit. Latency counts from the moment a call was due, so a server that stalls cannot hide
//! it; memory is the server's peak resident set.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

mod load;
mod server;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;
const PHASE: Duration = Duration::from_secs(3);
/// The median of so many rounds counts, because machines have moods.
const ROUNDS: usize = 5;

fn main() {
    let role = std::env::args().nth(1).unwrap_or_default();
    match role.as_str() {
        "serve-auth" => server::run(server::Kind::Auth),
        "serve-naive" => server::run(server::Kind::Naive),
        _ => compare(),
    }
}

/// What was seen of one server in one round.
struct Seen {
    quiet: load::Latency,
    storm: load::Latency,
    logins: load::Logins,
    memory_quiet: f64,
    memory_storm: f64,
}

fn compare() {
    pin(LOAD_CORE);
    let seconds = PHASE.as_secs();
    println!(
        "200 clients signing in, a protected route 1,000 times a second; {ROUNDS} rounds of {seconds} s, medians\n"
    );
    println!("server  phase      p50 ms    p99 ms    max ms  logins  refused  peak MiB");
    // In turns, so that a bad minute of the machine is everybody's.
    let (mut ours, mut naive) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(observe("serve-auth"));
        naive.push(observe("serve-naive"));
    }
    for (name, rounds) in [("auth", &ours), ("naive", &naive)] {
        row(name, "quiet", rounds, |seen| &seen.quiet, |seen| seen.memory_quiet);
        row(name, "storm", rounds, |seen| &seen.storm, |seen| seen.memory_storm);
    }
    println!();
    for (name, rounds) in [("auth", &ours), ("naive", &naive)] {
        let ratio = median(rounds, |seen| seen.storm.p99) / median(rounds, |seen| seen.quiet.p99);
        println!("ratio {name}_p99_storm/quiet {ratio:.2}");
        let memory = median(rounds, |seen| seen.memory_storm - seen.memory_quiet);
        println!("ratio {name}_memory_above_quiet_mib {memory:.1}");
    }
    let logins = |rounds| median(rounds, |seen| to_f64(seen.logins.done));
    println!("ratio logins_auth/naive {:.2}", logins(&ours) / logins(&naive));
}

fn row(name: &str, phase: &str, rounds: &[Seen], of: fn(&Seen) -> &load::Latency, memory: fn(&Seen) -> f64) {
    let figure = |figure: fn(&load::Latency) -> f64| median(rounds, |seen| figure(of(seen)));
    let (p50, p99, max) = (figure(|it| it.p50), figure(|it| it.p99), figure(|it| it.max));
    let storm = if phase == "storm" { 1.0 } else { 0.0 };
    let done = storm * median(rounds, |seen| to_f64(seen.logins.done));
    let refused = storm * median(rounds, |seen| to_f64(seen.logins.refused));
    let peak = median(rounds, memory);
    println!("{name:6}  {phase:6}  {p50:9.2} {p99:9.2} {max:9.2} {done:7.0} {refused:8.0} {peak:9.1}");
}

fn median(rounds: &[Seen], figure: impl Fn(&Seen) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    *figures.get(figures.len() / 2).unwrap()
}

/// One round with a server of its own.
fn observe(role: &str) -> Seen {
    let (mut child, port, token) = start(role);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // One of each first: what is done once a process is not what is measured.
    runtime.block_on(load::warm_up(port, &token));
    let (quiet, _) = runtime.block_on(load::phase(port, &token, 0, PHASE));
    let memory_quiet = peak_mib(&child);
    let (storm, logins) = runtime.block_on(load::phase(port, &token, 200, PHASE));
    let memory_storm = peak_mib(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    Seen { quiet, storm, logins, memory_quiet, memory_storm }
}

/// Starts this very program as a server; it says its port and a token for the protected route.
fn start(role: &str) -> (Child, u16, String) {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program).arg(role).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (port, token) = line.trim().split_once(' ').expect("the server says its port and a token");
    (child, port.parse().unwrap(), token.to_owned())
}

/// The most memory the process has had resident so far (`VmHWM`), in MiB.
fn peak_mib(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Keeps the process on one core, where the machine has several.
fn pin(core: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > core {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn to_f64(count: usize) -> f64 {
    count as f64
}
