//! Ids and logins that were somebody else's (H1).

use auth::LoginField;
use auth::testing::Faults;
use auth_tests::users::{SCHEMA, SCHEMA_REUSING_IDS, User};
use auth_tests::{App, Database, payload};
use serde_json::json;

use super::{ADA, BOB, accepting, claims, hs256, signed, switched_on};

const EMAIL: LoginField<User> = LoginField::named("email");

fn subject(token: &str) -> i64 {
    payload(token)["sub"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn h1_new_owner_of_an_id_inherits_no_former_token() {
    for pair in [false, true] {
        for by in ["sql", "accounts"] {
            let first = switched_on(Database::with(SCHEMA_REUSING_IDS).await, accepting).await;
            let faults = Faults::new();
            let app = if pair {
                first.app.restarted_as_a_pair(&faults, accepting).await
            } else {
                first.app.restarted(accepting).await
            };
            // Before anybody has presented it.
            match by {
                "sql" => app.db.run("DELETE FROM users").await,
                _ => app.auth.accounts().delete(&first.id).await.unwrap(),
            }
            let bob = app.register(BOB).await.is(201).access_token();
            assert_eq!(subject(&bob), first.id, "the id is handed out again");
            app.get("/me", &first.token).await.is(401);
            app.get("/me", &bob).await.is(200);
            app.get("/me", &signed(&json!({ "sub": first.id, "exp": 1_802_000_000 }))).await.is(401);
        }
    }
}

#[tokio::test]
async fn h1_session_of_a_former_token_ends_with_its_row() {
    let switched = switched_on(Database::with(SCHEMA_REUSING_IDS).await, accepting).await;
    switched.accepts(&switched.token).await;
    switched.app.db.run("DELETE FROM users").await;
    let bob = switched.app.register(BOB).await.is(201).access_token();
    assert_eq!(subject(&bob), switched.id);
    switched.refuses(&switched.token, "the row is another one").await;
}

#[tokio::test]
async fn h1_freed_login_leads_nobody_to_another_account() {
    let by_login = |builder: auth::AuthBuilder<User>| builder.former_tokens(hs256().login_claim("email"));
    let token = |app: &App, email: &str| {
        let mut claims = claims(0, &app.clock);
        claims["email"] = json!(email);
        signed(&claims)
    };
    // Ada goes, and somebody signs up with her address.
    let switched = switched_on(Database::with(SCHEMA).await, by_login).await;
    let of_ada = token(&switched.app, ADA);
    switched.app.db.run("DELETE FROM users").await;
    switched.app.register(ADA).await.is(201);
    switched.refuses(&of_ada, "another account has the login").await;

    // Ada takes another address, and Bob takes hers.
    let switched = switched_on(Database::with(SCHEMA).await, by_login).await;
    let accounts = switched.app.auth.accounts();
    switched.app.register(BOB).await.is(201);
    let bob = switched.app.id(BOB).await;
    let (of_ada, of_bob) = (token(&switched.app, ADA), token(&switched.app, BOB));
    accounts.set_login(&switched.id, EMAIL, "ada@example.net").await.unwrap();
    switched.refuses(&of_ada, "nobody has the login").await;
    accounts.set_login(&bob, EMAIL, ADA).await.unwrap();
    switched.refuses(&of_ada, "Bob has the login").await;
    switched.refuses(&of_bob, "nobody has the login").await;
}
