//! The memory that revoked sessions take in a process, and the time to check a token against them.

use std::time::Duration;

use auth::Auth;
use auth::claims::SessionId;
use auth::clock::Clock;
use auth::store::{MemoryRecords, MemoryUsers, Record, Records};
use auth::testing::ManualClock;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::figures::to_f64;
use crate::measure::verify;
use crate::table::{PASSWORD, email};
use crate::user::{Role, SECRET, User, UserRegistration};

const REVOKED: [usize; 3] = [0, 1_000, 100_000];

pub(crate) fn held(runtime: &Runtime) {
    println!("one process: revoked sessions held, bytes for each, verify a token in ns (median, 99th percentile)");
    for count in REVOKED {
        let clock = ManualClock::default();
        let auth = runtime.block_on(auth_beside(count, &clock));
        // The store was allocated before, so the bytes left after the poll are those of the revocations.
        let polled = allocation_counter::measure(|| runtime.block_on(auth.sync_revocations()).unwrap());
        let each = to_f64(usize::try_from(polled.bytes_current).unwrap()) / to_f64(count.max(1));
        let took = runtime.block_on(verify(&auth));
        println!("{count:>9} {each:>8.0} {:>8.0} {:>8.0}", took.median * 1e6, took.high * 1e6);
    }
}

/// A handle that has not yet polled its store, which has this many revoked sessions.
async fn auth_beside(count: usize, clock: &ManualClock) -> Auth<User> {
    let users = MemoryUsers::<User>::new(
        |new, _| User {
            id: 1,
            email: new.registration.email,
            password_hash: new.password_hash.unwrap(),
            is_active: true,
            role: Role::Member,
            display_name: new.registration.display_name,
        },
        |_, _| (),
    );
    let records = MemoryRecords::new();
    let start = clock.now();
    for number in 0..count {
        let record = Record {
            kind: "User:users.revoked".to_owned(),
            key: SessionId::from_bytes(Sha256::digest(number.to_string()).into()).to_string(),
            owner: "1".to_owned(),
            value: String::new(),
            version: 1,
            expires_at: start + Duration::from_mins(15),
            changed_at: start,
        };
        assert!(records.insert(&record).await.unwrap());
    }
    let builder = Auth::<User>::builder((users, records)).secret(SECRET.clone());
    // At build time the revocations have expired; at the time of the poll they are new.
    clock.advance(Duration::from_hours(2));
    let auth = builder.clock(clock.clone()).revocation_feed(Duration::ZERO).build().await.unwrap();
    clock.set(start);
    let registration = UserRegistration { email: email(1), display_name: "Ada Lovelace".to_owned() };
    auth.accounts().create(registration, PASSWORD).await.unwrap();
    auth
}
