//! `doctor`: each planted fault is found, with what to do about it, and nothing is found where nothing is wrong.

use std::time::Duration;

use auth::cli::{Outcome, run_with};
use auth::clock::{Clock as _, SystemClock};
use auth::mail::{LinkStyle, MailDirectory};
use auth::routing::{Routes, get};
use auth::store::sql::{SqlRecords, SqlRow, SqlUser, SqlUsers};
use auth::testing::{Mailbox, ManualClock};
use auth::{Auth, AuthBuilder, CookieSettings, Limits, PasskeySettings, Secret, TrustedProxies, protected};
use auth_tests::app::quick_passwords;
use auth_tests::operated::{Account, Rank, SECRET, TABLE};
use auth_tests::{Database, Place};
use serde_json::Value;
use sqlx::sqlite::SqlitePoolOptions;

use crate::stage::{Stage, on_three, sqlite, words};

#[protected]
async fn me(account: Account) -> String {
    account.nick
}

#[protected(Rank::Author && !Rank::Reader)]
async fn nobody() {}

fn fine(auth: &Auth<Account>) -> Routes<Auth<Account>> {
    Routes::new().route("/me", get(me)).nest("/auth", auth.routes())
}

fn odd(auth: &Auth<Account>) -> Routes<Auth<Account>> {
    fine(auth).route("/nobody", get(nobody))
}

async fn examine(
    stage: &Stage<Database>,
    line: &str,
    set: impl FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>,
    routes: impl FnOnce(&Auth<Account>) -> Routes<Auth<Account>>,
) -> Outcome {
    let builder = async || Ok::<_, auth::Error>(set(stage.builder()));
    run_with(words(line), std::io::empty(), builder, routes).await.unwrap()
}

fn weak_passwords() -> auth::password::PasswordConfig {
    let policy = auth::password::PasswordPolicy::default().insecure_allow_common_passwords();
    auth::password::PasswordConfig::default().policy(policy)
}

type Set = Box<dyn FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>>;

/// The severities and codes of what is found.
fn codes(outcome: &Outcome) -> Vec<(String, String)> {
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = said["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(finding, "severity"), text(finding, "code"))).collect()
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let found = examine(&stage, "doctor", |builder| builder, fine).await;
    assert_eq!((found.code, found.stdout.as_str()), (0, "nothing found\n"), "{found:?}");
}

/// What nobody has to think about before a deployment.
fn deployable(builder: AuthBuilder<Account>) -> AuthBuilder<Account> {
    builder.trusted_proxies(TrustedProxies::count(1)).base_url("https://app.example").mailer(Mailbox::new())
}

/// What is found before a deployment, except what is true of every test: it is no release, and it has the test kit.
async fn before_deployment(
    stage: &Stage<Database>,
    set: impl FnOnce(AuthBuilder<Account>) -> AuthBuilder<Account>,
) -> Vec<String> {
    let found = examine(stage, "doctor --deploy --json", set, fine).await;
    let mut codes: Vec<String> = codes(&found).into_iter().map(|(_, code)| code).collect();
    let before = codes.len();
    codes.retain(|code| !["debug_build", "testing"].contains(&code.as_str()));
    assert_eq!((before - codes.len(), found.code), (2, 1), "{found:?}");
    codes
}

#[tokio::test]
async fn a_deployment_has_each_planted_risk_and_no_other() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let with_blank = Secret::new(format!("{} ", auth_tests::app::OTHER_SECRET)).unwrap();
    let [one, other] = [(); 2].map(|()| Secret::generate().unwrap());
    let insecure = || CookieSettings::new().insecure_for_localhost().origin("http://localhost:3000");
    let (hours, days) = (Duration::from_hours, |days: u64| Duration::from_hours(24 * days));
    let local = "http://localhost:3000";
    let former = |secret: &str| auth::FormerTokens::hs256(secret);
    // By the clock of the tests.
    let (soon, later) = ("2027-02-01", "2027-03-01");
    let risks: Vec<(&[&str], Set)> = vec![
        (&[], Box::new(|builder| builder)),
        (&["no_trusted_proxies"], Box::new(|builder| builder.trusted_proxies(TrustedProxies::default()))),
        (&["limits_off"], Box::new(|builder| builder.limits(Limits::insecure_none()))),
        (&["limits_in_memory"], Box::new(|builder| builder.limits(Limits::default().in_memory()))),
        (&["insecure_cookies"], Box::new(move |builder| builder.cookies(insecure()))),
        (&["cookies_without_origin"], Box::new(|builder| builder.cookies(CookieSettings::new()))),
        (&["long_access_tokens"], Box::new(move |builder| builder.access_ttl(hours(2)).allow_long_access_tokens())),
        (&["common_passwords"], Box::new(|builder| builder.passwords(weak_passwords()))),
        (&["no_revocation_feed"], Box::new(|builder| builder.revocation_feed(Duration::ZERO))),
        (
            &["no_revocation_feed", "cache_without_feed"],
            Box::new(|builder| builder.revocation_feed(Duration::ZERO).user_cache(Duration::from_secs(5))),
        ),
        (&["table_unchecked"], Box::new(AuthBuilder::skip_table_check)),
        (&["odd_secret"], Box::new(|builder| builder.former_secret(with_blank))),
        (&["many_former_secrets"], Box::new(|builder| builder.former_secret(one).former_secret(other))),
        (
            &["former_tokens"],
            Box::new(move |builder| builder.former_tokens(former(&auth_tests::app::OTHER_SECRET).accepted_until(soon))),
        ),
        (
            &["former_tokens", "short_former_secret"],
            Box::new(move |builder| {
                builder.former_tokens(former(&auth_tests::app::OTHER_SECRET[..16]).accepted_until(later))
            }),
        ),
        (
            &["expired_former_tokens"],
            Box::new(move |builder| {
                builder.former_tokens(former(&auth_tests::app::OTHER_SECRET).accepted_until("2020-01-01"))
            }),
        ),
        (&["no_refresh_grace"], Box::new(|builder| builder.refresh_grace(Duration::ZERO))),
        (&["no_leeway"], Box::new(|builder| builder.leeway(Duration::ZERO))),
        (
            &["long_sessions"],
            Box::new(move |builder| builder.session_idle_timeout(days(100)).session_max_lifetime(days(120))),
        ),
        (&["long_store_timeout"], Box::new(|builder| builder.store_timeout(Duration::from_secs(11)))),
        (&["links_in_query"], Box::new(|builder| builder.links(LinkStyle::Query))),
        (&["mail_by_hand"], Box::new(|builder| builder.mail_interval(Duration::ZERO))),
        (&["mail_sign_in"], Box::new(|builder| builder.mail_sign_in(true))),
        (&["local_base_url"], Box::new(move |builder| builder.base_url(local))),
        (&[], Box::new(|builder| builder.passkeys(PasskeySettings::new("Shop")))),
        (
            &["local_passkeys", "passkeys_elsewhere"],
            Box::new(move |builder| builder.passkeys(PasskeySettings::new("Shop").origin(local))),
        ),
        (
            &["passkeys_elsewhere"],
            Box::new(|builder| builder.passkeys(PasskeySettings::new("Shop").origin("https://login.example"))),
        ),
        (
            &["related_origins"],
            Box::new(|builder| builder.passkeys(PasskeySettings::new("Shop").related_origin("https://shop.example"))),
        ),
        (
            &["development_mailer"],
            Box::new(move |builder| builder.base_url(local).mailer(MailDirectory::insecure_for_localhost("mail"))),
        ),
    ];
    for (risks, set) in risks {
        let mut found = before_deployment(&stage, |builder| set(deployable(builder))).await;
        let mut expected: Vec<String> = risks.iter().map(|code| (*code).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_deployment_without_mail_is_told_what_that_means() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let found = before_deployment(&stage, |builder| builder.trusted_proxies(TrustedProxies::count(1))).await;
    assert_eq!(found, ["no_mailer", "verified_without_mailer"]);
    let with_url = |builder: AuthBuilder<Account>| {
        builder.trusted_proxies(TrustedProxies::count(1)).base_url("https://app.example")
    };
    let found = before_deployment(&stage, with_url).await;
    assert_eq!(found, ["no_mailer", "verified_without_mailer", "unused_base_url"]);
}

#[tokio::test]
async fn stores_and_observers_are_looked_at_before_a_deployment() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let two = |_| {
        let pool = stage.place.pool();
        let builder = Auth::builder((SqlUsers::new(pool.clone()), SqlRecords::new(pool)));
        deployable(builder.passwords(quick_passwords()).secret(SECRET.clone()))
    };
    assert_eq!(before_deployment(&stage, two).await, ["two_stores", "no_observer"]);
    let options = stage.place.pool().connect_options().as_ref().clone();
    let one = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let builder = Auth::builder(one).observer(|_: &auth::event::Event| {});
    let few = deployable(builder.passwords(quick_passwords()).secret(SECRET.clone()));
    assert_eq!(Box::pin(before_deployment(&stage, |_| few)).await, ["few_connections"]);
}

/// Inserts records of our own kinds, `age` seconds old.
async fn records(stage: &Stage<Database>, kind: &str, count: u32, value: &str, (age, expires): (u64, u64)) {
    let now = SystemClock.now().as_millis();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at)
         SELECT 'Account:accounts.{kind}', 'planted ' || i, '', '{value}', 1, {expires}, {} FROM n",
        now - age * 1000
    );
    stage.place.sql(&sql).await.unwrap();
}

const FAR: u64 = 1 << 52;

#[tokio::test]
async fn mail_that_does_not_leave_is_found() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.json("prepare").await;
    let mail = |failures| format!(r#"{{"k":"reset_password","a":"","n":{failures}}}"#);
    records(&stage, "outbox", 3, &mail(0), (60, FAR)).await;
    let fine_so_far = examine(&stage, "doctor", |builder| builder, fine).await;
    assert_eq!(fine_so_far.stdout, "nothing found\n", "a minute is nothing");
    stage.place.run("UPDATE auth_records SET changed_at = changed_at - 3600000 WHERE kind LIKE '%outbox'").await;
    let late = examine(&stage, "doctor", |builder| builder, fine).await;
    assert!(
        late.stdout.starts_with("warning (mail_overdue): 3 mail(s) wait in the outbox, and one has been due for 1h"),
        "{late:?}"
    );
    let failing = format!(
        "UPDATE auth_records SET value = '{}', changed_at = changed_at + 7200000 WHERE kind LIKE '%outbox'",
        mail(2)
    );
    stage.place.sql(&failing).await.unwrap();
    let found = examine(&stage, "doctor --json", |builder| builder, fine).await;
    assert_eq!((found.code, codes(&found)), (1, vec![("warning".to_owned(), "mail_failing".to_owned())]), "{found:?}");
    stage.place.sql("ALTER TABLE accounts DROP COLUMN shoe_size").await.unwrap();
    let found = examine(&stage, "doctor --json", |builder| builder, fine).await;
    let codes: Vec<String> = codes(&found).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["schema", "mail_failing"], "where `build()` refuses, too: {found:?}");
}

#[tokio::test]
async fn records_that_nobody_deletes_are_found() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.json("prepare").await;
    records(&stage, "session", 10_000, "", (9, 1)).await;
    assert_eq!(examine(&stage, "doctor", |builder| builder, fine).await.code, 0);
    records(&stage, "revoked", 1, "", (9, 1)).await;
    let found = examine(&stage, "doctor", |builder| builder, fine).await;
    assert!(found.stdout.starts_with("warning (expired_records): 10001 records have expired"), "{found:?}");
    stage.json("purge").await;
    assert_eq!(examine(&stage, "doctor", |builder| builder, fine).await.stdout, "nothing found\n");
}

#[tokio::test]
async fn a_deployment_is_told_the_age_of_secrets() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    assert_eq!(before_deployment(&stage, deployable).await, [""; 0]);
    let day = 24 * 3600 * 1000_u64;
    let sealed = async |age: u64| {
        let at = SystemClock.now().as_millis() - age * day;
        let sql = format!("UPDATE auth_records SET changed_at = {at} WHERE kind LIKE '%data-key'");
        stage.place.sql(&sql).await.unwrap();
    };
    sealed(89).await;
    assert_eq!(before_deployment(&stage, deployable).await, [""; 0]);
    sealed(91).await;
    assert_eq!(before_deployment(&stage, deployable).await, ["old_secret"]);
    let former = Secret::generate().unwrap();
    let listing = |builder| deployable(builder).former_secret(former.clone());
    assert_eq!(before_deployment(&stage, listing).await, [""; 0], "it was not listed before");
    sealed(5).await;
    assert_eq!(before_deployment(&stage, listing).await, ["expired_former_secret"]);
}

on_three! { a_clock_that_differs_is_found }

/// `SQLite` has no clock of its own.
async fn a_clock_that_differs_is_found<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let now = SystemClock.now();
    for (clock, said) in [
        (now, None),
        (now.minus(Duration::from_mins(3)), Some("ahead of")),
        (now + Duration::from_mins(3), Some("behind")),
    ] {
        let builder = async || Ok::<_, auth::Error>(stage.builder().clock(ManualClock::at(clock)));
        let found = run_with(words("doctor"), std::io::empty(), builder, fine).await.unwrap();
        let expected = said.filter(|_| std::any::type_name::<P::Driver>() != std::any::type_name::<sqlx::Sqlite>());
        match expected {
            None => assert_eq!(found.stdout, "nothing found\n"),
            Some(said) => {
                let begin = "warning (clock): the clock of the database is ";
                assert!(found.stdout.starts_with(begin) && found.stdout.contains(said), "{found:?}");
                assert_eq!(found.code, 1);
            }
        }
    }
}

#[tokio::test]
async fn every_finding_says_in_a_line_what_to_do() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let set = |builder: AuthBuilder<Account>| builder.limits(Limits::insecure_none()).refresh_grace(Duration::ZERO);
    let found = examine(&stage, "doctor --deploy", set, fine).await;
    assert!(found.stdout.lines().count() >= 6, "{}", found.stdout);
    for line in found.stdout.lines() {
        assert!(line.starts_with("warning (") || line.starts_with("note ("), "{line}");
        assert!(line.contains("; "), "what to do: {line}");
    }
}

#[tokio::test]
async fn table_faults_are_errors_and_row_faults_warnings() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.create("ada").await;
    stage.place.sql("UPDATE accounts SET ranks = 'king'").await.unwrap();
    let rows = examine(&stage, "doctor --json", |builder| builder, fine).await;
    assert_eq!((rows.code, codes(&rows)), (1, vec![("warning".to_owned(), "rows".to_owned())]), "{rows:?}");
    assert!(rows.stdout.contains("king"), "{rows:?}");
    let unlisted = stage.run("user list").await;
    assert_eq!((unlisted.code, unlisted.stdout.contains("`auth doctor` names such rows")), (1, true), "{unlisted:?}");
    stage.place.sql("UPDATE accounts SET mail_address = 'Ada@Example.org'").await.unwrap();
    let rows = examine(&stage, "doctor --json", |builder| builder, fine).await;
    assert_eq!(codes(&rows).iter().filter(|(_, code)| code == "rows").count(), 2, "the login, too: {rows:?}");
    stage.place.sql("ALTER TABLE accounts DROP COLUMN shoe_size").await.unwrap();
    let schema = examine(&stage, "doctor --json", |builder| builder, fine).await;
    assert!(codes(&schema).contains(&("error".to_owned(), "schema".to_owned())), "{schema:?}");
}

#[tokio::test]
async fn a_rule_that_nobody_can_meet_is_found() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let found = examine(&stage, "doctor", |builder| builder, odd).await;
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.stdout.starts_with("warning (rule): GET /nobody: no user can meet this rule"), "{}", found.stdout);
}

#[tokio::test]
async fn a_secret_that_opens_nothing_is_an_error() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.create("ada").await;
    let found = examine(&stage, "doctor", |builder| builder.secret(Secret::generate().unwrap()), fine).await;
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.stdout.starts_with("error (start): ") && found.stdout.contains("former_secret"), "{}", found.stdout);
}
