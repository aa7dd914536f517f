//! `token explain` names the fault of each bad token, and no other. The faults are planted in tokens that a forger signs
//! who knows the secret, so nothing else is wrong with them.

use auth::clock::{Clock as _, SystemClock};
use auth::testing::Mailbox;
use auth::{AuthBuilder, ClientInfo, Credentials, Limits, LoginField};
use auth_tests::Database;
use auth_tests::forge::{claims_of, derived, encode, sign_with, signing_key};
use auth_tests::operated::{Account, SECRET, TABLE};
use serde_json::{Map, Value, json};

use crate::stage::{Stage, sqlite};

const REALM: &str = "Account:accounts";
const OTHER: &[u8] = b"another secret, of another application";
const NICK: LoginField<Account> = LoginField::named("nick");
const ADA: &str = "ada@example.org";

/// What is wrong with a token, and what is said about it.
struct Fault {
    token: String,
    check: &'static str,
    detail: &'static str,
}

fn fault(token: impl Into<String>, check: &'static str, detail: &'static str) -> Fault {
    Fault { token: token.into(), check, detail }
}

/// A good token of somebody, and what a forger makes of it.
struct Forger {
    stage: Stage<Database>,
    mailbox: Mailbox,
    token: String,
    refresh: String,
    claims: Map<String, Value>,
}

impl Forger {
    async fn new() -> Self {
        let stage = Stage::new(sqlite(TABLE).await.unwrap());
        let password = stage.create("ada").await["generated_password"].as_str().unwrap().to_owned();
        let mailbox = Mailbox::new();
        let auth = mailing(stage.builder(), mailbox.clone()).build().await.unwrap();
        let ada = Credentials::new(ADA, &password);
        let (_, tokens) = auth.login(ada, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
        let (token, refresh) = (tokens.access_token.clone(), tokens.refresh_token.clone());
        Self { stage, mailbox, claims: claims_of(&token), token, refresh }
    }

    fn header() -> Value {
        let kid = encode(&derived(SECRET.expose(), "key-id", REALM)[..8]);
        json!({ "alg": "HS256", "kid": kid, "typ": "at+jwt" })
    }

    fn signed(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        sign_with(&signing_key(SECRET.expose(), REALM), header, payload)
    }

    /// A signed token with other claims.
    fn claiming(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut claims = self.claims.clone();
        change(&mut claims);
        Self::signed(Self::header().to_string(), Value::Object(claims).to_string())
    }

    fn with(&self, name: &str, value: impl Into<Value>) -> String {
        self.claiming(|claims| drop(claims.insert(name.to_owned(), value.into())))
    }

    fn without(&self, name: &str) -> String {
        self.claiming(|claims| drop(claims.remove(name)))
    }

    /// A signed token with another header.
    fn heading(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut header = Self::header();
        change(header.as_object_mut().unwrap());
        Self::signed(header.to_string(), Value::Object(self.claims.clone()).to_string())
    }

    fn header_with(&self, name: &str, value: &str) -> String {
        self.heading(|header| drop(header.insert(name.to_owned(), value.into())))
    }

    fn parts(&self) -> [String; 3] {
        self.token.split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
    }

    /// Claims that a guard reads and refuses.
    fn claims(&self) -> Vec<Fault> {
        let now = SystemClock.now().as_secs();
        let issued = |iat: u64, exp: u64| {
            self.claiming(|claims| {
                claims.insert("iat".to_owned(), iat.into());
                claims.insert("exp".to_owned(), exp.into());
            })
        };
        let payload = Value::Object(self.claims.clone()).to_string();
        let twice = payload.replacen('{', &format!("{{\"exp\":{},", self.claims["exp"]), 1);
        vec![
            fault(issued(now - 900, now - 60), "expiry", "expired 1m"),
            fault(issued(now + 600, now + 1200), "issued", "not valid yet: `iat` is in"),
            fault(self.with("nbf", now + 600), "issued", "not valid yet: `nbf` is in"),
            fault(issued(now - 10, now + 7200), "lifetime", "at most 15m"),
            fault(self.with("iss", "elsewhere"), "issuer", "`elsewhere`, expected `Account`"),
            fault(self.with("aud", "elsewhere"), "audience", "expected `Account`"),
            fault(self.with("aud", json!(["one", "two"])), "audience", "expected `Account`"),
            fault(self.with("auth_store", encode([7; 12])), "store", "of another database"),
            fault(Self::signed(Self::header().to_string(), "not JSON"), "claims", "not a JSON object"),
            fault(Self::signed(Self::header().to_string(), "[1, 2]"), "claims", "not a JSON object"),
            fault(Self::signed(Self::header().to_string(), twice), "claims", "duplicate field `exp`"),
            fault(self.without("sub"), "claims", "missing field `sub`"),
            fault(self.without("sid"), "claims", "missing field `sid`"),
            fault(self.with("exp", "soon"), "claims", "`exp` is a text"),
            fault(self.with("iat", -1), "claims", "`iat` is a number"),
            fault(self.with("sub", "42"), "claims", "`sub` is a text"),
            fault(self.with("jti", json!({})), "claims", "`jti` is an object"),
            fault(self.with("roles", json!(["king"])), "claims", "`roles` is a list"),
            fault(self.with("email_verified", "yes"), "claims", "`email_verified` is a text"),
        ]
    }

    /// Headers, keys and signatures.
    fn keys(&self) -> Vec<Fault> {
        let [head, payload, signature] = self.parts();
        let claims = Value::Object(self.claims.clone()).to_string();
        let foreign = encode(&derived(OTHER, "key-id", REALM)[..8]);
        let staff = encode(&derived(SECRET.expose(), "key-id", "Staff:staff")[..8]);
        let other_type = json!({ "alg": "HS256", "kid": staff, "typ": "at+jwt" }).to_string();
        vec![
            fault(self.header_with("typ", "JWT"), "key", "`typ` is `JWT`, expected `at+jwt`"),
            fault(self.heading(|header| drop(header.remove("typ"))), "key", "`typ` is missing"),
            fault(self.header_with("alg", "none"), "key", "`alg` is `none`, expected `HS256`"),
            fault(self.header_with("alg", "HS512"), "key", "`alg` is `HS512`"),
            fault(self.header_with("alg", "RS256"), "key", "`alg` is `RS256`"),
            fault(self.header_with("kid", &foreign), "key", "of no key in use"),
            fault(
                sign_with(&signing_key(SECRET.expose(), "Staff:staff"), other_type, &claims),
                "key",
                "of no key in use",
            ),
            fault(self.heading(|header| drop(header.remove("kid"))), "key", "`kid` is missing"),
            fault(self.header_with("jku", "https://evil.example"), "key", "`jku` is nothing that this library writes"),
            fault(
                self.heading(|header| drop(header.insert("crit".into(), json!(["b64"])))),
                "key",
                "`crit` is nothing",
            ),
            fault(Self::signed("not JSON", &claims), "key", "not a JSON object"),
            fault(
                Self::signed(format!(" {}", Self::header()), &claims),
                "key",
                "not spelled as this library writes it",
            ),
            fault(format!("{head}~.{payload}.{signature}"), "key", "in base64url"),
            fault(format!(".{payload}.{signature}"), "form", "the header is empty"),
            fault(format!("{head}..{signature}"), "form", "the payload is empty"),
            fault(format!("{head}.{payload}~.{signature}"), "form", "the payload is not base64url"),
            fault(format!("{head}.{payload}.{signature}~"), "form", "the signature is not base64url"),
            fault(
                format!("{head}.{}.{signature}", encode(r#"{"sub":"1"}"#)),
                "signature",
                "or header or payload were changed",
            ),
            fault(
                sign_with(&signing_key(OTHER, REALM), Self::header().to_string(), &claims),
                "signature",
                "not made with this key",
            ),
            fault(format!("{head}.{payload}.{}", &signature[..20]), "signature", "15 bytes instead of 32"),
            fault(format!("{head}.{payload}."), "signature", "there is none"),
            fault(format!("{head}.{payload}"), "form", "2 segments"),
            fault(format!("{}.{payload}.{head}", self.token), "form", "an encrypted JWT"),
            fault(format!("{head}.{payload}.{}", "A".repeat(9_000)), "size", "at most"),
            fault(&head[..30], "form", "the first part of a JWT"),
        ]
    }

    /// What is no access token at all.
    fn other_texts(&self) -> Vec<Fault> {
        let [head, payload, signature] = self.parts();
        vec![
            fault(self.refresh.as_str(), "form", "a refresh token, of a session that continues"),
            fault(encode([1; 48]), "form", "the store does not know it"),
            fault(self.claims["sid"].as_str().unwrap(), "form", "the id of a session"),
            fault(self.claims["sub"].as_str().unwrap(), "form", "a UUID"),
            fault("1234-5678", "form", "a mailed code"),
            fault("123456", "form", "a code of an authenticator"),
            // In two parts, or tools that look for leaked keys would find one.
            fault(["sk", "live", "0123456789abcdefghijklmn"].join("_"), "form", "an API key"),
            fault("Basic YWRhOnNlY3JldA==", "form", "the scheme `Basic`"),
            fault(format!("Bearer {}", self.token), "form", "the word `Bearer` twice"),
            fault(format!("Token {}", self.token), "form", "the scheme `Token` before it"),
            fault(format!("\"{}\"", self.token), "form", "a token in quotes"),
            fault(format!("{head}.{payload}\n  .{signature}"), "form", "was it wrapped?"),
            fault(format!("{head}.{payload}=.{signature}"), "form", "where a JWT has base64url"),
            fault(format!("{head}%2E{payload}%2E{signature}"), "form", "percent-encoded"),
            fault(format!("__Host-account-access={}", self.token), "form", "a cookie with its name"),
            fault(json!({ "access_token": self.token }).to_string(), "form", "the value of `access_token`"),
            fault("undefined", "form", "a variable that is not set"),
            fault("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "form", "a password hash"),
            fault("v4.public.eyJzdWIiOiIxIn0", "form", "a PASETO"),
            fault(format!("https://app.example/reset#t={}", self.refresh), "form", "a mailed link"),
            fault("0123456789abcdef".repeat(4), "form", "64 hexadecimal digits"),
        ]
    }

    /// Fails unless exactly this is found, and the verifier refuses it, too.
    async fn expect(&self, Fault { token, check, detail }: &Fault) {
        let json = self.stage.given("token explain --json", &format!("Bearer {token}\n")).await;
        let text = self.stage.given("token explain", &format!("Bearer {token}\n")).await;
        let said: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
        let refused: Vec<_> =
            said["checks"].as_array().unwrap().iter().filter(|found| found["passed"] == false).collect();
        assert_eq!(refused.len(), 1, "{detail}: {}", text.stdout);
        assert_eq!(refused[0]["check"], *check, "{detail}: {}", text.stdout);
        assert!(refused[0]["detail"].as_str().unwrap().contains(detail), "{detail}: {}", text.stdout);
        assert_eq!((json.code, text.code, &said["accepted"]), (1, 1, &json!(false)));
        assert_eq!(said["admitted_by"], json!({ "token": false, "row": false }));
        assert!(text.stdout.ends_with("refused by every guard\n"), "{}", text.stdout);
        let (all, secret) = (json.stdout.clone() + &text.stdout, |part: &&str| part.len() > 20);
        for part in token.split(['.', '=', '"', ' ', '\n']).filter(secret) {
            assert!(!all.contains(part), "{detail}: a part of it is printed: {all}");
        }
        assert!(self.stage.auth().await.authenticate(token).await.is_err(), "{detail}: a guard admits it");
    }
}

fn mailing(builder: AuthBuilder<Account>, mailbox: Mailbox) -> AuthBuilder<Account> {
    builder.limits(Limits::insecure_none()).base_url("https://app.example").mailer(mailbox)
}

#[tokio::test]
async fn each_planted_fault_is_named_and_no_other() {
    let forger = Forger::new().await;
    let unchanged = forger.claiming(|_| {});
    let good = forger.stage.given("token explain", &unchanged).await;
    assert_eq!((good.code, good.stdout.ends_with("\nadmitted\n")), (0, true), "the forger is right: {good:?}");
    let faults: Vec<Fault> = [forger.claims(), forger.keys(), forger.other_texts()].into_iter().flatten().collect();
    assert!(faults.len() >= 60, "{}", faults.len());
    for fault in &faults {
        forger.expect(fault).await;
    }
}

#[tokio::test]
async fn what_was_mailed_is_named_as_such() {
    let forger = Forger::new().await;
    let auth = mailing(forger.stage.builder(), forger.mailbox.clone()).build().await.unwrap();
    auth.forgot_password(ADA, &ClientInfo::default()).await.unwrap();
    auth.send_mail().await.unwrap();
    let mail = forger.mailbox.last_to(ADA);
    forger.expect(&fault(mail.token(), "form", "the token of a mailed link")).await;
    forger.expect(&fault(mail.code(), "form", "a mailed code")).await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_named() {
    let forger = Forger::new().await;
    forger.stage.auth().await.logout_access_token(&forger.token, &ClientInfo::default()).await.unwrap();
    forger.expect(&fault(forger.token.as_str(), "session", "has ended")).await;
    forger.expect(&fault(forger.refresh.as_str(), "form", "a refresh token, of a session that has ended")).await;
}

#[tokio::test]
async fn a_generation_that_is_stale_is_named() {
    let forger = Forger::new().await;
    let id = forger.claims["sub"].as_str().unwrap().parse().unwrap();
    forger.stage.auth().await.accounts().set_login(&id, NICK, "lovelace").await.unwrap();
    forger.expect(&fault(forger.token.as_str(), "generation", "older than the last change")).await;
}

/// Somebody changes the row behind our back, so nothing is revoked.
#[tokio::test]
async fn guards_that_read_no_row_admit_without_one() {
    for (sql, detail) in [
        ("UPDATE accounts SET is_active = FALSE", "the account is disabled"),
        ("UPDATE accounts SET incarnation = 2", "another account has the id by now"),
        ("UPDATE accounts SET ranks = 'king'", "its row cannot be read"),
        ("DELETE FROM accounts", "the account no longer exists"),
    ] {
        let forger = Forger::new().await;
        forger.stage.place.run(sql).await;
        let auth = forger.stage.auth().await;
        assert!(auth.authenticate(&forger.token).await.is_ok(), "{sql}: a guard on the token admits it");
        let json = forger.stage.given("token explain --json", &forger.token).await;
        let said: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!((json.code, &said["accepted"]), (0, &json!(true)), "{said}");
        assert_eq!(said["admitted_by"], json!({ "token": true, "row": false }), "{sql}");
        let account = said["checks"].as_array().unwrap().last().unwrap();
        assert_eq!((&account["check"], &account["passed"]), (&json!("account"), &json!(false)));
        assert!(account["detail"].as_str().unwrap().contains(detail), "{detail}: {account}");
        let text = forger.stage.given("token explain", &forger.token).await.stdout;
        assert!(text.contains("no row") && text.contains("admitted by guards that ask the token only"), "{text}");
        let live = forger.explain_route("GET /desk").await;
        assert_eq!((live.code, live.stdout.contains("REFUSED  account")), (1, true), "{sql}: {live:?}");
        assert_eq!(forger.explain_route("GET /read").await.code, 0, "{sql}");
    }
}

impl Forger {
    async fn explain_route(&self, route: &str) -> auth::cli::Outcome {
        let builder = async || Ok::<_, auth::Error>(self.stage.builder());
        let words = ["shop", "auth", "token", "explain", "--route", route];
        auth::cli::run_with(words, self.token.as_bytes(), builder, auth_tests::operated::routes).await.unwrap()
    }
}
