//! The token cache: it must not make a token acceptable that verification would refuse.

use std::time::Duration;

use auth_tests::app::PASSWORD;
use auth_tests::forge::{Victim, header, sign};

/// A token that was used several times, so that it is in the cache.
async fn familiar() -> Victim {
    let victim = Victim::new().await;
    for _ in 0..3 {
        assert!(victim.accepts(&victim.token).await);
    }
    victim
}

#[tokio::test]
async fn jwt_01_cached_token_validates_no_other_signature() {
    let victim = familiar().await;
    let (_, signature) = victim.token.rsplit_once('.').unwrap();
    let admin = victim.changed("role", Some("Admin".into()));
    let (message, _) = admin.rsplit_once('.').unwrap();
    victim.refuses(&format!("{message}.{signature}"), "the payload of another").await;
    for place in 0..victim.token.len() {
        let mut bytes = victim.token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(bytes).unwrap();
        if other != victim.token {
            assert_eq!(
                victim.app.auth.verify(&other).err().map(|error| error.code()),
                Some("invalid_token"),
                "{place}"
            );
        }
    }
    assert!(victim.accepts(&victim.token).await);
}

#[tokio::test]
async fn jwt_14_a_token_seen_before_expires_like_any_other() {
    let victim = familiar().await;
    victim.app.after(15 * 60 + 4);
    assert!(victim.accepts(&victim.token).await, "within the leeway");
    victim.app.after(1);
    victim.refuses(&victim.token, "expired").await;
}

#[tokio::test]
async fn rev_01_cached_token_is_refused_when_session_ends() {
    let victim = familiar().await;
    let other = victim.app.login("ada@example.org", PASSWORD).await.is(200);
    assert!(victim.accepts(&other.access_token()).await);
    victim.app.logout(&victim.token).await.is(204);
    victim.refuses(&victim.token, "logged out").await;
    victim.app.auth.accounts().end_sessions(&1).await.unwrap();
    victim.refuses(&other.access_token(), "all logged out").await;
}

#[tokio::test]
async fn refused_token_is_not_cached() {
    let victim = Victim::new().await;
    let early = victim.changed("nbf", Some((victim.claims["iat"].as_u64().unwrap() + 60).into()));
    for _ in 0..3 {
        victim.refuses(&early, "not yet valid").await;
    }
    victim.app.after(60);
    assert!(victim.accepts(&early).await, "it is valid now, and was signed all the time");
    let unsigned = format!("{}.", sign(header(), "{}").rsplit_once('.').unwrap().0);
    victim.refuses(&unsigned, "no signature").await;
}

#[tokio::test]
async fn without_memory_for_tokens_everything_is_the_same() {
    let victim = Victim::with(|builder| builder.token_cache(0).user_cache(Duration::from_secs(5))).await;
    for _ in 0..3 {
        assert!(victim.accepts(&victim.token).await);
    }
    victim.app.logout(&victim.token).await.is(204);
    victim.refuses(&victim.token, "logged out").await;
}
