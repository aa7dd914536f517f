//! How long former tokens are accepted.

use auth_tests::Database;
use auth_tests::users::SCHEMA;
use serde_json::json;

use super::{DAY, HOUR, Switched, accepting, now, signed, switched, switched_on};

#[tokio::test]
async fn jwt_09_former_token_ends_with_its_exp() {
    let switched = switched().await;
    let start = now(&switched.app.clock);
    let token = signed(&json!({ "sub": switched.id, "iat": start, "exp": start + HOUR }));
    switched.accepts(&token).await;
    let listed = switched.sessions(&token).await;
    let ends: std::time::SystemTime = auth::clock::Timestamp::from_secs(start + HOUR).into();
    assert_eq!(listed[0]["expires_at"], humantime_of(ends), "{listed:?}");
    switched.app.after(HOUR - 1);
    switched.accepts(&token).await;
    // Claims in memory have the leeway that those of our own tokens have.
    switched.app.after(1 + 5);
    switched.refuses(&token, "expired").await;
    let app = switched.app.restarted(accepting).await;
    let again = Switched { app, ..switched };
    again.refuses(&token, "expired, and it was not asked for before").await;
    assert_eq!(again.begun(), 0);
}

fn humantime_of(time: std::time::SystemTime) -> String {
    let secs = time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(secs, 1_800_003_600);
    "2027-01-15T09:00:00Z".to_owned()
}

#[tokio::test]
async fn times_that_are_none_are_refused() {
    let switched = switched().await;
    let start = now(&switched.app.clock);
    for (claims, good) in [
        (json!({ "exp": start + 60 }), true),
        (json!({ "exp": start + 60, "nbf": start + 5 }), true),
        (json!({ "exp": 1_800_000_060.5 }), true),
        (json!({ "exp": u64::MAX }), true),
        (json!({}), false),
        (json!({ "iat": start }), false),
        (json!({ "exp": null }), false),
        (json!({ "exp": (start + 60).to_string() }), false),
        (json!({ "exp": start }), false),
        (json!({ "exp": start - 1 }), false),
        (json!({ "exp": -1 }), false),
        (json!({ "exp": start + 60, "nbf": start + 6 }), false),
        (json!({ "exp": start + 60, "iat": start + 6 }), false),
        (json!({ "exp": start + 60, "iat": "yesterday" }), false),
    ] {
        let mut all = claims.clone();
        all["sub"] = json!(switched.id);
        let answer = switched.present(&signed(&all)).await;
        assert_eq!(answer.status, if good { 200 } else { 401 }, "{claims}");
    }
}

#[tokio::test]
async fn after_the_switch_nothing_is_accepted_any_more() {
    let switched = switched().await;
    let start = now(&switched.app.clock);
    let token = signed(&json!({ "sub": switched.id, "iat": start, "exp": start + 300 * DAY }));
    // In use all the time, so it is never idle for long.
    switched.app.after(20 * DAY);
    switched.accepts(&token).await;
    switched.app.after(20 * DAY);
    switched.accepts(&token).await;
    switched.app.clock.set(auth::clock::Timestamp::from_secs(1_803_859_199));
    switched.accepts(&token).await;
    switched.app.after(1);
    switched.refuses(&token, "the switch is over").await;
    let own = switched.signed_in().await;
    assert_eq!(switched.sessions(&own).await.len(), 1, "and its session is not listed");
    // A start with the setting is no error.
    let app = switched.app.restarted(accepting).await;
    let after = Switched { app, ..switched };
    after.refuses(&token, "the switch was over before the start").await;
    // Nor is one without it.
    let app = after.app.restarted(|builder| builder).await;
    Switched { app, ..after }.refuses(&token, "the setting is gone").await;
}

#[tokio::test]
async fn idle_and_absolute_limits_hold_for_former_tokens() {
    for (idle, gap) in [(10, 11), (10, 10)] {
        let limits = move |builder: auth::AuthBuilder<auth_tests::users::User>| {
            let days = |days: u64| std::time::Duration::from_secs(days * DAY);
            accepting(builder).session_idle_timeout(days(idle)).session_max_lifetime(days(15))
        };
        let switched = switched_on(Database::with(SCHEMA).await, limits).await;
        switched.accepts(&switched.token).await;
        switched.app.after(gap * DAY);
        switched.app.auth.purge_expired().await.unwrap();
        switched.refuses(&switched.token, "idle for too long").await;
    }
    let limits = |builder: auth::AuthBuilder<auth_tests::users::User>| {
        let days = |days: u64| std::time::Duration::from_secs(days * DAY);
        accepting(builder).session_idle_timeout(days(10)).session_max_lifetime(days(15))
    };
    let switched = switched_on(Database::with(SCHEMA).await, limits).await;
    for _ in 0..3 {
        switched.accepts(&switched.token).await;
        switched.app.after(5 * DAY);
    }
    switched.refuses(&switched.token, "fifteen days have passed").await;
}
