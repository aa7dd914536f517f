//! A key does what its owner may do now, and no more than it was given.

use auth::{Auth, AuthUser, ClientInfo, NameEnum as _, NewApiKey, PasswordHash, Permissions, Secret};
use auth_tests::Database;
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::clerk::{Duty, Task};
use serde_json::json;

use super::{ADA, create, key, present, reader, stage, works};

#[tokio::test]
async fn ak_09_a_key_without_permissions_is_not_made() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    for (permissions, code) in [
        (json!([]), "empty"),
        (json!(["write"]), "unknown"),
        (json!(["read", "write"]), "unknown"),
        (json!(["Read"]), "unknown"),
        (json!(["*"]), "unknown"),
        (json!(["pay"]), "not_held"),
        (json!(["read", "pay"]), "not_held"),
        (json!(null), "missing"),
        (json!("read"), "invalid_type"),
        (json!({ "read": true }), "invalid_type"),
    ] {
        let body = json!({ "name": "some", "permissions": permissions });
        let answer = create(&stage, &ada.access, body).await.is(422);
        assert_eq!(answer.broken(), [("permissions".to_owned(), code.to_owned())], "{permissions}");
    }
    let body = json!({ "name": "some" });
    assert_eq!(create(&stage, &ada.access, body).await.is(422).broken()[0].1, "missing");
    assert!(super::list(&stage, &ada.access).await.is_empty());
}

#[tokio::test]
async fn ak_09_permissions_are_those_of_the_owner_now() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    assert!(works(&stage, &text).await);
    let accounts = stage.auth.accounts();
    accounts.set_permissions(&ada.id, Permissions::new()).await.unwrap();
    assert!(!present(&stage, &text).await.unwrap().may(&Task::Read), "the owner has lost it");
    // A role grants it.
    accounts.set_role(&ada.id, Duty::Member).await.unwrap();
    assert!(present(&stage, &text).await.unwrap().may(&Task::Read));
    // What the owner gets, the key does not.
    accounts.set_permissions(&ada.id, Permissions::from([Task::Pay])).await.unwrap();
    assert!(works(&stage, &text).await);
}

/// `mfa(Duty::Admin || Task::Pay)`: nobody pays without a second factor, and a program has none.
#[tokio::test]
async fn ak_09_what_needs_a_second_factor_is_no_keys() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let accounts = stage.auth.accounts();
    accounts.set_permissions(&ada.id, Permissions::from([Task::Read, Task::Pay])).await.unwrap();
    let wanted = NewApiKey::new("job", [Task::Read.name(), Task::Pay.name()]);
    let refused = accounts.create_api_key(&ada.id, wanted).await.unwrap_err();
    let auth::AuthError::InvalidFields(errors) = refused else { panic!("{refused:?}") };
    assert_eq!((&*errors[0].field, errors[0].code), ("permissions", "needs_mfa"));
    // Somebody who must have one may have keys for the rest. Such a key is no administrator.
    accounts.set_role(&ada.id, Duty::Admin).await.unwrap();
    let made = accounts.create_api_key(&ada.id, NewApiKey::new("job", [Task::Read.name()])).await.unwrap();
    assert!(works(&stage, made.expose()).await);
}

/// Needs a second factor to pay as an administrator.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "cashiers", mfa(Task::Pay && Duty::Admin))]
struct Cashier {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Duty::Guest)]
    duty: Duty,
    #[auth(permissions)]
    tasks: Permissions<Task>,
}

#[tokio::test]
async fn ak_09_what_a_role_makes_of_a_permission_counts() {
    let db = Database::with(
        "CREATE TABLE cashiers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, duty TEXT NOT NULL, tasks TEXT NOT NULL \
         DEFAULT '')",
    )
    .await;
    let builder = Auth::<Cashier>::builder(db.pool.clone()).secret(Secret::generate().unwrap());
    let auth = builder.passwords(quick_passwords()).totp("Shop").api_keys("shop_pat").build().await.unwrap();
    let accounts = auth.accounts();
    let cashier = accounts.create(CashierRegistration { email: ADA.to_owned() }, PASSWORD).await.unwrap();
    accounts.set_permissions(&cashier.id, Permissions::from([Task::Read, Task::Pay])).await.unwrap();
    let to_pay = || NewApiKey::new("job", [Task::Pay.name()]);
    let made = accounts.create_api_key(&cashier.id, to_pay()).await.unwrap();
    let may_pay = async || {
        let caller = auth.authenticate_api_key(made.expose(), &ClientInfo::default()).await.unwrap();
        caller.may(&Task::Pay)
    };
    assert!(may_pay().await, "a guest pays with one factor");
    accounts.set_role(&cashier.id, Duty::Admin).await.unwrap();
    assert!(!may_pay().await);
    let refused = accounts.create_api_key(&cashier.id, to_pay()).await.unwrap_err();
    let auth::AuthError::InvalidFields(errors) = refused else { panic!("{refused:?}") };
    assert_eq!((&*errors[0].field, errors[0].code), ("permissions", "needs_mfa"));
    // What the rule says of the role alone is about people.
    accounts.create_api_key(&cashier.id, NewApiKey::new("job", [Task::Read.name()])).await.unwrap();
}

/// A record that says more than it could have been given: by a later release, or by whoever writes the database.
#[tokio::test]
async fn ak_09_a_record_that_says_more_gives_no_more() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let accounts = stage.auth.accounts();
    accounts.set_permissions(&ada.id, Permissions::from([Task::Read, Task::Pay])).await.unwrap();
    let made = accounts.create_api_key(&ada.id, NewApiKey::new("job", [Task::Read.name()])).await.unwrap();
    let raised = "UPDATE auth_records SET value = replace(value, '[\"read\"]', '[\"read\",\"pay\",\"fly\"]') WHERE kind LIKE '%.key'";
    stage.place.run(raised).await;
    assert!(stage.place.dump().await.contains("\"fly\""), "it is written");
    let caller = present(&stage, made.expose()).await.unwrap();
    assert!(caller.may(&Task::Read) && !caller.may(&Task::Pay));
}
