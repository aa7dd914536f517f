//! `cargo bench -p auth --bench mail`: what the outbox costs.
//!
//! - Ten thousand mails that wait are sent to a mailer that takes them at once: mails per second, and store calls per
//!   mail (of a hundred others).
//! - With 200,000 mails due, the read that a sweep begins with; and a whole step of it: that read, and each of the 24
//!   mails leased, checked, handed over and taken out.
//! - A login with a mailer set, compared with one without, alternately. With a hash of the least memory, so that what a
//!   mailer adds is not hidden behind it.
//!
//! Servers: `BENCH_POSTGRES_URL`, `BENCH_MYSQL_URL`, or `TEST_…`. The benchmark creates its own databases there, and
//! drops them. Other numbers of mails (sent, waiting): `cargo bench -p auth --bench mail -- 200 4000`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

#[path = "common/accounts.rs"]
mod accounts;
#[path = "common/database.rs"]
mod database;
#[path = "common/figures.rs"]
mod figures;
#[path = "common/table.rs"]
mod table;
#[path = "common/user.rs"]
mod user;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth::clock::Timestamp;
use auth::mail::{Mail, MailError, Mailer};
use auth::password::{HashParams, PasswordConfig};
use auth::store::sql::{SqlBackend, SqlRecords, SqlRow, SqlUser};
use auth::store::{Backend, Records};
use auth::testing::Faults;
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, Limits};
use database::{Kind, Temporary};
use figures::{median, quantile, to_f64};
use sqlx::{MySql, Pool, Postgres, Sqlite};
use tokio::sync::Notify;
use user::{SECRET, User};

const SENT: usize = 10_000;
const WAITING: usize = 200_000;
/// The mails whose store calls are counted.
const COUNTED: usize = 100;
const READS: usize = 200;
/// The steps of a sweep that are timed.
const STEPS: usize = 50;
const LOGINS: usize = 500;
const SIGNS_IN: usize = 2;
const OUTBOX: &str = "User:users.outbox";
/// What a sweep reads at once.
const PAGE: u64 = 24;
/// Rows per statement.
const BATCH: usize = 10_000;

/// Takes everything at once.
struct Sink;

impl Mailer for Sink {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        Ok(())
    }
}

/// Notes when it takes each mail, and says when these are enough.
#[derive(Clone, Default)]
struct Watch {
    taken: Arc<Mutex<Vec<Instant>>>,
    enough: Arc<Notify>,
}

impl Mailer for Watch {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        let mut taken = self.taken.lock().unwrap();
        taken.push(Instant::now());
        if taken.len() == (STEPS + 1) * usize::try_from(PAGE).unwrap() {
            self.enough.notify_one();
        }
        Ok(())
    }
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let (sent, waiting) = match asked.as_slice() {
        [sent, waiting, ..] => (*sent, *waiting),
        [sent] => (*sent, WAITING),
        [] => (SENT, WAITING),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        measure::<Sqlite>(sent, waiting).await;
        measure::<Postgres>(sent, waiting).await;
        measure::<MySql>(sent, waiting).await;
    });
}

fn quiet(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    let passwords = PasswordConfig::default().params(HashParams::weak_for_tests());
    let builder = builder.secret(SECRET.clone()).passwords(passwords).limits(Limits::insecure_none());
    builder.revocation_feed(Duration::ZERO).skip_table_check().store_timeout(Duration::from_mins(1))
}

fn mailing(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    mailing_to(Sink, builder)
}

fn mailing_to(mailer: impl Mailer, builder: AuthBuilder<User>) -> AuthBuilder<User> {
    quiet(builder).base_url("https://app.example").mailer(mailer).mail_interval(Duration::ZERO)
}

async fn measure<K: Kind>(sent: usize, waiting: usize)
where
    Pool<K>: Backend<User>,
    User: SqlUser<K> + SqlRow<K>,
{
    let Some(database) = Temporary::<K>::new().await else { return };
    let pool = K::connect(&database.url).await;
    table::first_user(&pool).await;
    let auth = mailing(Auth::<User>::builder(pool.clone())).build().await.unwrap();
    // The one who signs in has the second id, and a hash of the least memory.
    let registration = user::UserRegistration { email: table::email(SIGNS_IN), display_name: "Ada".to_owned() };
    assert_eq!(auth.accounts().create(registration, table::PASSWORD).await.unwrap().id, 2);
    accounts::add(&pool, 3..=sent.max(COUNTED) + 2).await;
    println!("\n{}", K::NAME);

    let faults = Faults::new();
    let counting = mailing(Auth::<User>::builder(faults.wrap(SqlBackend::new(pool.clone())))).build().await.unwrap();
    ask(&counting, COUNTED).await;
    drop(faults.take_calls());
    assert_eq!(counting.send_mail().await.unwrap(), COUNTED);
    let calls = to_f64(faults.take_calls().len()) / to_f64(COUNTED);
    println!("{:42} {calls:>10.2}", "store calls per mail sent");

    let start = Instant::now();
    ask(&auth, sent).await;
    println!("{:42} {:>10.0}", "mails stored per second", to_f64(sent) / start.elapsed().as_secs_f64());
    let start = Instant::now();
    assert_eq!(auth.send_mail().await.unwrap(), sent);
    println!("{:42} {:>10.0}", "mails sent per second", to_f64(sent) / start.elapsed().as_secs_f64());

    let plain = quiet(Auth::<User>::builder(pool.clone())).build().await.unwrap();
    let (with, without) = logins(&auth, &plain).await;
    println!("{:42} {:>10.3}  (at most 1.05)", "login with a mailer / without", with / without);

    wait_for(&pool, &auth, waiting).await;
    let records = SqlRecords::new(pool.clone());
    let mut times = Vec::new();
    for _ in 0..READS {
        let start = Instant::now();
        let page = records.changed_since(OUTBOX, Timestamp::default(), None, PAGE).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!(page.len(), usize::try_from(PAGE).unwrap().min(waiting));
    }
    let (median, high) = (median_of(&times), quantile(times, 0.99));
    let what = format!("first read of a sweep, {waiting} due, ms");
    println!("{what:42} {median:>10.3}  99th percentile {high:.3} (at most 20)");
    let times = steps(&pool).await;
    let (median, high) = (median_of(&times), quantile(times, 0.99));
    let what = format!("a step of {PAGE} mails, ms");
    println!("{what:42} {median:>10.3}  99th percentile {high:.3}");
}

/// The times of steps of a sweep: from the first mail of a page to the first one of the next.
async fn steps<K: Kind>(pool: &Pool<K>) -> Vec<f64>
where
    Pool<K>: Backend<User>,
    User: SqlUser<K> + SqlRow<K>,
{
    let watch = Watch::default();
    let auth = mailing_to(watch.clone(), Auth::<User>::builder(pool.clone())).build().await.unwrap();
    tokio::select! {
        sent = auth.send_mail() => drop(sent.unwrap()),
        () = watch.enough.notified() => {}
    }
    let taken = watch.taken.lock().unwrap();
    let begun: Vec<Instant> = taken.iter().step_by(usize::try_from(PAGE).unwrap()).copied().collect();
    begun.iter().zip(begun.iter().skip(1)).map(|(from, to)| (*to - *from).as_secs_f64() * 1e3).collect()
}

fn median_of(times: &[f64]) -> f64 {
    median(times, |time| *time)
}

/// Has a mail stored for each of so many accounts.
async fn ask(auth: &Auth<User>, count: usize) {
    for number in 3..count + 3 {
        auth.forgot_password(&table::email(number), &ClientInfo::default()).await.unwrap();
    }
}

/// The median time of a login with each, alternately.
async fn logins(with: &Auth<User>, without: &Auth<User>) -> (f64, f64) {
    let (email, client) = (table::email(SIGNS_IN), ClientInfo::default());
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..LOGINS {
        // Each is first as often as the other.
        for place in [round % 2, 1 - round % 2] {
            let (auth, times) = if place == 0 { (with, &mut times[0]) } else { (without, &mut times[1]) };
            let start = Instant::now();
            auth.login(Credentials::new(&email, table::PASSWORD), &client).await.unwrap().signed_in().unwrap();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let [with, without] = times;
    (median(&with, |time| *time), median(&without, |time| *time))
}

/// Fills the outbox with copies of one mail, all due.
async fn wait_for<K: Kind>(pool: &Pool<K>, auth: &Auth<User>, count: usize) {
    ask(auth, 1).await;
    let records = SqlRecords::new(pool.clone());
    let mail = records.changed_since(OUTBOX, Timestamp::default(), None, 1).await.unwrap().remove(0);
    records.delete(OUTBOX, &mail.key).await.unwrap();
    let (due, until) = (mail.changed_at.as_millis(), mail.expires_at.as_millis());
    for batch in (0..count).collect::<Vec<_>>().chunks(BATCH) {
        let mut sql = String::from(
            "INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at) VALUES ",
        );
        for (place, number) in batch.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let (owner, value, at) = (&mail.owner, &mail.value, due - *number as u64);
            write!(sql, "{comma}('{OUTBOX}','waiting-{number:016}','{owner}','{value}',1,{until},{at})").unwrap();
        }
        K::run(pool, sql).await;
    }
}
