//! Fills a database with millions of sessions, as logins and refreshes would have left them.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use auth::clock::Clock;
use auth::store::sql::SqlRecords;
use auth::store::{Backend, Records};
use auth::testing::ManualClock;
use auth::{Auth, ClientInfo, Credentials};
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use sqlx::Pool;

use crate::accounts;
use crate::database::Kind;
use crate::table::{PASSWORD, email};
use crate::user::User;

pub(crate) const PER_USER: usize = 10;
const SESSION: &str = "User:users.session";
const REVOKED: &str = "User:users.revoked";
const MARK: &str = "User:users.mark";
/// Rows per statement.
const BATCH: usize = 10_000;

const DAY: u64 = 24 * 60 * 60 * 1_000;

pub(crate) struct Filler<K: Kind> {
    pool: Pool<K>,
    clock: ManualClock,
    /// The value that the library stored for a session that was refreshed.
    template: serde_json::Value,
    /// The number of sessions so far.
    pub(crate) sessions: usize,
    /// The sessions added last, none of which has been refreshed yet.
    pub(crate) fresh: Range<usize>,
    /// The number of other records so far, for unique keys.
    others: usize,
}

impl<K: Kind> Filler<K>
where
    Pool<K>: Backend<User>,
{
    pub(crate) async fn new(pool: &Pool<K>, auth: &Auth<User>, clock: ManualClock) -> Self {
        let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let client = ClientInfo::new(Some([192, 0, 2, 7].into()), Some(browser));
        let (_, tokens) =
            auth.login(Credentials::new(&email(1), PASSWORD), &client).await.unwrap().signed_in().unwrap();
        let tokens = auth.refresh(&tokens.refresh_token, &client).await.unwrap();
        let record = SqlRecords::new(pool.clone()).list(SESSION, "1").await.unwrap().remove(0);
        auth.logout(&tokens.refresh_token, &client).await.unwrap();
        let template = serde_json::from_str(&record.value).unwrap();
        Self { pool: pool.clone(), clock, template, sessions: 0, fresh: 0..0, others: 0 }
    }

    /// Adds users and sessions up to this number of sessions.
    pub(crate) async fn fill(&mut self, sessions: usize) {
        let (first, last) = (self.sessions / PER_USER + 1, sessions / PER_USER);
        accounts::add(&self.pool, first.max(2)..=last).await;
        let (now, users) = (self.clock.now().as_millis(), last - first + 1);
        let mut rows = Rows::default();
        // In the order of keys and times, so that all indexes except the one on owners grow at their ends: in random
        // order a million rows take minutes. The sessions used later are still picked at random.
        let mut fresh: Vec<_> = (self.sessions..sessions).map(|number| (public(number), number)).collect();
        fresh.sort_unstable();
        let step = 28 * DAY / fresh.len() as u64;
        for (place, ((sid, hash), number)) in (0_u64..).zip(fresh) {
            // The sessions of one user are not adjacent.
            let owner = first + number % users;
            let used = now - 29 * DAY + place * step;
            let created = used - at_random("created", number) % (28 * DAY);
            let value = &mut self.template;
            for (field, time) in [("t", used), ("u", used), ("c", created), ("a", created)] {
                value[field] = time.into();
            }
            value["h"] = hash.into();
            rows.add(SESSION, &sid, owner, &value.to_string(), used + 30 * DAY, used);
            if rows.count == BATCH {
                K::run(&self.pool, rows.take()).await;
            }
        }
        for owner in (first..=last).step_by(10).filter(|owner| *owner > 1) {
            let changed = now - DAY - at_random("changed", owner) % (28 * DAY);
            rows.add(MARK, &owner.to_string(), owner, r#"{"g":1,"s":0}"#, i64::MAX.unsigned_abs(), changed);
            if rows.count == BATCH {
                K::run(&self.pool, rows.take()).await;
            }
        }
        if rows.count > 0 {
            K::run(&self.pool, rows.take()).await;
        }
        self.fresh = self.sessions..sessions;
        self.sessions = sessions;
    }

    /// Adds this many revocations, spread evenly over the time that has just passed.
    pub(crate) async fn revoke_over(&mut self, count: usize, time: Duration) {
        let now = self.clock.now().as_millis();
        let step = u64::try_from(time.as_millis()).unwrap() / count as u64;
        let minutes = 15 * 60 * 1_000;
        self.revoked((0..count as u64).map(|place| now - place * step).map(|ended| (ended, ended + minutes))).await;
    }

    /// Adds this many expired records.
    pub(crate) async fn expired(&mut self, count: usize) {
        let now = self.clock.now().as_millis();
        self.revoked((1..=count as u64).map(|place| (now - place - DAY, now - place))).await;
    }

    /// Adds revocations of sessions whose records are gone: when each was ended, and when its revocation expires.
    async fn revoked(&mut self, times: impl Iterator<Item = (u64, u64)>) {
        let times: Vec<_> = times.collect();
        for batch in times.chunks(BATCH) {
            let mut rows = Rows::default();
            for (ended, until) in batch {
                self.others += 1;
                let owner = self.others % (self.sessions / PER_USER) + 1;
                rows.add(REVOKED, &text(&digest("other", self.others)), owner, "", *until, *ended);
            }
            K::run(&self.pool, rows.take()).await;
        }
    }
}

/// The refresh token of the session with this number.
pub(crate) fn refresh_token(number: usize) -> String {
    let (handle, secret) = (digest("handle", number), digest("secret", number));
    let bytes: Vec<u8> = handle.iter().take(16).chain(&secret).copied().collect();
    text(&bytes)
}

/// What the store has of that token: the session's id and the hash of the secret.
fn public(number: usize) -> (String, String) {
    let handle: Vec<u8> = digest("handle", number).into_iter().take(16).collect();
    (text(&Sha256::digest(handle)), text(&Sha256::digest(digest("secret", number))))
}

fn digest(what: &str, number: usize) -> [u8; 32] {
    Sha256::digest(format!("{what} {number}")).into()
}

/// A pseudo-random number below `end`, the same in every run.
pub(crate) fn spread(what: &str, number: usize, end: usize) -> usize {
    usize::try_from(at_random(what, number) % end as u64).unwrap()
}

fn at_random(what: &str, number: usize) -> u64 {
    digest(what, number).into_iter().take(8).fold(0, |number, byte| number << 8 | u64::from(byte))
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// A statement that inserts many records. None of the texts contains a quote.
#[derive(Default)]
struct Rows {
    sql: String,
    count: usize,
}

impl Rows {
    fn add(&mut self, kind: &str, key: &str, owner: usize, value: &str, expires_at: u64, changed_at: u64) {
        let before = if self.count == 0 {
            "INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at) VALUES "
        } else {
            ","
        };
        write!(self.sql, "{before}('{kind}','{key}','{owner}','{value}',1,{expires_at},{changed_at})").unwrap();
        self.count += 1;
    }

    fn take(&mut self) -> String {
        std::mem::take(self).sql
    }
}
