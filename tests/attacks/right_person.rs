//! The right person is never told they are wrong: whatever changes about an account while its password is checked, a
//! 401 from a login means that the credentials are wrong now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::PasswordHash;
use auth::password::LegacyVerdict;
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::{Answer, Call, Role, UserRegistration};
use serde_json::json;

use crate::stores::World;

const EMAIL: &str = "ada@example.org";
const NEW_PASSWORD: &str = "staple battery horse correct";

/// A made-up scheme: the password backwards. Every right login renews such a hash.
fn backwards(password: &str, stored: &str) -> LegacyVerdict {
    let Some(stored) = stored.strip_prefix("backwards:") else { return LegacyVerdict::NotMine };
    if password.chars().rev().eq(stored.chars()) { LegacyVerdict::Right } else { LegacyVerdict::Wrong }
}

/// Two processes that know the scheme, and an account whose hash is of it.
async fn two() -> (World, World) {
    let setup = |builder: auth::AuthBuilder<auth_tests::User>| builder.passwords(quick_passwords().legacy(backwards));
    let here = World::with(setup).await;
    let there = here.beside_with(here.clock.clone(), setup).await;
    let hash = format!("backwards:{}", PASSWORD.chars().rev().collect::<String>());
    let form = UserRegistration { email: EMAIL.to_owned(), display_name: "Ada".to_owned() };
    here.auth.users().import(form, Some(PasswordHash::from_stored(hash))).await.unwrap();
    drop(here.faults.take_calls());
    (here, there)
}

/// What happens at another process in the middle of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    /// Somebody else's right login renews the hash.
    Renewal,
    Role,
    LogoutAll,
    NewPassword,
    Disable,
    Delete,
}

impl Event {
    async fn happen(self, there: World) {
        let users = there.auth.users();
        match self {
            // (Refused, if the request has changed the password by now.)
            Self::Renewal => drop(there.login(EMAIL, PASSWORD).await),
            Self::Role => users.set_role(&1, Role::Admin).await.unwrap(),
            Self::LogoutAll => users.end_sessions(&1).await.unwrap(),
            Self::NewPassword => users.set_password(&1, NEW_PASSWORD).await.unwrap(),
            Self::Disable => users.disable(&1).await.unwrap(),
            Self::Delete => users.delete(&1).await.unwrap(),
        }
    }
}

/// Sends `request` once for each of its store calls, and lets `event` happen before or after that call.
async fn at_every_call(
    event: Event,
    request: impl AsyncFn(&World) -> Answer,
    check: impl AsyncFn(&World, &World, Answer, usize),
) {
    for before in [true, false] {
        for call in 0.. {
            let (here, there) = two().await;
            let happened = Arc::new(AtomicBool::new(false));
            let (seen, beside) = (Arc::clone(&happened), there.clone());
            let happens = async move {
                event.happen(beside).await;
                seen.store(true, Ordering::Relaxed);
            };
            let planned = here.faults.nth("*", call);
            if before {
                planned.before(happens);
            } else {
                planned.after(happens);
            }
            let answer = request(&here).await;
            if !happened.load(Ordering::Relaxed) {
                assert!(call > 2, "{event:?}: {call} calls are too few");
                break;
            }
            check(&here, &there, answer, call).await;
        }
    }
}

async fn sessions(world: &World) -> usize {
    world.auth.sessions(&1).await.unwrap().len()
}

#[tokio::test]
async fn m7_a_login_whose_hash_is_renewed_at_any_call_succeeds() {
    at_every_call(
        Event::Renewal,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, _, answer, call| {
            let token = answer.is(200).access_token();
            here.get("/me", &token).await.is(200);
            assert_eq!(sessions(here).await, 2, "call {call}");
            here.login(EMAIL, "not the password").await.is(401);
        },
    )
    .await;
}

#[tokio::test]
async fn m7_a_login_that_races_a_change_of_roles_gets_in_with_the_new_ones() {
    at_every_call(
        Event::Role,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, there, answer, call| {
            let answer = answer.is(200);
            // The token was issued before the change, or has the new role.
            there.auth.sync_revocations().await.unwrap();
            here.auth.sync_revocations().await.unwrap();
            let status = here.get("/stats", &answer.access_token()).await.status;
            assert!(matches!(status.as_u16(), 200 | 401), "call {call}: {status}");
            let refreshed = here.refresh(&answer.refresh_token()).await.is(200);
            here.get("/stats", &refreshed.access_token()).await.is(200);
            assert_eq!(sessions(here).await, 1, "call {call}");
        },
    )
    .await;
}

#[tokio::test]
async fn m7_a_login_that_races_the_end_of_all_sessions_counts_as_later() {
    at_every_call(
        Event::LogoutAll,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, _, answer, call| {
            answer.is(200);
            assert!(sessions(here).await <= 1, "call {call}");
        },
    )
    .await;
}

#[tokio::test]
async fn m7_a_real_change_of_the_password_still_refuses_the_old_one() {
    at_every_call(
        Event::NewPassword,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, _, answer, call| {
            if answer.status == 200 {
                // It was over before the change, which has ended it.
                here.auth.sync_revocations().await.unwrap();
                here.get("/claims", &answer.access_token()).await.is(401);
            } else {
                assert_eq!(answer.is(401).code(), "invalid_credentials", "call {call}");
            }
            assert_eq!(sessions(here).await, 0, "call {call}");
            here.login(EMAIL, NEW_PASSWORD).await.is(200);
        },
    )
    .await;
}

#[tokio::test]
async fn m7_an_account_disabled_meanwhile_is_inactive_and_not_a_wrong_password() {
    at_every_call(
        Event::Disable,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, _, answer, call| {
            if answer.status != 200 {
                assert_eq!(answer.is(403).code(), "inactive_user", "call {call}");
            }
            assert_eq!(sessions(here).await, 0, "call {call}");
        },
    )
    .await;
}

#[tokio::test]
async fn m7_an_account_deleted_meanwhile_is_an_unknown_one() {
    at_every_call(
        Event::Delete,
        async |here| here.login(EMAIL, PASSWORD).await,
        async |here, _, answer, call| {
            if answer.status != 200 {
                assert_eq!(answer.is(401).code(), "invalid_credentials", "call {call}");
            }
            assert_eq!(sessions(here).await, 0, "call {call}");
        },
    )
    .await;
}

/// An account with a session, and a hash that is renewed at the next right login elsewhere.
async fn signed_in(here: &World) -> Answer {
    // Before the hash is renewed here, so that it can be renewed elsewhere: put the old one back.
    let old = here.auth.users().find(&1).await.unwrap().unwrap().password_hash;
    let tokens = here.login(EMAIL, PASSWORD).await.is(200);
    auth::store::Users::set_password(here.rows(), &1, &old).await.unwrap();
    tokens
}

/// Like [`at_every_call`], for requests of a session.
async fn at_every_call_of_a_session(
    event: Event,
    request: impl AsyncFn(&World, &str) -> Answer,
    check: impl AsyncFn(&World, &Answer, Answer, usize),
) {
    for before in [true, false] {
        for call in 0.. {
            let (here, there) = two().await;
            let tokens = signed_in(&here).await;
            let happened = Arc::new(AtomicBool::new(false));
            let (seen, beside) = (Arc::clone(&happened), there.clone());
            let happens = async move {
                event.happen(beside).await;
                seen.store(true, Ordering::Relaxed);
            };
            let planned = here.faults.nth("*", call);
            if before {
                planned.before(happens);
            } else {
                planned.after(happens);
            }
            let answer = request(&here, &tokens.access_token()).await;
            if !happened.load(Ordering::Relaxed) {
                assert!(call > 2, "{event:?}: {call} calls are too few");
                break;
            }
            check(&here, &tokens, answer, call).await;
        }
    }
}

async fn reauthenticate(here: &World, token: &str) -> Answer {
    here.send(Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": PASSWORD }))).await
}

async fn change(here: &World, token: &str) -> Answer {
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    here.send(Call::post("/auth/password/change").bearer(token).json(&body)).await
}

#[tokio::test]
async fn m7_whoever_proves_themselves_again_while_the_hash_is_renewed_succeeds() {
    at_every_call_of_a_session(Event::Renewal, reauthenticate, async |here, _, answer, _| {
        let token = answer.is(200).access_token();
        here.get("/me", &token).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn m7_a_change_of_password_while_the_hash_is_renewed_succeeds() {
    at_every_call_of_a_session(Event::Renewal, change, async |here, tokens, answer, call| {
        answer.is(204);
        here.get("/me", &tokens.access_token()).await.is(200);
        here.refresh(&tokens.refresh_token()).await.is(200);
        here.login(EMAIL, PASSWORD).await.is(401);
        here.login(EMAIL, NEW_PASSWORD).await.is(200);
        assert_eq!(sessions(here).await, 2, "call {call}");
    })
    .await;
}

/// A change of roles makes tokens stale; it says nothing about a password.
#[tokio::test]
async fn m7_a_change_of_roles_is_not_a_wrong_password_in_a_session() {
    at_every_call_of_a_session(Event::Role, reauthenticate, async |_, _, answer, _| drop(answer.is(200))).await;
    at_every_call_of_a_session(Event::Role, change, async |here, _, answer, _| {
        answer.is(204);
        here.login(EMAIL, NEW_PASSWORD).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn m7_a_real_change_of_the_password_refuses_the_old_one_in_a_session() {
    at_every_call_of_a_session(Event::NewPassword, reauthenticate, async |here, tokens, answer, call| {
        if answer.status == 200 {
            here.auth.sync_revocations().await.unwrap();
            here.get("/claims", &answer.access_token()).await.is(401);
        } else {
            // The session has ended, or the password is wrong by now.
            assert!(matches!(answer.status.as_u16(), 401 | 422), "call {call}: {}", answer.status);
        }
        here.refresh(&tokens.refresh_token()).await.is(401);
    })
    .await;
    at_every_call_of_a_session(Event::NewPassword, change, async |here, tokens, answer, call| {
        assert!(matches!(answer.status.as_u16(), 204 | 401 | 422), "call {call}: {}", answer.status);
        here.refresh(&tokens.refresh_token()).await.is(401);
        here.login(EMAIL, PASSWORD).await.is(401);
    })
    .await;
}

/// The account changes during each attempt to begin its session.
#[tokio::test]
async fn m7_an_account_that_changes_without_end_is_our_fault_and_leaves_no_session() {
    let (here, there) = two().await;
    let before = sessions(&here).await;
    for nth in 0..40 {
        let there = there.clone();
        here.faults.nth("records.insert", nth).after(async move { Event::Role.happen(there).await });
    }
    let answer = here.login(EMAIL, PASSWORD).await;
    here.mend();
    assert_eq!(answer.is(503).code(), "unavailable");
    assert_eq!(sessions(&here).await, before);
    here.login(EMAIL, PASSWORD).await.is(200);
}

#[tokio::test]
async fn m7_a_table_that_takes_no_new_hash_lets_the_right_password_in() {
    use auth::store::StoreError;
    for planned in ["fails", "lies"] {
        let (here, _) = two().await;
        let renewal = here.faults.next("users.replace_password").and_later();
        match planned {
            "fails" => renewal.fail_with(|| StoreError::refused("the column is too short")),
            _ => renewal.lose_answer(),
        }
        let token = here.login(EMAIL, PASSWORD).await.is(200).access_token();
        here.get("/me", &token).await.is(200);
        here.login(EMAIL, "not the password").await.is(401);
    }
}

#[tokio::test]
async fn m7_a_sign_up_whose_account_changes_at_any_call_is_never_a_401() {
    let register = async |here: &World| here.register("bob@example.org").await;
    for event in [Event::Role, Event::LogoutAll, Event::NewPassword, Event::Disable, Event::Delete] {
        for before in [true, false] {
            for call in 0.. {
                let here = World::new().await;
                let there = here.beside(here.clock.clone()).await;
                let happened = Arc::new(AtomicBool::new(false));
                let (seen, beside) = (Arc::clone(&happened), there.clone());
                let happens = async move {
                    // Before the account exists there is nobody to change.
                    if beside.auth.users().find(&1).await.unwrap().is_some() {
                        event.happen(beside).await;
                    }
                    seen.store(true, Ordering::Relaxed);
                };
                let planned = here.faults.nth("*", call);
                if before {
                    planned.before(happens);
                } else {
                    planned.after(happens);
                }
                let answer = register(&here).await;
                if !happened.load(Ordering::Relaxed) {
                    break;
                }
                if answer.status != 201 {
                    let said = (answer.status.as_u16(), answer.code());
                    let fine = [(503, "account_created"), (403, "inactive_user")];
                    assert!(fine.contains(&(said.0, said.1.as_str())), "{event:?} at call {call}: {said:?}");
                    assert_eq!(sessions(&here).await, 0, "{event:?} at call {call}");
                }
            }
        }
    }
}
