//! Repeated log-outs: an expired token is good enough for one, so it must not be usable to cause load.

use std::time::Duration;

use auth::{Limits, TrustedProxies};
use auth_tests::Call;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use serde_json::json;

const EMAIL: &str = "ada@example.org";

async fn world() -> MemoryApp {
    MemoryApp::with(|builder| builder.limits(Limits::default()).trusted_proxies(TrustedProxies::count(1))).await
}

fn from(call: Call, ip: &str) -> Call {
    call.header("x-forwarded-for", ip)
}

#[tokio::test]
async fn rev_02_repeated_logout_with_old_token_is_rate_limited() {
    let world = world().await;
    let token = world.register(EMAIL).await.is(201).access_token();
    world.clock.advance(Duration::from_hours(24));
    drop(world.faults.take_calls());
    let mut answers = Vec::new();
    for _ in 0..1_000 {
        let logout = from(Call::post("/auth/logout").bearer(&token), "192.0.2.1");
        answers.push(world.send(logout).await.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 204).count(), 120, "the rate of refreshes of a session");
    assert!(answers[120..].iter().all(|status| *status == 429));
    let calls = world.faults.take_calls();
    assert!(calls.len() <= 120 * 5, "{} calls", calls.len());
    assert_eq!(calls.iter().filter(|call| **call == "records.replace").count(), 1, "the session is stamped once");
}

#[tokio::test]
async fn rev_02_unknown_refresh_tokens_are_limited_like_refreshes() {
    let world = world().await;
    world.register(EMAIL).await.is(201);
    let logout = |ip: &str, token: &str| from(Call::post("/auth/logout"), ip).json(&json!({ "refresh_token": token }));
    let mut refused = 0;
    for number in 0..400_u32 {
        let token = format!("{number:04x}{}", "0".repeat(60));
        refused += usize::from(world.send(logout("192.0.2.1", &token)).await.status == 429);
    }
    assert_eq!(refused, 100);
    // Clients at other addresses can log out.
    let login = from(Call::post("/auth/login"), "192.0.2.2").json(&json!({ "email": EMAIL, "password": PASSWORD }));
    let own = world.send(login).await.is(200);
    world.send(logout("192.0.2.2", &own.refresh_token())).await.is(204);
    world.refresh(&own.refresh_token()).await.is(401);
}
