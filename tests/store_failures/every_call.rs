//! The store fails at the n-th call, for every n: 503, never an accidental yes or no, and a consistent state
//! afterwards.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auth::AuthError;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::{Fault, MemoryApp};
use auth_tests::time::still;
use auth_tests::{Answer, Call, Role};
use serde_json::json;

const EMAIL: &str = "ada@example.org";
const NEW_PASSWORD: &str = "staple battery horse correct";

/// A user with two sessions, on two devices.
struct Scene {
    world: MemoryApp,
    access: String,
    refresh: String,
    other_access: String,
    other_refresh: String,
}

impl Scene {
    async fn new() -> Self {
        let world = MemoryApp::new().await;
        let first = world.register(EMAIL).await.is(201);
        let second = world.login(EMAIL, PASSWORD).await.is(200);
        drop(world.faults.take_calls());
        Self {
            access: first.access_token(),
            refresh: first.refresh_token(),
            other_access: second.access_token(),
            other_refresh: second.refresh_token(),
            world,
        }
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        self.world.get(path, token).await.status.as_u16()
    }
}

/// Runs `call` with the store failing at its first, second, … call, in both ways, until the failing call is not
/// reached. `check` learns whether the request was acknowledged, and runs on a store that works again.
async fn at_every_call(call: impl AsyncFn(&Scene) -> Answer, good: u16, check: impl AsyncFn(&Scene, bool)) {
    for fault in [Fault::Before, Fault::After] {
        let mut failures = 0;
        loop {
            let scene = Scene::new().await;
            fault.at(failures, &scene.world.faults);
            let answer = call(&scene).await;
            let failed = scene.world.mend();
            if !failed {
                assert_eq!(answer.status.as_u16(), good, "{fault:?} was not reached");
                check(&scene, true).await;
                break;
            }
            if answer.status.as_u16() != good {
                assert_eq!(answer.status, 503, "{fault:?} at call {failures}");
                assert!(matches!(&*answer.code(), "unavailable" | "account_created"), "{}", answer.code());
                assert_eq!(answer.header("retry-after"), Some("2"));
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                assert!(!answer.text().contains("planned"), "the cause is the operator's");
            }
            check(&scene, answer.status.as_u16() == good).await;
            failures += 1;
            assert!(failures < 50, "this never ends");
        }
        assert!(failures > 0, "the store was not asked at all");
    }
}

#[tokio::test]
async fn http_19_register_fails_whole_or_leaves_an_account_that_works() {
    let register = async |scene: &Scene| scene.world.register("bob@example.org").await;
    at_every_call(register, 201, async |scene, _| {
        let again = scene.world.register("bob@example.org").await;
        assert!(matches!(again.status.as_u16(), 201 | 409), "{}", again.status);
        scene.world.login("bob@example.org", PASSWORD).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn http_19_login_fails_as_unavailable_and_never_as_wrong() {
    let login = async |scene: &Scene| scene.world.login(EMAIL, PASSWORD).await;
    at_every_call(login, 200, async |scene, _| {
        scene.world.login(EMAIL, PASSWORD).await.is(200);
        scene.world.login(EMAIL, "not the password").await.is(401);
    })
    .await;
}

#[tokio::test]
async fn http_19_wrong_password_never_passes_with_failing_store() {
    for email in [EMAIL, "nobody@example.org"] {
        let login = async |scene: &Scene| scene.world.login(email, "not the password").await;
        at_every_call(login, 401, async |scene, _| {
            scene.world.login(EMAIL, PASSWORD).await.is(200);
        })
        .await;
    }
}

#[tokio::test]
async fn http_19_failed_refresh_can_be_repeated_with_same_token() {
    let refresh = async |scene: &Scene| scene.world.refresh(&scene.refresh).await;
    at_every_call(refresh, 200, async |scene, _| {
        let tokens = scene.world.refresh(&scene.refresh).await.is(200);
        assert_eq!(scene.status("/me", &tokens.access_token()).await, 200);
        scene.world.refresh(&tokens.refresh_token()).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn http_19_reuse_is_remembered_though_ending_the_session_failed() {
    let reuse = async |scene: &Scene| {
        // Only the calls of the reuse count: the honest refresh comes first, while the store works.
        scene.world.refresh(&scene.refresh).await
    };
    for fault in [Fault::Before, Fault::After] {
        for n in 0..8 {
            let scene = Scene::new().await;
            let child = scene.world.refresh(&scene.refresh).await.is(200);
            scene.world.clock.advance(Duration::from_secs(11));
            fault.at(n, &scene.world.faults);
            let answer = reuse(&scene).await;
            scene.world.mend();
            assert!(matches!(answer.status.as_u16(), 401 | 503), "{}", answer.status);
            // Whatever the answer was: when the thief tries again, no token of the family works any more.
            reuse(&scene).await.is(401);
            scene.world.refresh(&child.refresh_token()).await.is(401);
            assert_eq!(scene.status("/claims", &child.access_token()).await, 401, "{fault:?} at {n}");
            assert_eq!(scene.status("/claims", &scene.other_access).await, 200);
        }
    }
}

#[tokio::test]
async fn http_19_logout_is_acknowledged_only_when_all_is_ended() {
    let ways: [fn(&Scene) -> Call; 3] = [
        |scene| Call::post("/auth/logout").bearer(&scene.access),
        |scene| Call::post("/auth/logout").json(&json!({ "refresh_token": scene.refresh })),
        |scene| Call::post("/auth/logout").same_origin().cookie(&format!("__Host-user-refresh={}", scene.refresh)),
    ];
    for way in ways {
        let logout = async |scene: &Scene| scene.world.send(way(scene)).await;
        at_every_call(logout, 204, async |scene, acknowledged| {
            if !acknowledged {
                scene.world.send(way(scene)).await.is(204);
            }
            assert_eq!(scene.status("/claims", &scene.access).await, 401, "the access token lives on");
            scene.world.refresh(&scene.refresh).await.is(401);
            assert_eq!(scene.status("/claims", &scene.other_access).await, 200);
            // Another process, or this one after a restart, learns it from the store.
            let restarted = scene.world.beside(scene.world.clock.clone()).await;
            restarted.get("/claims", &scene.access).await.is(401);
            restarted.get("/claims", &scene.other_access).await.is(200);
        })
        .await;
    }
}

#[tokio::test]
async fn http_19_session_is_never_half_ended() {
    let logout = async |scene: &Scene| scene.world.send(Call::post("/auth/logout").bearer(&scene.access)).await;
    at_every_call(logout, 204, async |scene, _| {
        if scene.status("/claims", &scene.access).await == 401 {
            scene.world.refresh(&scene.refresh).await.is(401);
            assert_eq!(scene.world.auth.sessions(&1).await.unwrap().len(), 1);
        } else {
            scene.world.refresh(&scene.refresh).await.is(200);
        }
    })
    .await;
}

#[tokio::test]
async fn http_19_logout_all_is_acknowledged_only_when_all_is_ended() {
    let all = async |scene: &Scene| scene.world.send(Call::post("/auth/logout-all").bearer(&scene.access)).await;
    at_every_call(all, 204, async |scene, acknowledged| {
        if !acknowledged {
            let again = all(scene).await;
            assert!(matches!(again.status.as_u16(), 204 | 401), "{}", again.status);
        }
        for token in [&scene.access, &scene.other_access] {
            assert_eq!(scene.status("/claims", token).await, 401);
        }
        for token in [&scene.refresh, &scene.other_refresh] {
            scene.world.refresh(token).await.is(401);
        }
    })
    .await;
}

#[tokio::test]
async fn http_19_session_end_is_acknowledged_only_when_effective() {
    let end = async |scene: &Scene| {
        let session = auth_tests::forge::claims_of(&scene.other_access)["sid"].as_str().unwrap().to_owned();
        scene.world.send(Call::delete(&format!("/auth/sessions/{session}")).bearer(&scene.access)).await
    };
    at_every_call(end, 204, async |scene, acknowledged| {
        if !acknowledged {
            let again = end(scene).await;
            // Gone already, if only the answer was lost.
            assert!(matches!(again.status.as_u16(), 204 | 404), "{}", again.status);
        }
        assert_eq!(scene.status("/claims", &scene.other_access).await, 401, "the access token lives on");
        scene.world.refresh(&scene.other_refresh).await.is(401);
        assert_eq!(scene.status("/claims", &scene.access).await, 200);
    })
    .await;
}

#[tokio::test]
async fn http_19_working_new_password_means_other_sessions_ended() {
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    let change = async |scene: &Scene| {
        scene.world.send(Call::post("/auth/password/change").bearer(&scene.access).json(&body)).await
    };
    at_every_call(change, 204, async |scene, acknowledged| {
        let new = scene.world.login(EMAIL, NEW_PASSWORD).await.status == 200;
        let old = scene.world.login(EMAIL, PASSWORD).await.status == 200;
        assert!(new != old, "one password works");
        assert!(new || !acknowledged);
        if new {
            assert_eq!(scene.status("/claims", &scene.other_access).await, 401, "acknowledged: {acknowledged}");
            scene.world.refresh(&scene.other_refresh).await.is(401);
        }
        scene.world.refresh(&scene.refresh).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn http_19_route_needing_the_row_is_503_without_it() {
    for path in ["/me", "/auth/me", "/auth/sessions", "/greet", "/admin/live", "/admin/row"] {
        let get = async |scene: &Scene| scene.world.get(path, &scene.access).await;
        let scene = Scene::new().await;
        scene.world.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
        let admin = scene.world.login(EMAIL, PASSWORD).await.is(200).access_token();
        Fault::Before.at(0, &scene.world.faults);
        let answer = scene.world.get(path, &admin).await.is(503);
        assert_eq!(answer.header("retry-after"), Some("2"), "{path}");
        assert!(scene.world.mend());
        if !path.starts_with("/admin") {
            at_every_call(get, 200, async |scene, _| drop(get(scene).await.is(200))).await;
        }
    }
}

#[tokio::test]
async fn http_19_management_is_done_or_can_be_repeated() {
    for fault in [Fault::Before, Fault::After] {
        for n in 0..8 {
            let scene = Scene::new().await;
            fault.at(n, &scene.world.faults);
            let done = scene.world.auth.accounts().disable(&1).await;
            scene.world.mend();
            if done.is_err() {
                scene.world.auth.accounts().disable(&1).await.unwrap();
            }
            assert_eq!(scene.status("/claims", &scene.access).await, 401);
            scene.world.refresh(&scene.refresh).await.is(401);
            scene.world.login(EMAIL, PASSWORD).await.is(403);
        }
    }
}

#[tokio::test]
async fn db_08_failed_deletion_leaves_no_session_for_reused_id() {
    for fault in [Fault::Before, Fault::After] {
        for n in 0..8 {
            let scene = Scene::new().await;
            fault.at(n, &scene.world.faults);
            let deleted = scene.world.auth.accounts().delete(&1).await;
            scene.world.mend();
            let gone = scene.world.auth.accounts().find(&1).await.unwrap().is_none();
            assert!(gone || deleted.is_err());
            if gone {
                assert_eq!(scene.status("/claims", &scene.access).await, 401, "{fault:?} at call {n}");
                scene.world.refresh(&scene.refresh).await.is(401);
            }
        }
    }
}

#[tokio::test]
async fn db_08_failed_deletion_can_be_repeated() {
    let scene = Scene::new().await;
    let (login, late) = (scene.world.clone(), Arc::new(OnceLock::new()));
    let (seen, down) = (Arc::clone(&late), scene.world.faults.clone());
    scene.world.faults.next("users.delete").before(async move {
        seen.set(login.login(EMAIL, PASSWORD).await.is(200)).ok().unwrap();
    });
    scene.world.faults.next("users.delete").after(async move { down.down() });
    assert!(scene.world.auth.accounts().delete(&1).await.unwrap_err().to_string().contains("unavailable"));
    assert!(scene.world.mend());
    // The user does not exist any more, and has no session.
    assert!(matches!(scene.world.auth.accounts().delete(&1).await, Err(AuthError::NotFound)));
    scene.world.get("/claims", &late.get().unwrap().access_token()).await.is(401);
    assert_eq!(scene.world.auth.sessions(&1).await.unwrap().len(), 0);
}

#[tokio::test]
async fn asking_to_delete_somebody_who_never_was_writes_nothing() {
    let world = MemoryApp::new().await;
    assert!(matches!(world.auth.accounts().delete(&7).await, Err(AuthError::NotFound)));
    // One for each kind of record that an account may have.
    let mut expected = vec!["users.find", "records.get"];
    expected.extend(["records.list"; 7]);
    assert_eq!(world.faults.take_calls(), expected);
}

#[tokio::test]
async fn http_19_a_row_that_cannot_be_read_is_not_deleted() {
    let scene = Scene::new().await;
    scene.world.faults.next("users.find").fail();
    assert!(matches!(scene.world.auth.accounts().delete(&1).await, Err(AuthError::Unavailable(_))));
    assert_eq!(scene.world.faults.take_calls(), ["users.find"]);
    assert_eq!(scene.status("/claims", &scene.access).await, 200);
}

/// A login with the old password gets in at the last moment, and then the store fails: the change is completed later.
#[tokio::test(start_paused = true)]
async fn http_19_new_password_never_coexists_with_an_old_session() {
    for ends in ["the password is changed", "the account is deleted"] {
        let scene = Scene::new().await;
        let method = if ends == "the password is changed" { "users.replace_password" } else { "users.delete" };
        let (thief, late) = (scene.world.clone(), Arc::new(OnceLock::new()));
        let (seen, down) = (Arc::clone(&late), scene.world.faults.clone());
        scene.world.faults.next(method).before(async move {
            seen.set(thief.login(EMAIL, PASSWORD).await.is(200)).ok().unwrap();
        });
        scene.world.faults.next(method).after(async move { down.down() });
        let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
        let change = || Call::post("/auth/password/change").bearer(&scene.access).json(&body);
        if method == "users.delete" {
            still(scene.world.auth.accounts().delete(&1)).await.unwrap_err();
        } else {
            still(scene.world.send(change())).await.is(503);
        }
        assert!(scene.world.mend());
        tokio::time::sleep(Duration::from_secs(10)).await;
        let late = late.get().unwrap();
        scene.world.get("/claims", &late.access_token()).await.is(401);
        scene.world.refresh(&late.refresh_token()).await.is(401);
        if method != "users.delete" {
            // The owner's second try is refused, because the password has changed already, and the session that tried
            // goes on.
            scene.world.send(change()).await.is(422);
            scene.world.refresh(&scene.refresh).await.is(200);
            scene.world.login(EMAIL, NEW_PASSWORD).await.is(200);
        }
    }
}

#[tokio::test]
async fn http_19_logout_killed_between_writes_is_completed_on_retry() {
    let logout = json!({ "refresh_token": null });
    for writes in 0.. {
        let scene = Scene::new().await;
        let mut body = logout.clone();
        body["refresh_token"] = scene.refresh.clone().into();
        scene.world.faults.stop_after_writes(writes);
        let answer = scene.world.send(Call::post("/auth/logout").json(&body)).await;
        let killed = scene.world.mend();
        assert_eq!(answer.status, if killed { 503 } else { 204 }, "after {writes} writes");
        // Another process finds what was written, without the memory of this one.
        let next = scene.world.beside(scene.world.clock.clone()).await;
        if writes > 0 {
            next.refresh(&scene.refresh).await.is(401);
        }
        next.send(Call::post("/auth/logout").json(&body)).await.is(204);
        next.get("/claims", &scene.access).await.is(401);
        next.refresh(&scene.refresh).await.is(401);
        next.get("/claims", &scene.other_access).await.is(200);
        if !killed {
            assert_eq!(writes, 3, "each write of a log-out was the last one once");
            break;
        }
    }
}
