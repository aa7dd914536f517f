//! `cargo bench -p auth --bench abuse`: how one address that sends costly requests affects other clients.
//!
//! A protected route is called 1,000 times a second, while one address sends, at a fixed rate, (a) logins of 60 KB that
//! take long to fold, (b) bodies with thousands of unknown fields, (c) requests whose header never ends. The server is
//! a separate process on one core, the load generator runs on another. In each round the server is a fresh process and
//! is observed calm and under each attack; the figures are medians over the rounds. Latency counts from the moment when
//! a call was due, so a stalled server cannot hide it.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

mod attack;
#[path = "../common/database.rs"]
mod database;
#[path = "../common/figures.rs"]
mod figures;
#[path = "../common/http.rs"]
mod http;
#[path = "../common/process.rs"]
#[allow(dead_code, reason = "the server here is that of this crate")]
mod process;
mod server;
#[path = "../common/steady.rs"]
mod steady;
#[path = "../common/table.rs"]
mod table;
#[path = "../common/user.rs"]
mod user;

use std::time::Duration;

use attack::Attack;
use database::{Kind as _, Temporary};
use figures::{median, to_f64};
use process::{LOAD_CORE, Server, pin};
use sqlx::Sqlite;
use steady::{Latency, steady};

const PHASE: Duration = Duration::from_secs(2);
/// The figures are medians over this many rounds, because single rounds vary.
const ROUNDS: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", url] => server::serve(url),
        _ => compare(),
    }
}

/// One kind of phase and what was measured in it.
struct Phase {
    attack: Option<Attack>,
    rounds: Vec<(Latency, usize)>,
}

fn compare() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async {
        let database = Temporary::<Sqlite>::new().await.expect("a database");
        table::first_user(&Sqlite::connect(&database.url).await).await;
        database
    });
    pin(LOAD_CORE);
    let attacks = [None, Some(Attack::LongLogins), Some(Attack::UnknownFields), Some(Attack::HalfOpen)];
    let mut phases = attacks.map(|attack| Phase { attack, rounds: Vec::new() });
    for _ in 0..ROUNDS {
        for phase in &mut phases {
            phase.rounds.push(runtime.block_on(observe(phase.attack, &database.url)));
        }
    }
    report(&phases);
}

/// Observes a fresh server.
async fn observe(attack: Option<Attack>, url: &str) -> (Latency, usize) {
    let server = Server::start(&["serve", url]);
    // So that one-time work is not measured.
    let _ = steady(server.port, &server.token, PHASE / 10).await;
    let attacker = attack.map(|attack| attack.begin(server.port));
    let latency = steady(server.port, &server.token, PHASE).await;
    (latency, attacker.map_or(0, attack::Attacker::end))
}

fn report(phases: &[Phase]) {
    let seconds = PHASE.as_secs();
    println!("a protected route 1,000 times a second; {ROUNDS} rounds of {seconds} s, medians\n");
    println!("{:16}    p50 ms    p99 ms    max ms  attacks", "one address sends");
    let figure = |phase: &Phase, of: fn(&Latency) -> f64| median(&phase.rounds, |(latency, _)| of(latency));
    for phase in phases {
        let (p50, p99, max) = (figure(phase, |it| it.p50), figure(phase, |it| it.p99), figure(phase, |it| it.max));
        let attacks = median(&phase.rounds, |(_, attacks)| to_f64(*attacks));
        println!("{:16} {p50:9.2} {p99:9.2} {max:9.2} {attacks:8.0}", name(phase));
    }
    println!();
    let Some((calm, attacked)) = phases.split_first() else { return };
    for phase in attacked {
        let ratio = |of: fn(&Latency) -> f64| figure(phase, of) / figure(calm, of);
        println!("ratio {}/calm: median {:.2}, p99 {:.2}", name(phase), ratio(|it| it.p50), ratio(|it| it.p99));
    }
}

fn name(phase: &Phase) -> &'static str {
    phase.attack.map_or("calm", Attack::name)
}
