//! Times in tokens, at the exact second where the answer changes.

use std::time::Duration;

use auth::clock::Timestamp;
use auth_tests::forge::{Victim, header, sign};
use serde_json::json;

const LEEWAY: u64 = 5;
const TTL: u64 = 15 * 60;

#[tokio::test]
async fn jwt_14_on_or_after_exp_is_expired() {
    for leeway in [0, LEEWAY, 60] {
        let victim = Victim::with(|builder| builder.leeway(Duration::from_secs(leeway))).await;
        let exp = victim.time("exp");
        assert!(victim.accepted_at(exp - 1).await);
        assert!(victim.accepted_at(exp + leeway - u64::from(leeway > 0)).await == (leeway > 0), "leeway {leeway}");
        assert!(!victim.accepted_at(exp + leeway).await, "leeway {leeway}");
        assert!(!victim.accepted_at(exp + leeway + 86_400).await);
        victim.app.clock.set(Timestamp::from_millis((exp + leeway) * 1000 - 1));
        assert!(victim.accepts(&victim.token).await, "the last millisecond");
    }
}

#[tokio::test]
async fn jwt_15_a_token_is_nothing_before_nbf() {
    let victim = Victim::new().await;
    let now = victim.time("iat");
    for (nbf, good) in [(now + LEEWAY, true), (now + LEEWAY + 1, false), (0, true), (u64::MAX, false)] {
        assert_eq!(victim.accepts(&victim.changed("nbf", Some(json!(nbf)))).await, good, "{nbf}");
    }
    for nbf in ["\"1\"", "\"\"", "[]", "1.5", "-1", "1e400", "true"] {
        victim.refuses(&victim.raw("nbf", nbf), nbf).await;
    }
}

#[tokio::test]
async fn jwt_16_token_from_future_or_living_longer_is_refused() {
    let victim = Victim::new().await;
    let now = victim.time("iat");
    let token = |iat: u64, exp: u64| {
        let mut claims = victim.claims.clone();
        claims.insert("iat".into(), iat.into());
        claims.insert("exp".into(), exp.into());
        sign(header(), serde_json::to_string(&claims).unwrap())
    };
    for (iat, exp, good) in [
        (now + LEEWAY, now + LEEWAY + TTL, true),
        (now + LEEWAY + 1, now + LEEWAY + 1 + TTL, false),
        (now + LEEWAY + 1, now + TTL, false),
        (now, now + TTL, true),
        (now, now + TTL + 1, false),
        (now - 1, now + TTL, false),
        (0, now + TTL, false),
        (now, u64::MAX, false),
        (u64::MAX, u64::MAX, false),
        (0, 0, false),
        (now, 253_402_300_799, false),
    ] {
        assert_eq!(victim.accepts(&token(iat, exp)).await, good, "iat {iat}, exp {exp}");
    }
}

#[tokio::test]
async fn jwt_17_leeway_defaults_to_five_and_caps_at_sixty() {
    let victim = Victim::new().await;
    let exp = victim.time("exp");
    assert!(victim.accepted_at(exp + LEEWAY - 1).await && !victim.accepted_at(exp + LEEWAY).await);
    built(|builder| builder.leeway(Duration::from_mins(1))).await.unwrap();
    let refused = built(|builder| builder.leeway(Duration::from_secs(61))).await.unwrap_err();
    assert!(refused.contains("leeway"), "{refused}");
}

#[tokio::test]
async fn jwt_18_times_that_are_no_seconds_are_refused() {
    let victim = Victim::new().await;
    let exp = victim.time("exp");
    let wrapped = u128::from(exp) + (1 << 64);
    for name in ["exp", "iat", "nbf", "auth_time", "gen"] {
        for number in [
            "1e400".to_owned(),
            "-1e400".to_owned(),
            "-1".to_owned(),
            format!("-{exp}"),
            "18446744073709551616".to_owned(),
            wrapped.to_string(),
            format!("{exp}.5"),
            format!("{exp}.0"),
            format!("{exp}e0"),
            format!("\"{exp}\""),
            format!("0{exp}"),
            format!("+{exp}"),
            format!("0x{exp:x}"),
            "NaN".to_owned(),
            "Infinity".to_owned(),
            "\"NaN\"".to_owned(),
            "-0".to_owned(),
            "9".repeat(4_000),
        ] {
            victim.refuses(&victim.raw(name, &number), &format!("{name} = {number}")).await;
        }
    }
    for number in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        for name in ["exp", "iat", "nbf"] {
            victim.refuses(&victim.raw(name, number), &format!("{name} = {number}")).await;
        }
    }
}

#[tokio::test]
async fn jwt_30_access_tokens_live_fifteen_minutes_by_default() {
    let victim = Victim::new().await;
    assert_eq!(victim.time("exp") - victim.time("iat"), TTL);
    let hour = Duration::from_hours(1);
    built(|builder| builder.access_ttl(hour)).await.unwrap();
    let longer = hour + Duration::from_secs(1);
    let refused = built(|builder| builder.access_ttl(longer)).await.unwrap_err();
    assert!(refused.contains("allow_long_access_tokens"), "{refused}");
    built(|builder| builder.access_ttl(longer).allow_long_access_tokens()).await.unwrap();
    for nothing in [Duration::ZERO, Duration::from_millis(999)] {
        assert!(built(|builder| builder.access_ttl(nothing)).await.unwrap_err().contains("lifetime"));
    }
}

/// Builds with in-memory stores and returns an error as text.
async fn built(
    setup: impl FnOnce(auth::AuthBuilder<auth_tests::User>) -> auth::AuthBuilder<auth_tests::User>,
) -> Result<(), String> {
    let stores = (auth_tests::users::in_memory(), auth::store::MemoryRecords::new());
    let secret = auth::Secret::new(auth_tests::app::SECRET).unwrap();
    let builder = auth::Auth::builder(stores).secret(secret).passwords(auth_tests::app::quick_passwords());
    setup(builder).build().await.map(drop).map_err(|error| error.to_string())
}
