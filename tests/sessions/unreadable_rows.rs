//! Rows that cannot be read: those of users whose sessions are listed, those that an application has changed, and
//! records of sessions.

use std::time::Duration;

use auth::store::{MemoryRecords, MemoryUsers, StoreError};
use auth::testing::Faults;
use auth::{Auth, AuthError, AuthUser, ClientInfo, NewUser, PasswordHash, Secret};
use auth_tests::App;
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::memory_app::MemoryApp;

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "members")]
struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(created)]
    created_at: String,
}

fn members() -> MemoryUsers<Member> {
    let create = |new: NewUser<Member>, number: u64| Member {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        created_at: "2026-01-01T00:00:00Z".to_owned(),
    };
    MemoryUsers::new(create, |_, _| ())
}

#[tokio::test]
async fn only_unreadable_rows_keep_their_list_of_sessions() {
    let faults = Faults::new();
    let builder = Auth::<Member>::builder(faults.over(members(), MemoryRecords::new()));
    let builder = builder.secret(Secret::new(SECRET).unwrap()).passwords(quick_passwords());
    let auth = builder.revocation_feed(Duration::ZERO).build().await.unwrap();
    let form = MemberRegistration { email: "ada@example.org".to_owned() };
    auth.register(form, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    assert_eq!(auth.sessions(&1).await.unwrap().len(), 1);
    // The owner may look for a session that is not theirs.
    faults.next("users.find").fail_with(|| StoreError::corrupt("a role of the next release"));
    assert_eq!(auth.sessions(&1).await.unwrap().len(), 1);
    faults.next("users.find").fail();
    assert!(matches!(auth.sessions(&1).await, Err(AuthError::Unavailable { .. })));
    assert!(faults.is_done());
}

#[tokio::test]
async fn a_changed_row_is_not_taken_for_active_unread() {
    let world = MemoryApp::new().await;
    world.register("ada@example.org").await.is(201);
    world.faults.next("users.find").fail();
    let answer = world.auth.accounts().row_changed(&1).await;
    assert!(matches!(answer, Err(AuthError::Unavailable { .. })), "{answer:?}");
}

/// Another program has written a time that is none.
#[tokio::test]
async fn unreadable_session_keeps_nobody_from_signing_in() {
    const NEW: &str = "staple battery horse correct";
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let spoilt = "UPDATE auth_records SET expires_at = -1 WHERE kind LIKE '%.session'";
    assert_eq!(sqlx::query(spoilt).execute(&app.pool).await.unwrap().rows_affected(), 1);
    let token = app.login("ada@example.org", PASSWORD).await.is(200).access_token();
    app.change_password(&token, PASSWORD, NEW).await.is(204);
    app.login("ada@example.org", NEW).await.is(200);
}
