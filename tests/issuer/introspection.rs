//! Tokens that only their issuer can read (RFC 7662).

use std::time::Duration;

use auth::issuer::{IntrospectionClient, Issuer};
use auth::testing::ManualClock;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::fake::{Fake, Reply, settle};
use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, URL, claims, is_refused, now, whose};

pub(crate) const ENDPOINT: &str = "https://as.example.org/introspect";
pub(crate) const TOKEN: &str = "4d3f-0a1b+2c/~9=";

pub(crate) fn client() -> IntrospectionClient {
    IntrospectionClient::basic("shop-api", "s3cret&more")
}

/// The issuer with this answer to everything.
pub(crate) fn answering(answer: &Value) -> Fake {
    let fake = Fake::at(ENDPOINT, &[]);
    fake.reply(Reply::Keys(answer.to_string(), ""));
    fake
}

pub(crate) fn of(fake: &Fake, clock: &ManualClock) -> Issuer<Person> {
    let builder = Issuer::introspect(ENDPOINT, client()).audience(AUDIENCE).fetch(fake.clone());
    builder.clock(clock.clone()).build().unwrap()
}

pub(crate) fn active() -> Value {
    json!({ "active": true, "sub": "ada", "aud": AUDIENCE, "exp": now() + 3600, "token_type": "Bearer" })
}

pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut answer = active();
    if value.is_null() {
        answer.as_object_mut().unwrap().remove(name);
    } else {
        answer[name] = value;
    }
    answer
}

#[tokio::test]
async fn an_active_token_is_asked_about_once() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let issuer = of(&fake, &clock);
    settle().await;
    assert!(fake.requests().is_empty(), "nobody has come yet");
    for _ in 0..3 {
        let verified = issuer.verify(TOKEN).await.unwrap();
        assert!(verified.sub == "ada" && issuer.still_valid(&verified));
    }
    let requests = fake.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((request.method, request.url.as_str(), request.max_bytes), ("POST", ENDPOINT, 64 << 10));
    let expected = "token=4d3f-0a1b%2B2c%2F%7E9%3D&token_type_hint=access_token";
    assert_eq!(String::from_utf8(request.body.clone()).unwrap(), expected);
    assert!(request.headers.contains(&("authorization", "Basic c2hvcC1hcGk6czNjcmV0JTI2bW9yZQ==".to_owned())));
    let printed = format!("{request:?} {:?}", client());
    assert!(!printed.contains("c2hv") && !printed.contains("4d3f") && printed.contains("authorization"), "{printed}");
}

#[tokio::test]
async fn only_the_literal_true_is_a_yes() {
    let clock = ManualClock::default();
    assert!(
        is_refused(&of(&answering(&json!({ "active": false, "sub": "ada", "aud": AUDIENCE })), &clock), TOKEN).await
    );
    for odd in [json!("true"), json!(1), json!(null), json!([true]), Value::Null] {
        let mut answer = with("active", Value::Null);
        if odd != Value::Null {
            answer["active"] = odd.clone();
        }
        let outcome = whose(&of(&answering(&answer), &clock), TOKEN).await;
        assert_eq!(outcome.unwrap_err().status(), 503, "{odd}");
    }
}

#[tokio::test]
async fn tokens_for_others_and_of_other_kinds_are_refused() {
    let clock = ManualClock::default();
    for answer in [
        with("aud", json!("other")),
        with("aud", Value::Null),
        with("sub", Value::Null),
        with("exp", json!(now() - 61)),
        with("nbf", json!(now() + 61)),
        with("typ", json!("Refresh")),
        with("typ", json!("ID")),
        with("token_use", json!("refresh_token")),
        with("nonce", json!("n")),
        with("token_type", json!("refresh_token")),
        with("token_type", json!("")),
        with("token_type", json!(["Bearer"])),
        // A token that ends a session (OpenID Connect Back-Channel Logout §2.4).
        with("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
    ] {
        assert!(is_refused(&of(&answering(&answer), &clock), TOKEN).await, "{answer}");
    }
    for fine in [
        active(),
        with("exp", Value::Null),
        with("typ", json!("Bearer")),
        with("token_use", json!("access_token")),
        with("token_type", Value::Null),
        with("token_type", json!("bearer")),
        with("token_type", json!("DPoP")),
        with("token_type", json!("n_a")),
    ] {
        assert_eq!(whose(&of(&answering(&fine), &clock), TOKEN).await.unwrap(), "ada", "{fine}");
    }
    let named = |iss: &str| {
        let builder = Issuer::<Person>::introspect(ENDPOINT, client()).audience(AUDIENCE).also_known_as(URL);
        builder.fetch(answering(&with("iss", json!(iss)))).clock(ManualClock::default()).build().unwrap()
    };
    assert_eq!(whose(&named(URL), TOKEN).await.unwrap(), "ada");
    assert!(is_refused(&named("https://other.example.org"), TOKEN).await);
}

#[tokio::test]
async fn answers_count_for_a_minute_or_ten_seconds() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let issuer = of(&fake, &clock);
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    fake.reply(Reply::Keys(json!({ "active": false }).to_string(), ""));
    clock.advance(Duration::from_millis(59_999));
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    clock.advance(Duration::from_millis(1));
    assert!(is_refused(&issuer, TOKEN).await, "it was revoked meanwhile");
    assert_eq!(fake.asked(), 2);
    fake.reply(Reply::Keys(active().to_string(), ""));
    clock.advance(Duration::from_millis(9_999));
    assert!(is_refused(&issuer, TOKEN).await);
    clock.advance(Duration::from_millis(1));
    assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada");
    assert_eq!(fake.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_ask_about_one_token_once() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let issuer = of(&fake, &clock);
    fake.hold().await;
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let issuer = issuer.clone();
        tasks.spawn(async move { whose(&issuer, TOKEN).await });
    }
    settle().await;
    assert_eq!(fake.asked(), 1);
    fake.release();
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    assert_eq!(fake.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_unknown_tokens_ask_about_sixty_four_at_once() {
    let (fake, clock) = (answering(&json!({ "active": false })), ManualClock::default());
    let issuer = of(&fake, &clock);
    fake.reply(Reply::Hang);
    let mut tasks = JoinSet::new();
    for number in 0..1_000 {
        let issuer = issuer.clone();
        tasks.spawn(async move { whose(&issuer, &format!("token-{number}")).await });
    }
    let outcomes = tasks.join_all().await;
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(|error| error.status() == 503)));
    assert_eq!(fake.asked(), 64);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_without_an_answer_is_a_503() {
    let clock = ManualClock::default();
    for reply in [Reply::Down, Reply::Status(401), Reply::Status(302), Reply::Status(500), Reply::Panic, Reply::Hang] {
        let fake = answering(&active());
        fake.reply(reply.clone());
        let issuer = of(&fake, &clock);
        let begun = Instant::now();
        let error = whose(&issuer, TOKEN).await.unwrap_err();
        assert!(error.status() == 503 && error.retry_after().is_some(), "{reply:?}");
        let expected = if matches!(reply, Reply::Hang) { Duration::from_millis(1500) } else { Duration::ZERO };
        assert_eq!(begun.elapsed(), expected, "{reply:?}");
        tokio::time::advance(Duration::from_secs(5)).await;
        settle().await;
        fake.reply(Reply::Keys(active().to_string(), ""));
        assert_eq!(whose(&issuer, TOKEN).await.unwrap(), "ada", "it is asked again: {reply:?}");
    }
    let long = format!("{}{}", active(), " ".repeat(64 << 10));
    let fake = answering(&active());
    fake.reply(Reply::Keys(long, ""));
    assert_eq!(whose(&of(&fake, &clock), TOKEN).await.unwrap_err().status(), 503);
}

#[tokio::test]
async fn a_kind_the_issuer_does_not_introspect_is_refused() {
    let (fake, clock) = (answering(&json!({})), ManualClock::default());
    let refusal = |error: &str| json!({ "error": error, "error_description": "no" }).to_string();
    fake.reply(Reply::Refused(400, refusal("unsupported_token_type")));
    let issuer = of(&fake, &clock);
    assert!(is_refused(&issuer, TOKEN).await);
    assert!(is_refused(&issuer, TOKEN).await);
    assert_eq!(fake.requests().len(), 1, "the answer is used again");
    // Everything else says that this service asked in a wrong way.
    for (status, body) in [
        (400, refusal("invalid_request")),
        (400, refusal("invalid_client")),
        (401, refusal("unsupported_token_type")),
        (503, refusal("unsupported_token_type")),
        (400, String::new()),
    ] {
        fake.reply(Reply::Refused(status, body.clone()));
        let outcome = whose(&of(&fake, &clock), TOKEN).await;
        assert_eq!(outcome.unwrap_err().status(), 503, "{status} {body}");
    }
}

#[tokio::test]
async fn what_can_be_no_token_is_not_asked_about() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let issuer = of(&fake, &clock);
    for bad in ["", " ", "a b", "a\r\nb", "a\u{0}", "é", &"a".repeat((8 << 10) + 1)] {
        assert!(is_refused(&issuer, bad).await, "{bad:.10}");
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn f_04_a_signed_token_is_never_shown_to_another_issuer() {
    let (fake, clock) = (answering(&active()), ManualClock::default());
    let signed = Issuer::<Person>::new(URL).audience(AUDIENCE).keys(published(&[Key::P256])).clock(clock.clone());
    let both = Issuer::any([signed.build().unwrap(), of(&fake, &clock)]).unwrap();
    assert_eq!(whose(&both, &Key::P256.token(&claims())).await.unwrap(), "ada");
    let mut foreign = claims();
    foreign["iss"] = json!("https://other.example.org");
    for token in [Key::P256.token(&foreign), Key::OTHER_P256.token(&claims()), "a.b.c".to_owned()] {
        assert!(is_refused(&both, &token).await);
    }
    assert!(fake.requests().is_empty());
    assert_eq!(whose(&both, TOKEN).await.unwrap(), "ada");
    assert_eq!(fake.asked(), 1, "the control");
    assert!(Issuer::any([of(&fake, &clock), of(&fake, &clock)]).is_err(), "nothing could choose");
}

#[test]
fn endpoints_and_credentials_are_checked_at_start() {
    let of = |url: &str, client: IntrospectionClient| {
        Issuer::<Person>::introspect(url, client).audience(AUDIENCE).fetch(answering(&active()))
    };
    assert!(of(ENDPOINT, client()).build().is_ok());
    assert!(of("http://as.example.org/introspect", client()).build().is_err());
    assert!(of("http://as.example.org/introspect", client()).insecure_http().build().is_ok());
    assert!(of("https://169.254.169.254/", client()).build().is_err());
    assert!(of(ENDPOINT, IntrospectionClient::bearer("a\r\nhost: x")).build().is_err());
    assert!(of(ENDPOINT, client()).keys(published(&[Key::P256])).build().is_err());
    let without = Issuer::<Person>::introspect(ENDPOINT, client()).fetch(answering(&active()));
    assert!(without.build().is_err(), "no audience");
}
