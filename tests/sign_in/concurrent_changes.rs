//! The right person is never told they are wrong: whatever changes about an account while its password is checked, a
//! 401 from a login means that the credentials are wrong now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::AuthBuilder;
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::legacy::{backwards, old_hash};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Answer, Call, Role, User, UserRegistration};
use serde_json::json;

const EMAIL: &str = "ada@example.org";
const NEW_PASSWORD: &str = "staple battery horse correct";

/// A request that is about to be sent here, while something happens there.
struct Scene {
    here: MemoryApp,
    there: MemoryApp,
    /// Of the session that sends the request.
    tokens: Option<Answer>,
}

impl Scene {
    /// Two processes and no account.
    async fn empty() -> Self {
        let here = MemoryApp::new().await;
        let there = here.beside(here.clock.clone()).await;
        Self { here, there, tokens: None }
    }

    /// Two processes that know the scheme, and an account whose hash is of it.
    async fn new() -> Self {
        let setup = |builder: AuthBuilder<User>| builder.passwords(quick_passwords().legacy(backwards));
        let here = MemoryApp::with(setup).await;
        let there = here.beside_with(here.clock.clone(), setup).await;
        let form = UserRegistration { email: EMAIL.to_owned(), display_name: "Ada".to_owned() };
        here.auth.accounts().import(form, Some(old_hash(PASSWORD))).await.unwrap();
        drop(here.faults.take_calls());
        Self { here, there, tokens: None }
    }

    /// The account has a session, and a hash that is renewed at the next right login elsewhere.
    async fn signed_in() -> Self {
        let scene = Self::new().await;
        let here = &scene.here;
        // Before the hash is renewed here, so that it can be renewed elsewhere: put the old one back.
        let old = here.auth.accounts().find(&1).await.unwrap().unwrap().password_hash;
        let tokens = here.login(EMAIL, PASSWORD).await.is(200);
        auth::store::Users::update(here.rows(), &1, &[auth::store::Change::PasswordHash(old)]).await.unwrap();
        Self { tokens: Some(tokens), ..scene }
    }

    fn tokens(&self) -> &Answer {
        self.tokens.as_ref().unwrap()
    }
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
    async fn happen(self, there: MemoryApp) {
        let users = there.auth.accounts();
        if users.find(&1).await.unwrap().is_none() {
            // Before the account exists there is nobody to change.
            return;
        }
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
    begin: impl AsyncFn() -> Scene,
    event: Event,
    request: impl AsyncFn(&Scene) -> Answer,
    check: impl AsyncFn(&Scene, Answer, usize),
) {
    for before in [true, false] {
        for call in 0.. {
            let scene = begin().await;
            let happened = Arc::new(AtomicBool::new(false));
            let (seen, there) = (Arc::clone(&happened), scene.there.clone());
            let happens = async move {
                event.happen(there).await;
                seen.store(true, Ordering::Relaxed);
            };
            let planned = scene.here.faults.nth("*", call);
            if before {
                planned.before(happens);
            } else {
                planned.after(happens);
            }
            let answer = request(&scene).await;
            if !happened.load(Ordering::Relaxed) {
                assert!(call > 2, "{event:?}: {call} calls are too few");
                break;
            }
            check(&scene, answer, call).await;
        }
    }
}

/// During a login with the right password.
async fn during_login(event: Event, check: impl AsyncFn(&Scene, Answer, usize)) {
    at_every_call(Scene::new, event, async |scene| scene.here.login(EMAIL, PASSWORD).await, check).await;
}

/// During a request of a session.
async fn in_session(
    event: Event,
    request: impl AsyncFn(&MemoryApp, &str) -> Answer,
    check: impl AsyncFn(&Scene, Answer, usize),
) {
    let request = async |scene: &Scene| request(&scene.here, &scene.tokens().access_token()).await;
    at_every_call(Scene::signed_in, event, request, check).await;
}

async fn sessions(world: &MemoryApp) -> usize {
    world.auth.sessions(&1).await.unwrap().len()
}

#[tokio::test]
async fn m7_login_during_rehash_at_any_call_succeeds() {
    during_login(Event::Renewal, async |Scene { here, .. }, answer, call| {
        let token = answer.is(200).access_token();
        here.get("/me", &token).await.is(200);
        assert_eq!(sessions(here).await, 2, "call {call}");
        here.login(EMAIL, "not the password").await.is(401);
    })
    .await;
}

#[tokio::test]
async fn m7_login_racing_a_role_change_gets_the_new_roles() {
    during_login(Event::Role, async |Scene { here, there, .. }, answer, call| {
        let answer = answer.is(200);
        // The token was issued before the change, or has the new role.
        there.auth.sync_revocations().await.unwrap();
        here.auth.sync_revocations().await.unwrap();
        let status = here.get("/stats", &answer.access_token()).await.status;
        assert!(matches!(status.as_u16(), 200 | 401), "call {call}: {status}");
        let refreshed = here.refresh(&answer.refresh_token()).await.is(200);
        here.get("/stats", &refreshed.access_token()).await.is(200);
        assert_eq!(sessions(here).await, 1, "call {call}");
    })
    .await;
}

#[tokio::test]
async fn m7_login_racing_logout_all_counts_as_later() {
    during_login(Event::LogoutAll, async |Scene { here, .. }, answer, call| {
        answer.is(200);
        assert!(sessions(here).await <= 1, "call {call}");
    })
    .await;
}

#[tokio::test]
async fn m7_changed_password_refuses_the_old_one_at_login() {
    during_login(Event::NewPassword, async |Scene { here, .. }, answer, call| {
        if answer.status == 200 {
            // It was over before the change, which has ended it.
            here.auth.sync_revocations().await.unwrap();
            here.get("/claims", &answer.access_token()).await.is(401);
        } else {
            assert_eq!(answer.is(401).code(), "invalid_credentials", "call {call}");
        }
        assert_eq!(sessions(here).await, 0, "call {call}");
        here.login(EMAIL, NEW_PASSWORD).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn m7_account_disabled_during_login_is_reported_inactive() {
    during_login(Event::Disable, async |Scene { here, .. }, answer, call| {
        if answer.status != 200 {
            assert_eq!(answer.is(403).code(), "inactive_user", "call {call}");
        }
        assert_eq!(sessions(here).await, 0, "call {call}");
    })
    .await;
}

#[tokio::test]
async fn m7_an_account_deleted_meanwhile_is_an_unknown_one() {
    during_login(Event::Delete, async |Scene { here, .. }, answer, call| {
        if answer.status != 200 {
            assert_eq!(answer.is(401).code(), "invalid_credentials", "call {call}");
        }
        assert_eq!(sessions(here).await, 0, "call {call}");
    })
    .await;
}

async fn reauthenticate(here: &MemoryApp, token: &str) -> Answer {
    here.send(Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": PASSWORD }))).await
}

async fn change(here: &MemoryApp, token: &str) -> Answer {
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    here.send(Call::post("/auth/password/change").bearer(token).json(&body)).await
}

#[tokio::test]
async fn m7_reauthentication_during_rehash_succeeds() {
    in_session(Event::Renewal, reauthenticate, async |Scene { here, .. }, answer, _| {
        let token = answer.is(200).access_token();
        here.get("/me", &token).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn m7_password_change_during_rehash_succeeds() {
    in_session(Event::Renewal, change, async |scene, answer, call| {
        answer.is(204);
        scene.here.get("/me", &scene.tokens().access_token()).await.is(200);
        scene.here.refresh(&scene.tokens().refresh_token()).await.is(200);
        scene.here.login(EMAIL, PASSWORD).await.is(401);
        scene.here.login(EMAIL, NEW_PASSWORD).await.is(200);
        assert_eq!(sessions(&scene.here).await, 2, "call {call}");
    })
    .await;
}

/// A change of roles makes tokens stale; it says nothing about a password.
#[tokio::test]
async fn m7_role_change_is_no_wrong_password_at_reauthentication() {
    in_session(Event::Role, reauthenticate, async |_, answer, _| drop(answer.is(200))).await;
    in_session(Event::Role, change, async |Scene { here, .. }, answer, _| {
        answer.is(204);
        here.login(EMAIL, NEW_PASSWORD).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn m7_changed_password_refuses_the_old_one_at_reauthentication() {
    in_session(Event::NewPassword, reauthenticate, async |scene, answer, call| {
        if answer.status == 200 {
            scene.here.auth.sync_revocations().await.unwrap();
            scene.here.get("/claims", &answer.access_token()).await.is(401);
        } else {
            // The session has ended, or the password is wrong by now.
            assert!(matches!(answer.status.as_u16(), 401 | 422), "call {call}: {}", answer.status);
        }
        scene.here.refresh(&scene.tokens().refresh_token()).await.is(401);
    })
    .await;
    in_session(Event::NewPassword, change, async |scene, answer, call| {
        assert!(matches!(answer.status.as_u16(), 204 | 401 | 422), "call {call}: {}", answer.status);
        scene.here.refresh(&scene.tokens().refresh_token()).await.is(401);
        scene.here.login(EMAIL, PASSWORD).await.is(401);
    })
    .await;
}

/// The account changes during each attempt to begin its session.
#[tokio::test]
async fn m7_endlessly_changing_account_is_an_internal_error() {
    let Scene { here, there, .. } = Scene::new().await;
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
async fn m7_failed_rehash_does_not_refuse_the_right_password() {
    use auth::store::StoreError;
    for planned in ["fails", "lies"] {
        let Scene { here, .. } = Scene::new().await;
        let renewal = here.faults.next("users.replace_password").and_later();
        match planned {
            "fails" => renewal.fail_with(|| StoreError::refused("the column is too short")),
            _ => renewal.lose_response(),
        }
        let token = here.login(EMAIL, PASSWORD).await.is(200).access_token();
        here.get("/me", &token).await.is(200);
        here.login(EMAIL, "not the password").await.is(401);
    }
}

#[tokio::test]
async fn m7_sign_up_racing_account_changes_is_never_401() {
    let register = async |scene: &Scene| scene.here.register("bob@example.org").await;
    for event in [Event::Role, Event::LogoutAll, Event::NewPassword, Event::Disable, Event::Delete] {
        at_every_call(Scene::empty, event, register, async |Scene { here, .. }, answer, call| {
            if answer.status != 201 {
                let said = (answer.status.as_u16(), answer.code());
                let fine = [(503, "account_created"), (403, "inactive_user")];
                assert!(fine.contains(&(said.0, said.1.as_str())), "{event:?} at call {call}: {said:?}");
                assert_eq!(sessions(here).await, 0, "{event:?} at call {call}");
            }
        })
        .await;
    }
}
