//! Stores that are no SQL database, and user types with less in them.

use auth::cli::{Outcome, run_with};
use auth::routing::Routes;
use auth::store::{Change, ChangeKind, MemoryRecords, MemoryUsers, StoreError, Users};
use auth::{Auth, NewUser, PasswordHash, Secret};
use auth_tests::User;
use auth_tests::app::{quick_passwords, routes};
use auth_tests::users::in_memory;
use std::sync::Arc;

use crate::stage::words;

/// Users that are found and not listed.
struct Unlisted(MemoryUsers<User>);

impl Users<User> for Unlisted {
    async fn find(&self, id: &i64) -> Result<Option<User>, StoreError> {
        self.0.find(id).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<User>, StoreError> {
        self.0.find_by_login(index, login).await
    }
    async fn create(&self, new: NewUser<User>) -> Result<User, StoreError> {
        self.0.create(new).await
    }
    fn supports(&self, kind: ChangeKind) -> bool {
        self.0.supports(kind)
    }
    async fn update(&self, id: &i64, changes: &[Change<User>]) -> Result<bool, StoreError> {
        self.0.update(id, changes).await
    }
    async fn replace_password(&self, id: &i64, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.0.replace_password(id, old, new).await
    }
    async fn delete(&self, id: &i64) -> Result<bool, StoreError> {
        self.0.delete(id).await
    }
}

async fn run<T: Users<User>>(stores: &(Arc<T>, Arc<MemoryRecords>), secret: &Secret, line: &str) -> Outcome {
    let builder = async || {
        let builder = Auth::<User>::builder((Arc::clone(&stores.0), Arc::clone(&stores.1)));
        Ok::<_, auth::Error>(builder.secret(secret.clone()).passwords(quick_passwords()))
    };
    let routes = |auth: &Auth<User>| -> Routes<Auth<User>> { routes(auth) };
    run_with(words(line), std::io::empty(), builder, routes).await.unwrap()
}

const ADA: &str = "user create --login ada@example.org --set display_name=Ada";
const BOB: &str = "user create --login bob@example.org --set display_name=Bob";

#[tokio::test]
async fn users_in_memory_are_listed_by_pages() {
    let (stores, secret) = ((Arc::new(in_memory()), Arc::new(MemoryRecords::new())), Secret::generate().unwrap());
    for line in [ADA, BOB] {
        assert_eq!(run(&stores, &secret, line).await.code, 0);
    }
    let first = run(&stores, &secret, "user list --most 1").await;
    assert!(first.stdout.contains("ada@example.org") && first.stdout.contains("more: --after 1"), "{first:?}");
    let second = run(&stores, &secret, "user list --after 1").await;
    assert!(second.stdout.contains("bob@example.org") && !second.stdout.contains("ada"), "{second:?}");
}

#[tokio::test]
async fn a_store_that_cannot_list_says_so() {
    let (stores, secret) =
        ((Arc::new(Unlisted(in_memory())), Arc::new(MemoryRecords::new())), Secret::generate().unwrap());
    assert_eq!(run(&stores, &secret, ADA).await.code, 0);
    let refused = run(&stores, &secret, "user list").await;
    let said = "error: this store cannot list its users: it does not implement `Users::list`\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (1, said));
    assert_eq!(run(&stores, &secret, "user show ada@example.org").await.code, 0, "the rest works");
}

#[tokio::test]
async fn a_user_type_without_the_field_says_so() {
    let (stores, secret) = ((Arc::new(in_memory()), Arc::new(MemoryRecords::new())), Secret::generate().unwrap());
    let refused = run(&stores, &secret, "user verify ada@example.org").await;
    assert_eq!((refused.code, refused.stderr.as_str()), (2, "error: `User` has no field under `#[auth(verified)]`\n"));
    run(&stores, &secret, ADA).await;
    let set = run(&stores, &secret, "user set-login ada@example.org Lovelace@Example.org").await;
    assert_eq!(set.code, 0, "the only login needs no name: {set:?}");
    assert_eq!(run(&stores, &secret, "user show lovelace@example.org").await.code, 0);
}
