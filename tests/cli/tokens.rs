//! `token explain`: the fault that a token has, and no other.

use std::time::Duration;

use auth::clock::{Clock as _, SystemClock, Timestamp};
use auth::testing::ManualClock;
use auth::{AuthBuilder, ClientInfo, Credentials, Limits, Secret};
use auth_tests::Database;
use auth_tests::operated::{Account, TABLE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::stage::{Stage, sqlite};

struct Ada {
    stage: Stage<Database>,
    password: String,
}

impl Ada {
    async fn new() -> Self {
        let stage = Stage::new(sqlite(TABLE).await.unwrap());
        let password = stage.create("ada").await["generated_password"].as_str().unwrap().to_owned();
        Self { stage, password }
    }

    /// An access token of an instance with other settings.
    async fn token(&self, set: impl FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>) -> (String, String) {
        let builder = self.stage.builder().limits(Limits::insecure_none());
        let auth = set(builder).build().await.unwrap();
        let ada = Credentials::new("ada@example.org", &self.password);
        let (_, tokens) = auth.login(ada, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
        (tokens.access_token.clone(), tokens.refresh_token.clone())
    }

    async fn good(&self) -> String {
        self.token(|builder| builder).await.0
    }

    /// The names of the checks that a token does not pass, first one first. Nothing of the token is printed.
    async fn refused(&self, token: &str, route: &str) -> (Vec<String>, String) {
        let line = if route.is_empty() { "token explain".to_owned() } else { format!("token explain --route {route}") };
        let json = self.stage.given(&format!("{line} --json"), &format!("Bearer {token}\n")).await;
        let text = self.stage.given(&line, token).await;
        let said: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
        assert_eq!(text.code, u8::from(said["accepted"] == false), "{text:?}");
        for part in token.split('.').filter(|part| part.len() > 20) {
            assert!(!(json.stdout.clone() + &text.stdout).contains(part), "{}", text.stdout);
        }
        let checks = said["checks"].as_array().unwrap();
        let refused = checks.iter().filter(|check| check["passed"] == false);
        (refused.map(|check| check["check"].as_str().unwrap().to_owned()).collect(), text.stdout)
    }
}

/// The token with another header or payload.
fn with(token: &str, place: usize, text: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[place] = URL_SAFE_NO_PAD.encode(text);
    parts.join(".")
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_good_token_passes_every_check() {
    let ada = Ada::new().await;
    let (refused, text) = ada.refused(&ada.good().await, "").await;
    assert!(refused.is_empty(), "{text}");
    for check in [
        "size",
        "form",
        "key",
        "signature",
        "claims",
        "store",
        "issuer",
        "audience",
        "issued",
        "expiry",
        "lifetime",
        "session",
        "generation",
        "account",
    ] {
        assert!(text.lines().any(|line| line.starts_with("ok") && line.contains(check)), "{check}: {text}");
    }
}

#[tokio::test]
async fn a_spoilt_token_is_refused_for_what_is_spoilt() {
    let ada = Ada::new().await;
    let good = ada.good().await;
    let (head, rest) = good.split_once('.').unwrap();
    let payload = rest.split('.').next().unwrap();
    let changed = |name: &str, value: Value| {
        let mut header = header(&good);
        header[name] = value;
        with(&good, 0, &header.to_string())
    };
    let (_, refresh) = ada.token(|builder| builder).await;
    for (token, check, detail) in [
        (format!("{good}.{payload}.{head}"), "form", "encrypted"),
        (format!("{head}.{payload}"), "form", "2 segments"),
        (refresh, "form", "a refresh token"),
        ("x".repeat(9_000), "size", "at most"),
        (with(&good, 1, r#"{"sub":"1"}"#), "signature", "not made with this key"),
        (format!("{head}.{payload}.{}", "A".repeat(43)), "signature", "not made with this key"),
        (format!("{head}.{payload}."), "signature", "there is none"),
        (changed("alg", "none".into()), "key", "`alg` is `none`, expected `HS256`"),
        (changed("alg", "HS512".into()), "key", "`alg` is `HS512`"),
        (changed("alg", 256.into()), "key", "`alg` is no text"),
        (changed("typ", "JWT".into()), "key", "`typ` is `JWT`, expected `at+jwt`"),
        (changed("kid", "abc".into()), "key", "`kid` is `abc`, of no key in use"),
        (changed("jku", "https://evil.example".into()), "key", "`jku` is nothing that this library writes"),
        (with(&good, 0, "not JSON"), "key", "not a JSON object"),
        (with(&good, 0, &format!(" {}", header(&good))), "key", "not spelled as this library writes it"),
    ] {
        let (refused, text) = ada.refused(&token, "").await;
        assert_eq!(refused, [check], "{text}");
        assert!(text.contains(detail), "{detail}: {text}");
    }
}

#[tokio::test]
async fn tokens_of_other_settings_are_refused_for_the_setting() {
    let ada = Ada::new().await;
    let now = SystemClock.now().as_secs();
    let past = ManualClock::at(Timestamp::from_secs(now - 20 * 60 - 10));
    let future = ManualClock::at(Timestamp::from_secs(now + 20 * 60 + 30));
    let hour = Duration::from_hours(1);
    for (token, check, detail) in [
        (ada.token(|builder| builder.issuer("elsewhere")).await.0, "issuer", "`elsewhere`, expected `Account`"),
        (ada.token(|builder| builder.audience("elsewhere")).await.0, "audience", "expected `Account`"),
        (ada.token(|builder| builder.access_ttl(hour)).await.0, "lifetime", "1h, at most 15m"),
        (ada.token(|builder| builder.clock(past)).await.0, "expiry", "expired 5m"),
        (ada.token(|builder| builder.clock(future)).await.0, "issued", "`iat` is in 20m"),
    ] {
        let (refused, text) = ada.refused(&token, "").await;
        assert_eq!(refused, [check], "{text}");
        assert!(text.contains(detail), "{detail}: {text}");
    }
    let other = Ada::new().await;
    let (refused, text) = ada.refused(&other.good().await, "").await;
    assert_eq!(refused, ["store"], "the same secret, another database: {text}");
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let foreign = stage.builder().secret(Secret::generate().unwrap()).build().await.unwrap();
    let form = auth_tests::operated::AccountRegistration {
        email: "eve@example.org".to_owned(),
        nick: "eve".to_owned(),
        shoe_size: None,
    };
    let (_, tokens) = foreign
        .register(form, "correct horse battery staple", &ClientInfo::default())
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    let (refused, text) = ada.refused(&tokens.access_token, "").await;
    assert_eq!(refused, ["key"], "{text}");
}

#[tokio::test]
async fn a_revoked_token_is_refused_for_what_revoked_it() {
    let ada = Ada::new().await;
    let ended = ada.good().await;
    ada.stage.auth().await.logout_access_token(&ended, &ClientInfo::default()).await.unwrap();
    assert_eq!(ada.refused(&ended, "").await.0, ["session"]);

    let stale = ada.good().await;
    ada.stage.json("user promote ada author").await;
    assert_eq!(ada.refused(&stale, "").await.0, ["generation"]);

    let disabled = ada.good().await;
    ada.stage.json("user disable ada").await;
    let (refused, text) = ada.refused(&disabled, "").await;
    assert!(refused.contains(&"account".to_owned()) && text.contains("the account is disabled"), "{text}");
    ada.stage.json("user enable ada").await;

    let deleted = ada.good().await;
    ada.stage.json("user delete ada").await;
    let (refused, text) = ada.refused(&deleted, "").await;
    assert!(refused.contains(&"account".to_owned()) && text.contains("no longer exists"), "{text}");
}

#[tokio::test]
async fn the_rule_of_a_route_is_asked_by_term() {
    let ada = Ada::new().await;
    let token = ada.good().await;
    let explain = |route: &'static str| {
        let builder = async || Ok::<_, auth::Error>(ada.stage.builder());
        let words = ["shop", "auth", "token", "explain", "--route", route];
        auth::cli::run_with(words, token.as_bytes(), builder, auth_tests::operated::routes)
    };
    let refused = explain("GET /drafts").await.unwrap();
    assert_eq!(refused.code, 1);
    let rule = "`Rank::Author && !Rank::Administrator` does not hold (`Rank::Author`: no, `Rank::Administrator`: no)";
    assert!(refused.stdout.contains(rule), "{}", refused.stdout);
    let admitted = explain("GET /read").await.unwrap();
    assert_eq!((admitted.code, admitted.stdout.contains("`Rank::Reader` holds")), (0, true), "{admitted:?}");
    assert_eq!(explain("GET /health").await.unwrap().code, 0);
    let unknown = explain("GET /nowhere").await.unwrap();
    assert_eq!((unknown.code, unknown.stderr.contains("`GET /nowhere`")), (2, true), "{unknown:?}");
}
