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
const PHASE: Duration = Duration::from_secs(8);

fn main() {
    let role = std::env::args().nth(1).unwrap_or_default();
    match role.as_str() {
        "serve-auth" => server::run(server::Kind::Auth),
        "serve-naive" => server::run(server::Kind::Naive),
        _ => compare(),
    }
}

/// What was seen of one server.
struct Seen {
    quiet: load::Latency,
    storm: load::Latency,
    logins: usize,
    refused: usize,
    memory_quiet: f64,
    memory_storm: f64,
}

fn compare() {
    pin(LOAD_CORE);
    println!("200 clients signing in, a protected route 1,000 times a second, {} s a phase\n", PHASE.as_secs());
    println!("server  phase      p50 ms    p99 ms    max ms   answered  logins  refused  peak MiB");
    let ours = observe("auth", "serve-auth");
    let naive = observe("naive", "serve-naive");
    println!();
    println!("ratio auth_p99_storm/quiet {:.2}", ours.storm.p99 / ours.quiet.p99);
    println!("ratio naive_p99_storm/quiet {:.2}", naive.storm.p99 / naive.quiet.p99);
    println!("ratio auth_memory_above_quiet_mib {:.1}", ours.memory_storm - ours.memory_quiet);
    println!("ratio naive_memory_above_quiet_mib {:.1}", naive.memory_storm - naive.memory_quiet);
    println!("ratio logins_auth/naive {:.2}", to_f64(ours.logins) / to_f64(naive.logins.max(1)));
}

fn observe(name: &str, role: &str) -> Seen {
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
    let seen = Seen { quiet, storm, logins: logins.done, refused: logins.refused, memory_quiet, memory_storm };
    let row = |phase, latency: &load::Latency, logins, refused, memory| {
        let load::Latency { p50, p99, max, answered } = latency;
        println!(
            "{name:6}  {phase:6}  {p50:9.2} {p99:9.2} {max:9.2} {answered:10} {logins:7} {refused:8} {memory:9.1}"
        );
    };
    row("quiet", &seen.quiet, 0, 0, seen.memory_quiet);
    row("storm", &seen.storm, seen.logins, seen.refused, seen.memory_storm);
    seen
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
