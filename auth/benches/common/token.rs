//! Shared by the benchmarks of a single token: its user, the handles that issue it, and what `jsonwebtoken` needs.

use std::time::{Duration, Instant};

use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthBuilder, PasswordHash};
use aws_lc_rs::hmac;
use jsonwebtoken::{Algorithm, Validation};

use crate::user::{Role, SECRET, User};

pub(crate) const ROUNDS: usize = 41;
pub(crate) const CALLS: u32 = 5_000;

pub(crate) fn ada() -> User {
    User {
        id: 42,
        email: "ada@example.org".to_owned(),
        password_hash: PasswordHash::from_stored(""),
        is_active: true,
        role: Role::Member,
        display_name: "Ada Lovelace".to_owned(),
    }
}

/// A runtime with a second thread for polling the feed: without polls, guards trust memory for no longer than a second.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A handle with default settings. Its stores are never queried.
pub(crate) async fn handle() -> Auth<User> {
    builder().build().await.unwrap()
}

/// A handle without token cache, which verifies every token every time.
pub(crate) async fn forgetful() -> Auth<User> {
    builder().token_cache(0).build().await.unwrap()
}

pub(crate) fn builder() -> AuthBuilder<User> {
    let users = MemoryUsers::<User>::new(|_, _| unreachable!("nobody signs up"), |_, _| ());
    Auth::<User>::builder((users, MemoryRecords::new())).secret(SECRET.clone())
}

/// The key that signs access tokens, derived by the documented formula.
pub(crate) fn derived_key() -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.expose()), b"auth:access-token:User:users")
}

/// The subset of our rules that `jsonwebtoken` can check.
pub(crate) fn their_rules() -> Validation {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&["User"]);
    rules.set_audience(&["User"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_nbf = true;
    rules.leeway = 5;
    rules
}

/// Returns the nanoseconds per call of each candidate: the median over rounds in which they take turns. `run` makes the
/// given number of calls to one candidate.
pub(crate) fn measure<T, const N: usize>(mut candidates: [(&str, T); N], mut run: impl FnMut(&mut T, u32)) -> [f64; N] {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for ((_, candidate), times) in candidates.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            run(candidate, CALLS);
            times.push(start.elapsed());
        }
    }
    let medians = rounds.map(|mut times: Vec<Duration>| {
        times.sort();
        times.get(ROUNDS / 2).unwrap().as_secs_f64() * 1e9 / f64::from(CALLS)
    });
    for ((name, candidate), median) in candidates.iter_mut().zip(medians) {
        let allocations = allocation_counter::measure(|| run(candidate, 1)).count_total;
        println!("{name:32} {median:8.0} ns  {allocations:3} allocations");
    }
    medians
}
