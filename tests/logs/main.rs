//! What is logged while people sign up, in and out. A binary of its own: it listens to the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod feed;
mod limits;
mod mail;
mod records;
mod refused;
mod rows;
mod waiting_work;

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use auth::clock::{Clock as _, Timestamp};
use auth::password::Pepper;
use auth::store::{MemoryRecords, Record, StoreError};
use auth::testing::{Faults, ManualClock};
use auth::{Auth, ClientInfo, Credentials, PasswordHash, Secret};
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::{Answer, App, Call, User};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

const NEW_PASSWORD: &str = "staple battery horse correct";
const WRONG_PASSWORD: &str = "this is what I use elsewhere";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

fn logged() -> String {
    LOG.text()
}

/// Every spelling of the tokens in an answer that would be of use to somebody.
fn secrets_of(answer: &Answer, secrets: &mut Vec<String>) {
    let cookies = answer.cookies();
    let values = cookies.split("; ").filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned());
    secrets.extend(values.filter(|value| !value.is_empty()));
    if let Ok(body) = serde_json::from_slice::<serde_json::Value>(&answer.body) {
        let tokens = ["access_token", "refresh_token"].into_iter().filter_map(|name| body[name].as_str());
        secrets.extend(tokens.map(str::to_owned));
    }
    let whole = secrets.clone();
    for token in whole {
        secrets.extend(token.split('.').skip(2).map(str::to_owned));
        if let Ok(bytes) = URL_SAFE_NO_PAD.decode(&token).as_deref()
            && bytes.len() == 48
        {
            let (handle, secret) = bytes.split_at(16);
            secrets.extend([URL_SAFE_NO_PAD.encode(handle), URL_SAFE_NO_PAD.encode(secret)]);
            secrets.extend([format!("{handle:?}"), format!("{secret:?}")]);
        }
    }
}

#[tokio::test]
async fn log_01_trace_log_contains_no_secret() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    let mut secrets: Vec<String> = [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, &SECRET].map(str::to_owned).into();
    let email = "ada@example.org";
    let mut keep = |answer: Answer| {
        secrets_of(&answer, &mut secrets);
        answer
    };
    let first = keep(app.register(email).await.is(201));
    keep(app.register(email).await.is(409));
    keep(app.login(email, WRONG_PASSWORD).await.is(401));
    keep(app.login("nobody@example.org", WRONG_PASSWORD).await.is(401));
    keep(app.login(email, PASSWORD).await.is(200));
    let login = json!({ "email": email, "password": PASSWORD });
    let call = Call::post("/auth/login?cookies=true").same_origin().json(&login);
    let cookies = keep(app.send(call).await.is(200)).cookies();
    keep(app.send(Call::post("/auth/refresh").same_origin().cookie(&cookies)).await.is(200));
    let second = keep(app.refresh(&first.refresh_token()).await.is(200));
    let query = format!("/me?access_token={}", first.access_token());
    keep(app.send(Call::get(&query)).await.is(401));
    for path in ["/me", "/stats", "/auth/me", "/auth/sessions", "/greet", "/admin/live"] {
        keep(app.get(path, &second.access_token()).await);
        keep(app.get(path, WRONG_PASSWORD).await);
    }
    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    keep(app.send(Call::post("/auth/password/change").bearer(&second.access_token()).json(&change)).await.is(204));
    app.clock.advance(std::time::Duration::from_mins(1));
    keep(app.refresh(&first.refresh_token()).await.is(401));
    for body in ["{\"password\":\"this is what I use elsewhere\"", "\"this is what I use elsewhere\""] {
        keep(app.send(Call::post("/auth/login").text("application/json", body)).await.is(400));
    }
    let users: Vec<String> = sqlx::query_scalar("SELECT password_hash FROM users").fetch_all(&app.pool).await.unwrap();
    let records: Vec<String> = sqlx::query_scalar("SELECT value FROM auth_records").fetch_all(&app.pool).await.unwrap();
    // A row that nobody can read, and a store that is gone: the two lines at level ERROR.
    let unreadable = sqlx::query("UPDATE users SET password_hash = $1").bind("md5:hunter2-hash");
    unreadable.execute(&app.pool).await.unwrap();
    keep(app.login(email, NEW_PASSWORD).await.is(500));
    app.pool.close().await;
    keep(app.login(email, NEW_PASSWORD).await.is(503));
    secrets.push("hunter2-hash".to_owned());
    for hash in &users {
        secrets.extend(hash.split('$').filter(|part| part.len() > 12).map(str::to_owned));
    }
    for record in records {
        let stored: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
        secrets.extend(stored["h"].as_str().map(str::to_owned));
    }
    let log = logged();
    for told in ["login_succeeded", "refresh_reused", "password_changed", "corrupt_hash", "SELECT", "internal failure"]
    {
        assert!(log.contains(told), "the log was not listened to: no {told}");
    }
    assert!(secrets.len() > 20, "{secrets:?}");
    for secret in secrets {
        if let Some(place) = log.find(&secret) {
            let line = log[..place].lines().count();
            panic!("`{secret}` stands in line {line}: {:?}", log.lines().nth(line - 1));
        }
    }
}

#[tokio::test]
async fn log_02_control_characters_forge_no_line() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    let evil = "probe\r\n2026-01-01T00:00:00Z  INFO auth::login: forged\u{1b}[31m\u{9b}32m\u{7}\u{0}";
    app.register("ada@example.org").await.is(201);
    let client = ClientInfo::new(None, Some(evil));
    app.auth.login(Credentials::new("ada@example.org", PASSWORD), &client).await.unwrap().signed_in().unwrap();
    app.auth.login(Credentials::new(evil, evil), &client).await.unwrap_err();
    let sessions = app.auth.sessions(&1).await.unwrap();
    assert!(
        sessions
            .iter()
            .filter_map(|session| session.user_agent.as_ref())
            .all(|agent| !agent.contains(char::is_control))
    );
    let long = ClientInfo::new(None, Some(&"ü".repeat(10_000)));
    assert_eq!(long.user_agent.unwrap().chars().count(), 256);
    let log = logged();
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01T00:00:00Z")), "a forged line");
    assert!(!log.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{0}']), "a control character");
}

#[tokio::test]
async fn log_events_have_fields_to_filter_by() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    let email = "fields@example.org";
    let session =
        auth_tests::payload(&app.register(email).await.is(201).access_token())["sid"].as_str().unwrap().to_owned();
    let line = |words: &[&str]| {
        let log = logged();
        let line = log.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned);
        line.unwrap_or_else(|| panic!("no line has {words:?}"))
    };
    line(&["INFO auth::login:", "event=\"login_succeeded\"", "user=\"1\"", &format!("session=\"{session}\"")]);
    let from =
        |ip: &str| Call::post("/auth/login").coming_from(ip).json(&json!({ "email": email, "password": "wrong" }));
    app.send(from("192.0.2.77")).await.is(401);
    let failed = line(&["event=\"login_failed\"", "reason=\"wrong_password\"", "ip=\"192.0.2.77\"", "user=\"1\""]);
    assert!(failed.contains("account=\"") && !failed.contains("session="), "{failed}");
    assert!(!failed.contains(email), "{failed}");
    app.auth.accounts().disable(&1).await.unwrap();
    line(&["event=\"active_changed\"", "user=\"1\"", "active=false"]);
}

#[tokio::test]
async fn key_15_nothing_that_holds_a_secret_prints_it() {
    LazyLock::force(&LOG);
    let app = App::with(|builder| builder.clock(ManualClock::default())).await;
    let tokens = app.register("ada@example.org").await.is(201);
    let user: User = app.auth.accounts().find(&1).await.unwrap().unwrap();
    let auth: Auth<User> = app.auth.clone();
    let secret = Secret::new(SECRET).unwrap();
    let (_, signed_in) = auth
        .login(Credentials::new("ada@example.org", PASSWORD), &ClientInfo::default())
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    let fields = auth::schema::Fields::parse(json!({ "password": PASSWORD }).to_string().as_bytes()).unwrap();
    let record = Record {
        kind: "User.factor".into(),
        key: "1".into(),
        owner: "1".into(),
        value: SECRET.to_string(),
        version: 1,
        expires_at: auth::clock::Timestamp::default(),
        changed_at: auth::clock::Timestamp::default(),
    };
    let printed = [
        format!("{:?} {:#?}", secret, secret.clone()),
        format!("{user:?}"),
        format!("{:?}", PasswordHash::from_stored(&*SECRET)),
        format!("{auth:?} {:?} {:?}", auth.accounts(), auth.routes::<Auth<User>>()),
        format!("{:?}", Credentials::new(PASSWORD, PASSWORD)),
        format!("{:?}", auth::password::Password::new(PASSWORD)),
        format!("{:?}", Pepper::new("id", secret.clone())),
        format!("{:?}", auth_tests::app::quick_passwords().pepper(Pepper::new("id", secret.clone()))),
        format!("{signed_in:?} {fields:?} {record:?}"),
        format!("{:?}", Secret::new("short-but-mine").unwrap_err()),
        format!("{:?}", app.events.lock().unwrap()),
    ];
    let hash = user.password_hash.expose();
    let forbidden = [&*SECRET, PASSWORD, hash, "short-but-mine", &signed_in.access_token, &signed_in.refresh_token];
    for text in printed {
        for secret in forbidden {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(!tokens.refresh_token().is_empty());
}

mod shop {
    use auth::{AuthPermission, AuthRole, AuthUser, PasswordHash};

    #[derive(Clone, Debug, PartialEq, AuthPermission)]
    pub(super) enum Permission {
        Sell,
        #[permission(name = "shop:close")]
        Close,
        Burn,
    }

    #[derive(Clone, Debug, PartialEq, AuthRole)]
    pub(super) enum Role {
        #[role(grants(Permission::Sell))]
        Clerk,
    }

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "clerks")]
    pub(super) struct Clerk {
        #[auth(id)]
        id: i64,
        #[auth(login)]
        name: String,
        #[auth(password_hash)]
        password_hash: PasswordHash,
        #[auth(role, default = Role::Clerk)]
        role: Role,
    }
}

#[tokio::test]
async fn unattainable_permissions_are_logged_at_start_up() {
    LazyLock::force(&LOG);
    let table = "CREATE TABLE clerks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
        role TEXT NOT NULL)";
    let db = auth_tests::Database::with(table).await;
    let builder = Auth::<shop::Clerk>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    builder.passwords(auth_tests::app::quick_passwords()).build().await.unwrap();
    App::new().await;
    let log = logged();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("no role grants")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("WARN") && told[0].contains("\"Clerk\"") && told[0].contains("shop:close, burn"),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn failed_maintenance_is_one_warning_with_its_cause() {
    LazyLock::force(&LOG);
    let faults = Faults::new();
    let stores = faults.over(auth_tests::users::in_memory(), MemoryRecords::new());
    let builder = Auth::<User>::builder(stores).secret(Secret::new(SECRET).unwrap());
    let auth = builder.revocation_feed(Duration::ZERO).build().await.unwrap();
    let task = tokio::spawn(auth.maintenance());
    faults.next("records.purge_expired").fail_with(|| StoreError::unavailable("the disk of this test is full"));
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(faults.is_done() && !task.is_finished());
    let warned = |line: &&str| line.contains("WARN") && line.contains("auth::maintenance");
    let text = logged();
    let lines: Vec<_> = text.lines().filter(warned).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the disk of this test is full"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn maintenance_logs_only_when_records_were_deleted() {
    LazyLock::force(&LOG);
    let records = Arc::new(MemoryRecords::new());
    let builder = Auth::<User>::builder((auth_tests::users::in_memory(), Arc::clone(&records)));
    let auth = builder.secret(Secret::new(SECRET).unwrap()).revocation_feed(Duration::ZERO).build().await.unwrap();
    for number in 0..1_234 {
        put(&records, "other", &number.to_string(), "", Timestamp::from_millis(1)).await;
    }
    tokio::spawn(auth.maintenance());
    tokio::time::sleep(Duration::from_mins(30)).await;
    let text = logged();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("expired records were deleted")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("INFO") && lines[0].contains("auth::store") && lines[0].contains("1234"), "{lines:?}");
}

async fn put(records: &MemoryRecords, kind: &str, key: &str, value: &str, at: Timestamp) {
    let record = Record {
        kind: kind.to_owned(),
        key: key.to_owned(),
        owner: String::new(),
        value: value.to_owned(),
        version: 1,
        expires_at: at + Duration::from_hours(1),
        changed_at: at,
    };
    assert!(auth::store::Records::insert(records, &record).await.unwrap());
}

#[tokio::test]
async fn unreadable_records_and_clock_skew_are_logged_once() {
    LazyLock::force(&LOG);
    let (records, clock) = (Arc::new(MemoryRecords::new()), ManualClock::default());
    let builder = Auth::<User>::builder((auth_tests::users::in_memory(), Arc::clone(&records)));
    let builder = builder.secret(Secret::new(SECRET).unwrap()).clock(clock.clone()).revocation_feed(Duration::ZERO);
    let auth = builder.build().await.unwrap();
    put(&records, "User:users.revoked", "rubbish-of-this-test", "", clock.now()).await;
    put(&records, "User:users.mark", "4711", "another-rubbish", clock.now() + Duration::from_secs(4)).await;
    auth.sync_revocations().await.unwrap();
    let told = |what: &str| logged().lines().filter(|line| line.contains(what)).count();
    assert_eq!(told("the clock of another instance is ahead"), 0, "that much is allowed");
    put(&records, "User:users.mark", "4712", r#"{"g":1,"s":0}"#, clock.now() + Duration::from_mins(1)).await;
    for _ in 0..5 {
        auth.sync_revocations().await.unwrap();
    }
    assert_eq!(told("rubbish-of-this-test"), 1);
    assert_eq!(told("key=\"4711\""), 1);
    assert_eq!(told("another-rubbish"), 0, "values may be secret");
    assert_eq!(told("the clock of another instance is ahead"), 1);
}

#[tokio::test]
async fn untrusted_proxy_is_logged_once_and_a_pretender_never() {
    LazyLock::force(&LOG);
    let app = App::new().await;
    let body = json!({ "email": "nobody@example.org", "password": "wrong" });
    let told = || logged().lines().filter(|line| line.contains("arrive through a reverse proxy")).count();
    for (peer, expected) in [("203.0.113.9", 0), ("10.1.2.3", 1), ("127.0.0.1", 1)] {
        let login = Call::post("/auth/login").coming_from(peer).header("x-forwarded-for", "198.51.100.7");
        app.send(login.json(&body)).await;
        assert_eq!(told(), expected, "{peer}");
    }
}
