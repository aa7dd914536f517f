use auth::store::{MemoryRecords, MemoryUsers};
use auth::testing::assert_routes;
use auth::{NewUser, Secret};

use super::*;

/// Who may call what does not depend on the database.
#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let create = |new: NewUser<User>, number: u64| User {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        is_active: true,
        display_name: new.registration.display_name,
    };
    let secret = Secret::generate().unwrap();
    let stores = (MemoryUsers::new(create, |_, _| {}), MemoryRecords::new());
    let auth = Auth::builder(stores).secret(secret).build().await.unwrap();
    assert_routes(&routes(&auth).table(), include_str!("routes.txt"));
}
