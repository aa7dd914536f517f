//! Compares how much CPU time requests about an account take with those about none, in so many pairs, and prints for each
//! door the ratio of their medians: `equal_times 300`. With `planted`, those about an account take a tenth more.
//!
//! A process of its own, because the clock is that of the process: what hashes, what is asked and what asks are threads
//! of it, and another program on the same cores moves that clock by little. The ratio is made of the median difference of
//! a pair, so that whatever changes slowly cancels out. Passwords of logins cost what they do by default: beside the
//! quick ones of other tests, what a build without optimizations takes to read a row would count.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::str::FromStr as _;
use std::time::Duration;

use auth::password::PasswordConfig;
use auth::testing::ManualClock;
use auth::{AuthBuilder, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Reader, ReaderRegistration, Stage, TABLES};
use auth_tests::{Call, Database, Place};
use axum::Router;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Sqlite, SqlitePool};

const WARM_UP: u32 = 10;
const KNOWN: &str = "ada@example.org";
const UNKNOWN: &str = "eda@example.org";
const WRONG: &str = "staple battery horse correct";

/// The CPU time that this process has used, in seconds.
fn used() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap()).as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    *times.get(times.len() / 2).unwrap()
}

/// Measures one door: what is sent about an address in the given round.
struct Door<'a> {
    place: &'a Volatile,
    clock: &'a ManualClock,
    router: &'a Router,
    path: &'static str,
    body: &'a dyn Fn(&str, u32) -> Value,
}

impl Door<'_> {
    /// The time of one request in seconds. `extra` is spent in addition.
    async fn time(&self, who: &str, round: u32, extra: f64) -> f64 {
        let call = Call::post(self.path).coming_from("192.0.2.1").json(&(self.body)(who, round));
        let begun = used();
        let answer = call.send(self.router).await;
        let done = used();
        while used() - done < extra {}
        assert!(matches!(answer.status.as_u16(), 202 | 401), "{}: {}", self.path, answer.text());
        used() - begun
    }

    async fn ratio(&self, pairs: u32, share: f64) -> f64 {
        let (mut differences, mut unknown) = (Vec::new(), Vec::new());
        let mut extra = 0.0;
        for round in 0..WARM_UP + pairs {
            // What was asked before makes nothing slower, and nothing is over a limit.
            self.clock.advance(Duration::from_hours(1));
            self.place.sql("DELETE FROM auth_records").await.unwrap();
            // Each is first as often as the other.
            let (of_known, of_unknown) = if round % 2 == 0 {
                let of_known = self.time(KNOWN, 2 * round, extra).await;
                (of_known, self.time(UNKNOWN, 2 * round + 1, 0.0).await)
            } else {
                let of_unknown = self.time(UNKNOWN, 2 * round + 1, 0.0).await;
                (self.time(KNOWN, 2 * round, extra).await, of_unknown)
            };
            unknown.push(of_unknown);
            extra = median(unknown.clone()) * share;
            if round >= WARM_UP {
                differences.push(of_known - of_unknown);
            }
        }
        1.0 + median(differences) / median(unknown)
    }
}

/// A database that waits for no disk.
struct Volatile {
    pool: SqlitePool,
    // Declared after the pool, because fields are dropped in order.
    _file: Database,
}

impl Volatile {
    async fn new() -> Self {
        let file = Database::with(TABLES[0]).await;
        let options = SqliteConnectOptions::from_str(&file.url()).unwrap().synchronous(SqliteSynchronous::Off);
        Self { pool: SqlitePoolOptions::new().max_connections(2).connect_with(options).await.unwrap(), _file: file }
    }
}

impl Place for Volatile {
    type Driver = Sqlite;

    fn pool(&self) -> SqlitePool {
        self.pool.clone()
    }

    async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await.map(drop)
    }
}

/// With one account.
async fn readers(setup: fn(AuthBuilder<Reader>) -> AuthBuilder<Reader>) -> Stage<Reader, Volatile> {
    let stage = Stage::<Reader, _>::with(Volatile::new().await, setup).await;
    stage.auth.accounts().create(ReaderRegistration { email: KNOWN.to_owned() }, PASSWORD).await.unwrap();
    stage
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pairs = arguments.first().unwrap().parse().unwrap();
    let share = if arguments.iter().any(|argument| argument == "planted") { 0.1 } else { 0.0 };
    let by_mail = readers(|builder| builder.mail_sign_in(true).limits(Limits::default())).await;
    let by_password = readers(|builder| builder.passwords(PasswordConfig::default().threads(1))).await;
    let by_address = |who: &str, _| json!({ "email": who });
    let login = |who: &str, _| json!({ "email": who, "password": WRONG });
    let customers = Stage::<Customer, _>::new(Volatile::new().await).await;
    let form = CustomerRegistration { nick: "ada".to_owned(), contact: KNOWN.to_owned(), shoe_size: None };
    customers.auth.accounts().create(form, PASSWORD).await.unwrap();
    let sign_up = |who: &str, round| json!({ "nick": format!("nick{round:04}"), "contact": who, "password": WRONG });
    for door in [
        Door {
            place: &by_password.place,
            clock: &by_password.clock,
            router: &by_password.router,
            path: "/login",
            body: &login,
        },
        Door {
            place: &by_mail.place,
            clock: &by_mail.clock,
            router: &by_mail.router,
            path: "/password/forgot",
            body: &by_address,
        },
        Door {
            place: &by_mail.place,
            clock: &by_mail.clock,
            router: &by_mail.router,
            path: "/sign-in/mail",
            body: &by_address,
        },
        Door {
            place: &customers.place,
            clock: &customers.clock,
            router: &customers.router,
            path: "/register",
            body: &sign_up,
        },
    ] {
        println!("{} {:.4}", door.path, door.ratio(pairs, share).await);
    }
}
