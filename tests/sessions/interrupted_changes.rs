//! Interrupted work is completed: if a log-out, a change of password or a change of a row is interrupted at any call,
//! because the store failed or the client hung up, the sessions that it should end do end.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auth::store::{Change, Users as _};
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::forge::claims_of;
use auth_tests::memory_app::MemoryApp;
use auth_tests::time::still;
use auth_tests::{Answer, Call, Role};
use serde_json::json;
use tokio::task::yield_now;

const EMAIL: &str = "ada@example.org";
const NEW_PASSWORD: &str = "staple battery horse correct";

/// How an operation is interrupted at a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Breaks {
    /// The store fails before it acts, at this and every later call of the request.
    Fails,
    /// The store acts, but its answers are lost from this call on.
    LosesAnswers,
    /// The client hangs up before the store acts.
    HangsUpBefore,
    /// The client hangs up after the store has acted.
    HangsUpAfter,
}

pub(crate) const WAYS: [Breaks; 4] = [Breaks::Fails, Breaks::LosesAnswers, Breaks::HangsUpBefore, Breaks::HangsUpAfter];

/// Interrupts `work` at its call number `call`, then lets everything work for minutes. `None` if it finished before.
pub(crate) async fn breaks_off<T>(
    how: Breaks,
    call: usize,
    faults: &Faults,
    work: impl Future<Output = T>,
) -> Option<()> {
    let plan = faults.nth("*", call);
    match how {
        Breaks::Fails => plan.and_later().fail(),
        Breaks::LosesAnswers => plan.and_later().lose_response(),
        Breaks::HangsUpBefore => plan.hang(),
        Breaks::HangsUpAfter => plan.after(std::future::pending()),
    }
    {
        let mut work = pin!(still(work));
        tokio::select! {
            biased;
            _ = &mut work => {}
            () = async {
                while matches!(how, Breaks::Fails | Breaks::LosesAnswers) || !faults.is_done() {
                    yield_now().await;
                }
            } => {}
        }
    }
    let broke_off = faults.is_done();
    faults.clear();
    tokio::time::sleep(Duration::from_mins(5)).await;
    broke_off.then_some(())
}

/// Two instances, and a user with two sessions.
struct Scene {
    here: MemoryApp,
    there: MemoryApp,
    mine: Answer,
    other: Answer,
}

impl Scene {
    async fn new() -> Self {
        let here = MemoryApp::new().await;
        here.register(EMAIL).await.is(201);
        let mine = still(here.login(EMAIL, PASSWORD)).await.is(200);
        let other = still(here.login(EMAIL, PASSWORD)).await.is(200);
        let there = here.beside(here.clock.clone()).await;
        for tokens in [&mine, &other] {
            there.get("/claims", &tokens.access_token()).await.is(200);
        }
        Self { here, there, mine, other }
    }

    /// The statuses for the access and refresh token of a session, on both instances.
    async fn answers(&self, tokens: &Answer) -> [u16; 3] {
        self.there.auth.sync_revocations().await.unwrap();
        [
            self.there.get("/claims", &tokens.access_token()).await.status.as_u16(),
            self.here.get("/claims", &tokens.access_token()).await.status.as_u16(),
            self.there.refresh(&tokens.refresh_token()).await.status.as_u16(),
        ]
    }

    async fn row(&self) -> Option<auth_tests::User> {
        self.here.auth.accounts().find(&1).await.unwrap()
    }

    async fn ends(&self, what: &str) {
        let (here, session) = (&self.here, claims_of(&self.other.access_token())["sid"].as_str().unwrap().to_owned());
        match what {
            "log-out by access token" => here.send(Call::post("/auth/logout").bearer(&self.other.access_token())).await,
            "log-out by refresh token" => {
                let body = json!({ "refresh_token": self.other.refresh_token() });
                here.send(Call::post("/auth/logout").json(&body)).await
            }
            "log-out by cookie" => {
                let cookie = format!("__Host-user-refresh={}", self.other.refresh_token());
                here.send(Call::post("/auth/logout").same_origin().cookie(&cookie)).await
            }
            "end of another session" => {
                here.send(Call::delete(&format!("/auth/sessions/{session}")).bearer(&self.mine.access_token())).await
            }
            "log-out everywhere" => here.send(Call::post("/auth/logout-all").bearer(&self.mine.access_token())).await,
            _ => here.refresh(&self.other.refresh_token()).await,
        };
    }
}

#[tokio::test(start_paused = true)]
async fn rev_04_interrupted_logout_is_completed() {
    // With the number of first calls that only find the session, so that nothing has begun yet.
    let all = [
        ("log-out by access token", 0),
        ("log-out by refresh token", 1),
        ("log-out by cookie", 1),
        ("end of another session", 1),
        ("log-out everywhere", 0),
    ];
    for ((what, looks), how) in all.into_iter().flat_map(|all| WAYS.map(|how| (all, how))) {
        for call in 0.. {
            let scene = Scene::new().await;
            let broke_off = breaks_off(how, call, &scene.here.faults, scene.ends(what)).await;
            let begun = call >= looks || broke_off.is_none();
            let expected = if begun { [401, 401, 401] } else { [200, 200, 200] };
            assert_eq!(scene.answers(&scene.other).await, expected, "{what}: {how:?} at call {call}");
            if broke_off.is_none() {
                assert!(call > looks + 1, "{what}: {call} calls are too few");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ref_06_interrupted_end_of_stolen_session_is_completed() {
    for how in WAYS {
        for call in 0.. {
            let scene = Scene::new().await;
            let child = scene.here.refresh(&scene.other.refresh_token()).await.is(200);
            scene.here.clock.advance(Duration::from_secs(11));
            let broke_off = breaks_off(how, call, &scene.here.faults, scene.ends("theft")).await;
            // Until the record has been read, and the epoch with it, the theft is unknown.
            let expected = if call < 2 { [200, 200, 200] } else { [401, 401, 401] };
            assert_eq!(scene.answers(&child).await, expected, "{how:?} at call {call}");
            if broke_off.is_none() {
                break;
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Do {
    SetPassword,
    ChangePassword,
    Disable,
    SetRole,
    Delete,
    Changed,
}

impl Do {
    async fn at(self, scene: &Scene) -> bool {
        let users = scene.here.auth.accounts();
        match self {
            Self::SetPassword => users.set_password(&1, NEW_PASSWORD).await.is_ok(),
            Self::ChangePassword => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
                let call = Call::post("/auth/password/change").bearer(&scene.mine.access_token()).json(&body);
                scene.here.send(call).await.status == 204
            }
            Self::Disable => users.disable(&1).await.is_ok(),
            Self::SetRole => users.set_role(&1, Role::Admin).await.is_ok(),
            Self::Delete => users.delete(&1).await.is_ok(),
            Self::Changed => users.claims_changed(&1).await.is_ok(),
        }
    }

    /// Checks that, if the row was written, no session based on the old row is valid on any instance.
    async fn check(self, scene: &Scene, context: &str) -> bool {
        let row = scene.row().await;
        match self {
            Self::SetPassword | Self::ChangePassword => {
                let new = still(scene.here.login(EMAIL, NEW_PASSWORD)).await;
                let old = still(scene.here.login(EMAIL, PASSWORD)).await;
                assert!((new.status == 200) != (old.status == 200), "{context}: one password works");
                if new.status == 200 {
                    assert_eq!(scene.answers(&scene.other).await, [401; 3], "{context}");
                    assert_eq!(scene.answers(&new).await, [200; 3], "{context}");
                    let mine = if self == Self::ChangePassword { [200; 3] } else { [401; 3] };
                    assert_eq!(scene.answers(&scene.mine).await, mine, "{context}: the session that asked");
                }
                new.status == 200
            }
            Self::Disable => {
                let written = !row.unwrap().is_active;
                if written {
                    scene.here.auth.accounts().enable(&1).await.unwrap();
                    assert_eq!(scene.answers(&scene.other).await, [401; 3], "{context}");
                }
                written
            }
            Self::Delete => {
                if row.is_none() {
                    assert_eq!(scene.answers(&scene.other).await, [401; 3], "{context}");
                    let left = scene.here.auth.sessions(&1).await.unwrap().len();
                    assert_eq!(left, 0, "{context}: a session is left to whoever gets the id next");
                }
                row.is_none()
            }
            Self::SetRole | Self::Changed => {
                let written = row.unwrap().role == Role::Admin;
                if written {
                    assert_eq!(scene.answers(&scene.other).await, [401, 401, 200], "{context}: the old role goes on");
                }
                written
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rev_04_interrupted_account_change_is_completed() {
    for what in [Do::SetPassword, Do::ChangePassword, Do::Disable, Do::SetRole, Do::Delete, Do::Changed] {
        for how in WAYS {
            for call in 0.. {
                let scene = Scene::new().await;
                if what == Do::Changed {
                    assert!(scene.here.rows().update(&1, &[Change::Roles(Role::Admin)]).await.unwrap());
                }
                let broke_off = breaks_off(how, call, &scene.here.faults, what.at(&scene)).await;
                let written = what.check(&scene, &format!("{what:?}: {how:?} at call {call}")).await;
                if broke_off.is_none() {
                    assert!(written && call > 2, "{what:?}: {call} calls are too few");
                    break;
                }
            }
        }
    }
}

/// A killed process cannot complete its work later.
#[tokio::test(start_paused = true)]
async fn rev_04_killed_process_leaves_no_session_of_former_row() {
    for what in [Do::SetPassword, Do::ChangePassword, Do::Disable, Do::SetRole, Do::Delete] {
        for writes in 0.. {
            let scene = Scene::new().await;
            scene.here.faults.stop_after_writes(writes);
            let done = still(what.at(&scene)).await;
            // Equivalent to a kill: the process never reaches the store again.
            scene.here.faults.next("*").and_later().fail();
            let next = scene.there.beside(scene.there.clock.clone()).await;
            let scene = Scene { here: next, ..scene };
            let written = what.check(&scene, &format!("{what:?}: killed after {writes} writes")).await;
            if done {
                assert!(written && writes > 2, "{what:?}: {writes} writes are too few");
                break;
            }
        }
    }
}

#[tokio::test]
async fn login_right_after_logout_everywhere_stays_signed_in() {
    let world = MemoryApp::new().await;
    let first = world.register(EMAIL).await.is(201).access_token();
    let (login, late) = (world.clone(), Arc::new(OnceLock::new()));
    let seen = Arc::clone(&late);
    // The mark has been raised, and the records of the sessions are about to be removed.
    world.faults.next("records.list").before(async move {
        seen.set(login.login(EMAIL, PASSWORD).await.is(200)).ok().unwrap();
    });
    world.send(Call::post("/auth/logout-all").bearer(&first)).await.is(204);
    let late = late.get().unwrap();
    world.get("/claims", &late.access_token()).await.is(200);
    world.refresh(&late.refresh_token()).await.is(200);
    assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn login_with_new_password_survives_completed_change() {
    let scene = Scene::new().await;
    let down = scene.here.faults.clone();
    scene.here.faults.next("users.replace_password").after(async move { down.down() });
    assert!(!still(Do::ChangePassword.at(&scene)).await);
    scene.here.faults.clear();
    // Just before the work would be completed in the background.
    let fresh = still(scene.here.login(EMAIL, NEW_PASSWORD)).await.is(200);
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(scene.answers(&fresh).await, [200; 3]);
    assert_eq!(scene.answers(&scene.other).await, [401; 3]);
}

/// Everything was done, only the answer was lost: then it is not done a second time.
#[tokio::test(start_paused = true)]
async fn login_elsewhere_after_logout_everywhere_stays_signed_in() {
    for (what, mark) in [(Do::SetPassword, 1), (Do::Disable, 1)] {
        let scene = Scene::new().await;
        // The first of these writes precedes that of the row.
        scene.here.faults.nth("records.replace", mark - 1).and_later().lose_response();
        assert!(!still(what.at(&scene)).await);
        scene.here.faults.clear();
        if what == Do::Disable {
            scene.there.auth.accounts().enable(&1).await.unwrap();
        }
        let password = if what == Do::Disable { PASSWORD } else { NEW_PASSWORD };
        let fresh = still(scene.there.login(EMAIL, password)).await.is(200);
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(scene.answers(&fresh).await, [200; 3], "{what:?}");
        assert_eq!(scene.answers(&scene.other).await, [401; 3], "{what:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_failing_logout_is_queued_once() {
    let scene = Scene::new().await;
    scene.here.faults.down();
    for _ in 0..3_000 {
        scene.ends("log-out by access token").await;
    }
    // The queue still has room for others.
    scene.here.send(Call::post("/auth/logout").bearer(&scene.mine.access_token())).await.is(503);
    scene.here.faults.clear();
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(scene.answers(&scene.other).await, [401; 3]);
    assert_eq!(scene.answers(&scene.mine).await, [401; 3]);
}

#[tokio::test]
async fn unknown_user_gets_no_revocation_epoch() {
    let world = MemoryApp::new().await;
    let users = world.auth.accounts();
    users.set_role(&7, Role::Admin).await.unwrap_err();
    users.disable(&7).await.unwrap_err();
    users.set_password(&7, NEW_PASSWORD).await.unwrap_err();
    assert!(world.faults.take_calls().iter().all(|call| *call == "users.find"));
}
