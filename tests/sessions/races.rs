//! Races in the one order that could do harm: the second operation runs in the middle of a store call of the first.

use std::time::Duration;

use auth::testing::ManualClock;
use auth_tests::app::PASSWORD;
use auth_tests::forge::claims_of;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Call, Role};
use serde_json::json;

const EMAIL: &str = "ada@example.org";

#[tokio::test]
async fn rev_01_login_racing_a_demotion_lacks_the_old_role() {
    let calls = {
        let world = MemoryApp::new().await;
        world.register(EMAIL).await.is(201);
        drop(world.faults.take_calls());
        world.login(EMAIL, PASSWORD).await.is(200);
        world.faults.take_calls().len()
    };
    for call in 0..calls {
        let world = MemoryApp::new().await;
        world.register(EMAIL).await.is(201);
        world.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
        let auth = world.auth.clone();
        world.faults.nth("*", call).after(async move { auth.accounts().set_role(&1, Role::Member).await.unwrap() });
        let login = world.login(EMAIL, PASSWORD).await;
        let answer = world.get("/stats", &login.is(200).access_token()).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403), "still an admin: demoted after call {call}");
    }
}

#[tokio::test]
async fn rev_15_whatever_a_logout_races_nothing_of_the_session_survives() {
    for call in 0..4 {
        let world = MemoryApp::new().await;
        let tokens = world.register(EMAIL).await.is(201);
        let auth = world.auth.clone();
        let refresh = tokens.refresh_token();
        let token = refresh.clone();
        world
            .faults
            .nth("*", call)
            .after(async move { auth.logout(&token, &auth::ClientInfo::default()).await.unwrap() });
        let raced = world.refresh(&refresh).await;
        assert!(world.faults.is_done(), "call {call}");
        if raced.status == 200 {
            world.get("/claims", &raced.access_token()).await.is(401);
            world.refresh(&raced.refresh_token()).await.is(401);
        } else {
            raced.is(401);
        }
        world.refresh(&refresh).await.is(401);
        world.get("/claims", &tokens.access_token()).await.is(401);
    }
}

#[tokio::test]
async fn rev_03_nothing_racing_logout_all_survives() {
    for call in 0..7 {
        for login in [false, true] {
            let world = MemoryApp::new().await;
            let tokens = world.register(EMAIL).await.is(201);
            let auth = world.auth.clone();
            world.faults.nth("*", call).after(async move {
                auth.logout_all(&1, &auth::ClientInfo::default()).await.unwrap();
            });
            let raced =
                if login { world.login(EMAIL, PASSWORD).await } else { world.refresh(&tokens.refresh_token()).await };
            if !world.mend() {
                continue;
            }
            // A login whose password is still checked counts as later.
            if raced.status == 200 {
                let status = world.get("/claims", &raced.access_token()).await.status.as_u16();
                assert!(status == 401 || login, "call {call}: {status}");
                assert_eq!(world.refresh(&raced.refresh_token()).await.status, status, "call {call}");
            }
            world.get("/claims", &tokens.access_token()).await.is(401);
            world.refresh(&tokens.refresh_token()).await.is(401);
        }
    }
}

#[tokio::test]
async fn rev_13_token_from_a_clock_ahead_stays_revoked() {
    let world = MemoryApp::new().await;
    let fast = ManualClock::at(auth::clock::Clock::now(&world.clock) + Duration::from_secs(5));
    let beside = world.beside(fast).await;
    let tokens = beside.register(EMAIL).await.is(201);
    let others: Vec<_> = {
        let mut others = Vec::new();
        for _ in 0..70 {
            others.push(world.login(EMAIL, PASSWORD).await.is(200).refresh_token());
        }
        others
    };
    world.send(Call::post("/auth/logout").json(&json!({ "refresh_token": tokens.refresh_token() }))).await.is(204);
    let exp = claims_of(&tokens.access_token())["exp"].as_u64().unwrap();
    // The last second in which this server accepts the token.
    world.clock.set(auth::clock::Timestamp::from_secs(exp + 4));
    for token in others {
        world.send(Call::post("/auth/logout").json(&json!({ "refresh_token": token }))).await.is(204);
    }
    world.get("/claims", &tokens.access_token()).await.is(401);
    world.auth.purge_expired().await.unwrap();
    let restarted = world.beside(world.clock.clone()).await;
    restarted.get("/claims", &tokens.access_token()).await.is(401);
}

#[tokio::test]
async fn db_06_clock_set_back_reopens_no_grace_window() {
    let world = MemoryApp::new().await;
    let first = world.register(EMAIL).await.is(201).refresh_token();
    world.clock.advance(Duration::from_hours(1));
    let second = world.refresh(&first).await.is(200).refresh_token();
    world.clock.set(auth::clock::Timestamp::from_secs(1_800_000_000));
    world.refresh(&first).await.is(401);
    world.refresh(&second).await.is(401);
}

#[tokio::test]
async fn log_04_unknown_login_costs_the_same_queries() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    drop(world.faults.take_calls());
    world.login(EMAIL, "not the password").await.is(401);
    let known = world.faults.take_calls();
    world.login("nobody@example.org", "not the password").await.is(401);
    assert_eq!(world.faults.take_calls(), known);
}

#[tokio::test]
async fn cook_10_login_ignores_session_ids_in_the_request() {
    let world = MemoryApp::new().await;
    let planted = world.register("mallory@example.org").await.is(201);
    let body = json!({ "email": EMAIL, "password": PASSWORD, "display_name": "Ada" });
    let call = Call::post("/auth/register?cookies=true").same_origin().json(&body).cookie(&format!(
        "__Host-user-access={}; __Host-user-refresh={}",
        planted.access_token(),
        planted.refresh_token()
    ));
    let cookies = world.send(call).await.is(201).cookies();
    assert!(!cookies.contains(&planted.refresh_token()) && !cookies.contains(&planted.access_token()));
    let sessions = world.auth.sessions(&2).await.unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 1, "hers is hers");
}
