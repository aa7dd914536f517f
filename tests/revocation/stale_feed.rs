//! While the revocation feed is silent, what cannot be known is unavailable: a right password is not refused, a good
//! token is not called invalid, and no session is left behind that its user was not told about.

use std::pin::Pin;
use std::time::Duration;

use auth::{AuthError, ClientInfo, Credentials};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::{Fault, MemoryApp};
use auth_tests::time::{pass, still};
use auth_tests::{Answer, Call};
use serde_json::json;

const EMAIL: &str = "ada@example.org";

/// A process whose feed has been silent for a while, although the store answers everything else.
pub(crate) async fn silent() -> MemoryApp {
    let world = MemoryApp::with(|builder| builder.revocation_feed(Duration::from_millis(500))).await;
    still(world.register(EMAIL)).await.is(201);
    world.faults.next("records.changed_since").and_later().hang();
    pass(Duration::from_millis(2500)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn m7_login_succeeds_while_the_feed_is_stale() {
    let world = silent().await;
    let token = still(world.login(EMAIL, PASSWORD)).await.is(200).access_token();
    assert!(matches!(world.auth.verify(&token), Err(AuthError::Unavailable(_))));
    assert!(matches!(world.auth.verify("rubbish"), Err(AuthError::InvalidToken)));
    world.get("/claims", &token).await.is(200);
}

#[tokio::test(start_paused = true)]
async fn m7_store_queries_decide_while_the_feed_is_stale() {
    let world = silent().await;
    let token = still(world.login(EMAIL, PASSWORD)).await.is(200).access_token();
    assert_eq!(world.auth.authenticate(&token).await.unwrap().sub, 1);
    assert!(matches!(world.auth.authenticate("rubbish").await, Err(AuthError::InvalidToken)));

    // Ended by another process, of which this one has not heard.
    let there = world.beside(world.clock.clone()).await;
    there.auth.accounts().end_sessions(&1).await.unwrap();
    assert!(matches!(world.auth.verify(&token), Err(AuthError::Unavailable(_))));
    assert!(matches!(world.auth.authenticate(&token).await, Err(AuthError::InvalidToken)));

    let token = still(world.login(EMAIL, PASSWORD)).await.is(200).access_token();
    world.faults.next("records.get").and_later().fail();
    assert!(matches!(world.auth.authenticate(&token).await, Err(AuthError::Unavailable(_))));
    assert!(matches!(world.auth.authenticate("rubbish").await, Err(AuthError::InvalidToken)));

    world.faults.clear();
    pass(Duration::from_secs(2)).await;
    assert_eq!(world.auth.verify(&token).unwrap().sub, 1);
    assert_eq!(world.auth.authenticate(&token).await.unwrap().sub, 1);
}

/// So nobody needs to verify their own token to answer a login.
#[tokio::test(start_paused = true)]
async fn m7_a_login_gives_back_its_user() {
    let world = silent().await;
    let credentials = Credentials::new(EMAIL, PASSWORD);
    let (user, tokens) =
        still(world.auth.login(credentials, &ClientInfo::default())).await.unwrap().signed_in().unwrap();
    assert_eq!((user.id, &*user.email), (1, EMAIL));
    world.get("/me", &tokens.access_token).await.is(200);
}

/// What a caller did, and with which credentials.
type Request = fn(&MemoryApp, &str) -> Pin<Box<dyn Future<Output = Answer>>>;

const REQUESTS: [(&str, Request, u16); 4] = [
    ("login", |world, _| Box::pin(login(world.clone())), 200),
    ("sign-up", |world, _| Box::pin(register(world.clone())), 201),
    ("step-up", |world, token| Box::pin(reauthenticate(world.clone(), token.to_owned())), 200),
    ("change", |world, token| Box::pin(change(world.clone(), token.to_owned())), 204),
];

async fn login(world: MemoryApp) -> Answer {
    world.login(EMAIL, PASSWORD).await
}

async fn register(world: MemoryApp) -> Answer {
    world.register("bob@example.org").await
}

async fn reauthenticate(world: MemoryApp, token: String) -> Answer {
    world.send(Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": PASSWORD }))).await
}

async fn change(world: MemoryApp, token: String) -> Answer {
    let body = json!({ "current_password": PASSWORD, "new_password": "staple battery horse correct" });
    world.send(Call::post("/auth/password/change").bearer(&token).json(&body)).await
}

#[tokio::test(start_paused = true)]
async fn m7_login_failing_at_any_call_leaves_no_session() {
    for (what, request, good) in REQUESTS {
        for fault in [Fault::Before, Fault::After] {
            for call in 0.. {
                let world = MemoryApp::new().await;
                let token = world.register(EMAIL).await.is(201).access_token();
                fault.at(call, &world.faults);
                let answer = still(request(&world, &token)).await;
                if !world.mend() {
                    answer.is(good);
                    assert!(call > 3, "{what}: {call} calls are too few");
                    break;
                }
                let sessions = async |world: &MemoryApp| {
                    let of = async |id: i64| world.auth.sessions(&id).await.unwrap().len();
                    (of(1).await, of(2).await)
                };
                let got = usize::from(answer.status == good);
                let expected = match what {
                    "login" => (1 + got, 0),
                    "sign-up" => (1, got),
                    _ => (1, 0),
                };
                let status = answer.status.as_u16();
                assert_eq!(sessions(&world).await, expected, "{what}: {fault:?} at call {call}: {status}");
                if status != good {
                    assert_eq!(status, 503, "{what}: {fault:?} at call {call}");
                    // An account that is known to stay is one that its user is told about.
                    let stays = world.auth.accounts().find(&2).await.unwrap().is_some();
                    let told = answer.code() == "account_created";
                    assert!(!told || stays, "{what}: {fault:?} at call {call}");
                    let before = matches!(fault, Fault::Before);
                    assert!(told || !stays || !before, "{what}: {fault:?} at call {call}: {}", answer.code());
                }
                // And in other processes, once this one has completed what was broken off.
                tokio::time::sleep(Duration::from_secs(70)).await;
                let there = world.beside(world.clock.clone()).await;
                assert_eq!(sessions(&there).await, expected, "{what}: {fault:?} at call {call}: {status}");
            }
        }
    }
}
