//! `doctor`: each planted fault is found, with what to do about it, and nothing is found where nothing is wrong.

use std::time::Duration;

use auth::cli::{Outcome, run_with};
use auth::routing::{Routes, get};
use auth::{Auth, AuthBuilder, Limits, Secret, TrustedProxies, protected};
use auth_tests::operated::{Account, Rank, TABLE};
use auth_tests::{Database, Place};
use serde_json::Value;

use crate::stage::{Stage, sqlite, words};

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

#[tokio::test]
async fn a_deployment_has_each_planted_risk_and_no_other() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    let with_blank = Secret::new(format!("{} ", auth_tests::app::OTHER_SECRET)).unwrap();
    let [one, other] = [(); 2].map(|()| Secret::generate().unwrap());
    let cookies = || auth::CookieSettings::new().insecure_for_localhost();
    let hours = Duration::from_hours(2);
    let risks: Vec<(Option<&str>, Set)> = vec![
        (None, Box::new(|builder| builder)),
        (Some("no_trusted_proxies"), Box::new(|builder| builder.trusted_proxies(TrustedProxies::default()))),
        (Some("limits_off"), Box::new(|builder| builder.limits(Limits::insecure_none()))),
        (Some("limits_in_memory"), Box::new(|builder| builder.limits(Limits::default().in_memory()))),
        (Some("insecure_cookies"), Box::new(move |builder| builder.cookies(cookies()))),
        (Some("long_access_tokens"), Box::new(move |builder| builder.access_ttl(hours).allow_long_access_tokens())),
        (Some("common_passwords"), Box::new(|builder| builder.passwords(weak_passwords()))),
        (Some("no_revocation_feed"), Box::new(|builder| builder.revocation_feed(Duration::ZERO))),
        (Some("table_unchecked"), Box::new(AuthBuilder::skip_table_check)),
        (Some("odd_secret"), Box::new(|builder| builder.former_secret(with_blank))),
        (Some("many_former_secrets"), Box::new(|builder| builder.former_secret(one).former_secret(other))),
    ];
    for (risk, set) in risks {
        let set = |builder: AuthBuilder<Account>| set(builder.trusted_proxies(TrustedProxies::count(1)));
        let found = examine(&stage, "doctor --deploy --json", set, fine).await;
        let mut codes: Vec<String> = codes(&found).into_iter().map(|(_, code)| code).collect();
        // What is true of every test: it is not a release, and it has the test kit.
        let before = codes.len();
        codes.retain(|code| !["debug_build", "testing"].contains(&code.as_str()));
        assert_eq!((before - codes.len(), found.code), (2, 1), "{found:?}");
        assert_eq!(codes, Vec::from_iter(risk));
    }
}

#[tokio::test]
async fn table_faults_are_errors_and_row_faults_warnings() {
    let stage = Stage::new(sqlite(TABLE).await.unwrap());
    stage.create("ada").await;
    stage.place.sql("UPDATE accounts SET ranks = 'king'").await.unwrap();
    let rows = examine(&stage, "doctor --json", |builder| builder, fine).await;
    assert_eq!((rows.code, codes(&rows)), (1, vec![("warning".to_owned(), "rows".to_owned())]), "{rows:?}");
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
