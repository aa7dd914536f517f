//! The same guards for people who sign in elsewhere, over HTTP: who gets in, and what everybody else is told.

use std::sync::{Arc, Mutex};

use auth::event::{Event, EventKind, Refusal};
use auth::issuer::{Issuer, Verified};
use auth::routing::{Routes, get};
use auth::testing::{TestApp, assert_protection, assert_routes};
use auth::{Auth, AuthClaims as _, AuthState, Fresh, Has, check, protected, public};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Answer, Call, User};
use axum::Router;
use axum::extract::{FromRef, Path};
use serde_json::{Value, json};

use crate::employee::{Employee, Job, Task, builder, clerk, with};
use crate::fake::{Fake, Reply, settle};
use crate::keys::Key;
use crate::person::{AUDIENCE, URL, now};

#[protected(Job::Clerk && !Job::Contractor)]
async fn orders(claims: Employee) -> String {
    format!("orders for {}", claims.sub)
}

#[protected(Task::Pay && Has::Mfa && Fresh::minutes(5))]
async fn pay(claims: Verified<Employee>) -> String {
    format!("{} from {}", claims.sub, claims.registered.issuer())
}

#[protected(Job::Boss, hidden)]
async fn vault() {}

#[public]
async fn door(claims: Option<Employee>, all: Option<Verified<Employee>>) -> String {
    assert_eq!(claims.is_some(), all.is_some());
    claims.map_or_else(|| "hello".to_owned(), |claims| format!("hello {}", claims.sub))
}

#[check]
async fn own_desk(claims: Employee, Path(desk): Path<String>) -> bool {
    claims.sub == desk
}

#[protected(Job::Boss || own_desk)]
async fn desk() {}

#[protected]
async fn me(token: auth::AccessToken, client: auth::ClientInfo) -> String {
    format!("{} {client:?}", token.expose().len())
}

fn routes() -> Routes<Issuer<Employee>> {
    Routes::new()
        .route("/orders", get(orders))
        .route("/pay", get(pay))
        .route("/vault", get(vault))
        .route("/door", get(door))
        .route("/desk/{desk}", get(desk))
        .route("/me", get(me))
}

fn router() -> Router {
    routes().into_router().with_state(builder(Key::P256).build().unwrap())
}

/// Asks with a token that has these claims.
async fn ask(path: &str, claims: &Value) -> Answer {
    // Before anything is signed: it says with which cryptography.
    let router = router();
    Call::get(path).bearer(&Key::P256.token(claims)).send(&router).await
}

async fn asked(path: &str, claims: &Value) -> u16 {
    ask(path, claims).await.status.as_u16()
}

#[tokio::test]
async fn a_rule_admits_whom_the_issuer_gave_the_role() {
    let answer = ask("/orders", &clerk()).await.is(200);
    assert_eq!(answer.text(), "orders for ada");
    assert_eq!(asked("/orders", &with(json!({}))).await, 403);
    let both = json!({ "realm_access": { "roles": ["clerk", "contractor"] } });
    assert_eq!(asked("/orders", &with(both)).await, 403);
    assert_eq!(asked("/vault", &clerk()).await, 404);
    assert_eq!(asked("/vault", &with(json!({ "realm_access": { "roles": "boss" } }))).await, 200);
    assert_eq!(asked("/me", &with(json!({}))).await, 200);
}

#[tokio::test]
async fn nobody_and_forgers_are_told_to_sign_in() {
    let answer = Call::get("/orders").send(&router()).await.is(401);
    assert_eq!(answer.code(), "not_signed_in");
    assert_eq!(answer.header("www-authenticate"), Some(&*format!("Bearer realm=\"{AUDIENCE}\"")));
    let forged = Key::OTHER_P256.token(&clerk());
    let expired = Key::P256.token(&with(json!({ "exp": now() - 61 })));
    let unreadable = Key::P256.token(&with(json!({ "realm_access": { "roles": 7 } })));
    for token in [&*forged, &expired, &unreadable, "a.b.c"] {
        for path in ["/orders", "/door", "/me"] {
            let answer = Call::get(path).bearer(token).send(&router()).await.is(401);
            assert_eq!(answer.code(), "invalid_token", "{path}");
        }
    }
    // A cookie of that name is not one of ours.
    let cookie = format!("access_token={}; __Host-access_token={0}", Key::P256.token(&clerk()));
    Call::get("/orders").cookie(&cookie).same_origin().send(&router()).await.is(401);
}

#[tokio::test]
async fn weak_sign_ins_go_back_to_the_issuer() {
    let boss = |more: Value| {
        let mut claims = with(json!({ "realm_access": { "roles": ["boss"] } }));
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    for (more, lacking) in [
        (json!({ "acr": "2" }), "max_age=\"300\""),
        (json!({ "acr": "2", "auth_time": now() - 300 }), "max_age=\"300\""),
        (json!({ "auth_time": now() }), "acr_values=\"mfa\""),
    ] {
        let answer = ask("/pay", &boss(more.clone())).await.is(401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("insufficient_user_authentication"), "{challenge}");
        assert!(challenge.contains(lacking), "{more}: {challenge}");
    }
    let strong = boss(json!({ "acr": "2", "auth_time": now() - 299 }));
    let answer = ask("/pay", &strong).await.is(200);
    assert_eq!(answer.text(), format!("ada from {URL}"));
    // Signing in again gives nobody a role.
    assert_eq!(asked("/pay", &clerk()).await, 403);
}

#[tokio::test]
async fn an_open_route_sees_who_is_there() {
    assert_eq!(Call::get("/door").send(&router()).await.is(200).text(), "hello");
    let answer = ask("/door", &clerk()).await.is(200);
    assert_eq!(answer.text(), "hello ada");
}

#[tokio::test]
async fn checks_take_the_claims() {
    assert_eq!(asked("/desk/ada", &with(json!({}))).await, 200);
    assert_eq!(asked("/desk/eve", &with(json!({}))).await, 403);
    assert_eq!(asked("/desk/eve", &with(json!({ "realm_access": { "roles": ["boss"] } }))).await, 200);
}

#[tokio::test]
async fn f_03_without_keys_the_answer_is_503_and_never_401() {
    let fake = Fake::at(URL, &[Key::P256]);
    fake.reply(Reply::Down);
    let issuer = Issuer::<Employee>::new(URL).audience(AUDIENCE).fetch(fake.clone());
    let issuer = issuer.clock(auth::testing::ManualClock::default()).build().unwrap();
    settle().await;
    let router = routes().into_router().with_state(issuer);
    let answer = Call::get("/orders").bearer(&Key::P256.token(&clerk())).send(&router).await.is(503);
    assert!(answer.header("retry-after").is_some() && answer.header("www-authenticate").is_none());
    // Who presents nothing can be told without keys, and what is open stays open.
    Call::get("/orders").send(&router).await.is(401);
    Call::get("/door").send(&router).await.is(200);
}

#[tokio::test]
async fn observers_learn_who_was_refused_and_why() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let observe = move |event: &Event| list.lock().unwrap().push((event.ip, event.kind.clone()));
    let router = routes().into_router().with_state(builder(Key::P256).observer(observe).build().unwrap());
    let token = Key::P256.token(&clerk());
    Call::get("/vault").bearer(&token).coming_from("192.0.2.7").send(&router).await.is(404);
    Call::get("/vault").bearer(&format!("{token}x")).send(&router).await.is(401);
    Call::get("/vault").send(&router).await.is(401);
    let events: Vec<_> = seen.lock().unwrap().drain(..).collect();
    let refused = |user: Option<&str>, reason| EventKind::Refused { user: user.map(str::to_owned), reason };
    let kinds: Vec<_> = events.iter().map(|(_, kind)| kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            refused(Some("ada"), Refusal::Rule),
            refused(None, Refusal::InvalidToken),
            refused(None, Refusal::NotSignedIn)
        ]
    );
    assert_eq!(events[0].0, Some("192.0.2.7".parse().unwrap()));
}

/// Users of a table, and employees of another issuer.
#[derive(Clone, FromRef)]
struct Shop {
    users: Auth<User>,
    staff: Issuer<Employee>,
}

impl AuthState for Shop {
    type User = User;
}

#[protected(user = Employee, Job::Clerk)]
async fn till(claims: Employee) -> String {
    assert!(claims.holds(&Job::Clerk));
    claims.sub
}

#[protected]
async fn profile(user: User) -> String {
    user.email
}

#[tokio::test]
async fn two_kinds_of_people_are_told_apart() {
    let app = MemoryApp::new().await;
    let user = app.register("bob@example.org").await.is(201).access_token();
    let state = Shop { users: app.auth.clone(), staff: builder(Key::P256).build().unwrap() };
    let routes = Routes::new().route("/till", get(till)).route("/profile", get(profile));
    let router = routes.into_router().with_state(Arc::new(state));
    let employee = Key::P256.token(&clerk());
    assert_eq!(Call::get("/till").bearer(&employee).send(&router).await.is(200).text(), "ada");
    assert_eq!(Call::get("/profile").bearer(&user).send(&router).await.is(200).text(), "bob@example.org");
    Call::get("/till").bearer(&user).send(&router).await.is(401);
    Call::get("/profile").bearer(&employee).send(&router).await.is(401);
}

#[tokio::test]
async fn the_test_kit_tells_users_from_employees() {
    let app = MemoryApp::new().await;
    let state = Shop { users: app.auth.clone(), staff: builder(Key::P256).build().unwrap() };
    let routes = || Routes::new().route("/till", get(till)).route("/profile", get(profile));
    let table = routes().table();
    let kit = TestApp::new(&app.auth, routes().into_router().with_state(state));
    assert_protection(&table, &kit).await;
    assert_routes(&table, "GET /profile signed in [User]\nGET /till Job::Clerk [Employee]\n");
}

#[test]
fn the_route_table_says_who_may_call_what() {
    let table = routes().table().to_string();
    for line in ["Job::Clerk && !Job::Contractor", "Task::Pay && Has::Mfa && Fresh::minutes(5)", "Job::Boss, hidden"] {
        assert!(table.contains(line), "{table}");
    }
    assert_eq!(routes().audit(), []);
}
