//! Two user types, one Redis.

use auth::store::{MemoryRecords, MemoryUsers};
use auth::{Auth, AuthUser, ClientInfo, Credentials, Limits, NewUser, PasswordHash, Secret};
use auth_tests::app::{SECRET, quick_passwords};
use auth_tests::{App, Space};

use crate::{ADA, CHANNEL, SLOW, admitted, sharing, until};

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "clerks")]
struct Clerk {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_user_types_share_a_connection_and_no_counter() {
    let Some(space) = Space::new() else { return };
    let proxy = space.proxy().await;
    let redis = space.through(&proxy);
    let app = App::with(sharing(&redis, SLOW)).await;
    let create = |new: NewUser<Clerk>, number: u64| Clerk {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
    };
    let stores = (MemoryUsers::<Clerk>::new(create, |_, _| ()), MemoryRecords::new());
    let clerks = Auth::builder(stores).secret(Secret::new(SECRET).unwrap()).passwords(quick_passwords());
    let clerks = clerks.limits(Limits::default()).redis(redis).build().await.unwrap();
    until("both listen", async || space.listeners(CHANNEL) + space.listeners("Clerk:clerks.revocations") == 2).await;

    assert_eq!(admitted(&app, ADA, 6).await, 5);
    let kept = space.kept().len();
    for _ in 0..5 {
        let tried = clerks.login(Credentials::new(ADA, "wrong"), &ClientInfo::default()).await;
        assert_eq!(tried.unwrap_err().code(), "invalid_credentials");
    }
    assert_eq!(space.kept().len(), 2 * kept);
    // One to count and to send, and one for each that listens.
    assert_eq!(proxy.accepted(), 3);
}
