//! What an issuer says of opaque tokens, where it is easily taken for more than it says.

use std::time::Duration;

use auth::clock::{Clock, Timestamp};
use auth::issuer::Issuer;
use auth::testing::ManualClock;
use serde_json::{Value, json};

use crate::fake::{Fake, Reply};
use crate::introspection::{ENDPOINT, TOKEN, active, answering, client, of, with};
use crate::person::{Person, is_refused, now, whose};

/// The issuer with this answer to everything, for tokens of the client `web`.
fn of_client(answer: &Value) -> Issuer<Person> {
    let builder = Issuer::introspect(ENDPOINT, client()).client_id("web").fetch(answering(answer));
    builder.clock(ManualClock::default()).build().unwrap()
}

#[tokio::test]
async fn a_token_within_the_leeway_is_asked_about_once() {
    for late in [0, 10, 59] {
        let fake = answering(&with("exp", json!(now() - late)));
        let issuer = of(&fake, &ManualClock::default());
        for _ in 0..3 {
            assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada", "{late}");
        }
        assert_eq!(fake.asked(), 1, "{late}");
    }
}

#[tokio::test]
async fn no_answer_counts_beyond_exp_and_the_leeway() {
    let (fake, clock) = (answering(&with("exp", json!(now() - 30))), ManualClock::default());
    let issuer = of(&fake, &clock);
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    clock.advance(Duration::from_millis(29_999));
    assert_eq!((whose(&issuer, TOKEN).await.unwrap().as_str(), fake.asked()), ("ada", 1));
    // From then on, only what the issuer says anew.
    fake.reply(Reply::Keys(active().to_string(), ""));
    clock.advance(Duration::from_millis(1));
    assert_eq!((whose(&issuer, TOKEN).await.unwrap().as_str(), fake.asked()), ("ada", 2));
}

#[tokio::test]
async fn ref_10_a_refresh_token_of_a_client_is_refused() {
    // What oidc-provider says of one.
    let refresh = json!({
        "active": true, "sub": "ada", "client_id": "web", "exp": now() + 3600, "iat": now(), "scope": "openid",
        "iss": "https://as.example.org",
    });
    assert!(is_refused(&of_client(&refresh), TOKEN).await);
    let and = |name: &str, value: &str| {
        let mut answer = refresh.clone();
        answer[name] = json!(value);
        answer
    };
    for (name, value) in [("token_type", "N_A"), ("token_type", "refresh_token"), ("typ", "Refresh"), ("typ", "JWT")] {
        assert!(is_refused(&of_client(&and(name, value)), TOKEN).await, "{name}: {value}");
    }
    for (name, value) in [
        ("token_type", "Bearer"),
        ("token_type", "dpop"),
        ("typ", "Bearer"),
        ("token_use", "access"),
        ("token_use", "access_token"),
    ] {
        assert_eq!(whose(&of_client(&and(name, value)), TOKEN).await.unwrap(), "ada", "{name}: {value}");
    }
    assert!(is_refused(&of_client(&with("client_id", json!("other"))), TOKEN).await, "of another client");
    // Nor where nothing about the audience is asked.
    let for_anybody = |answer: &Value| {
        let builder = Issuer::<Person>::introspect(ENDPOINT, client()).any_audience("a test").fetch(answering(answer));
        builder.clock(ManualClock::default()).build().unwrap()
    };
    assert!(is_refused(&for_anybody(&refresh), TOKEN).await);
    assert_eq!(whose(&for_anybody(&and("token_type", "Bearer")), TOKEN).await.unwrap(), "ada");
}

/// `Müller` and `Möller` in Latin-1 must not become one person.
#[tokio::test]
async fn an_answer_that_is_not_utf_8_says_nothing() {
    for name in [&b"M\xfcller"[..], b"M\xf6ller"] {
        let body = [&br#"{"active":true,"aud":"shop-api","sub":""#[..], name, b"\"}"].concat();
        let fake = Fake::at(ENDPOINT, &[]);
        fake.reply(Reply::Bytes(body));
        assert_eq!(whose(&of(&fake, &ManualClock::default()), TOKEN).await.unwrap_err().status(), 503);
    }
}

#[tokio::test]
async fn db_06_a_clock_set_back_prolongs_no_answer() {
    let forever = with("exp", Value::Null);
    for ahead in [Duration::from_secs(1), Duration::from_hours(24)] {
        let (fake, clock) = (answering(&forever), ManualClock::default());
        let issuer = of(&fake, &clock);
        let right = clock.now();
        clock.advance(ahead);
        assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
        clock.set(right);
        fake.reply(Reply::Keys(json!({ "active": false }).to_string(), ""));
        assert!(is_refused(&issuer, TOKEN).await, "{ahead:?}");
        // A no as well.
        clock.set(Timestamp::from_secs(right.as_secs() - 1));
        fake.reply(Reply::Keys(forever.to_string(), ""));
        assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada", "{ahead:?}");
    }
}

/// Such as one that is set back again and again, each time by less than an answer's age.
#[tokio::test(start_paused = true)]
async fn db_06_a_clock_that_stands_prolongs_no_answer() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let issuer = of(&fake, &clock);
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    fake.reply(Reply::Keys(json!({ "active": false }).to_string(), ""));
    tokio::time::advance(Duration::from_millis(59_999)).await;
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(is_refused(&issuer, TOKEN).await);
}
