//! The operations measured at each size.

use std::collections::HashSet;
use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use auth::store::Backend;
use auth::{Auth, ClientInfo};
use sqlx::Pool;

use crate::database::Kind;
use crate::figures::{median, quantile};
use crate::fill::{Filler, PER_USER, refresh_token, spread};
use crate::user::User;

const SAMPLES: usize = 1_000;
/// The most time per operation: one that exceeds it is too slow for the number of samples to matter.
const ENOUGH: Duration = Duration::from_secs(10);
/// One verification is too short to be timed alone.
const VERIFIED_AT_ONCE: u32 = 100;
const PURGES: usize = 21;

/// Times in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    /// The 99th percentile.
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(times: &[Duration]) -> Self {
        let millis = |time: &Duration| time.as_secs_f64() * 1e3;
        Self { median: median(times, millis), high: quantile(times.iter().map(millis).collect(), 0.99) }
    }
}

pub(crate) struct Figures {
    pub(crate) refresh: Spread,
    pub(crate) list: Spread,
    pub(crate) poll: Spread,
    pub(crate) purge: Spread,
    pub(crate) verify: Spread,
}

pub(crate) async fn all<K: Kind>(auth: &Auth<User>, filler: &mut Filler<K>) -> Figures
where
    Pool<K>: Backend<User>,
{
    // Earlier expired records must not count.
    auth.purge_expired().await.unwrap();
    let sessions = filler.sessions;
    let refresh = refresh(auth, &filler.fresh).await;
    let mut times = Vec::new();
    let begun = Instant::now();
    for sample in (0..SAMPLES).take_while(|_| begun.elapsed() < ENOUGH) {
        let user = i64::try_from(spread("listed", sample, sessions / PER_USER) + 1).unwrap();
        let start = Instant::now();
        let list = auth.sessions(&user).await.unwrap();
        times.push(start.elapsed());
        assert_eq!(list.len(), PER_USER, "sessions of user {user}");
    }
    let list = Spread::of(&times);
    filler.revoke_over(100, Duration::from_secs(4)).await;
    let mut times = Vec::new();
    let begun = Instant::now();
    for _ in (0..SAMPLES).take_while(|_| begun.elapsed() < ENOUGH) {
        let start = Instant::now();
        auth.sync_revocations().await.unwrap();
        times.push(start.elapsed());
    }
    let poll = Spread::of(&times);
    let verify = verify(auth).await;
    let mut times = Vec::new();
    for _ in 0..PURGES {
        filler.expired(1_000).await;
        let start = Instant::now();
        let purged = auth.purge_expired().await.unwrap();
        times.push(start.elapsed());
        assert_eq!(purged, 1_000);
    }
    Figures { refresh, list, poll, purge: Spread::of(&times), verify }
}

/// Refreshes each session at most once, because its token changes.
async fn refresh(auth: &Auth<User>, fresh: &Range<usize>) -> Spread {
    let client = ClientInfo::default();
    let mut seen = HashSet::new();
    let mut times = Vec::new();
    let places = (0..).map(|sample| fresh.start + spread("refreshed", sample, fresh.len()));
    for number in places.filter(|number| seen.insert(*number)).take(SAMPLES.min(fresh.len())) {
        let token = refresh_token(number);
        let start = Instant::now();
        let refreshed = auth.refresh(&token, &client).await;
        times.push(start.elapsed());
        refreshed.unwrap();
    }
    Spread::of(&times)
}

/// Verifies signature and claims, and checks memory for a revocation.
pub(crate) async fn verify(auth: &Auth<User>) -> Spread {
    let user = auth.accounts().find(&1).await.unwrap().unwrap();
    let token = auth.token_for_test(&user).unwrap();
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let start = Instant::now();
        for _ in 0..VERIFIED_AT_ONCE {
            drop(black_box(auth.verify(black_box(&token)).unwrap()));
        }
        times.push(start.elapsed() / VERIFIED_AT_ONCE);
    }
    Spread::of(&times)
}
