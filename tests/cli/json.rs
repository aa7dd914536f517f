//! What `--json` prints is what `output.json` says, for every command, on three databases.

use auth::cli::run_with;
use auth::routing::get;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::{Mailbox, totp_code};
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, protected};
use auth_tests::Place;
use auth_tests::operated::{Account, Rank, routes};
use serde_json::Value;

use crate::stage::{Stage, on_three, words};

on_three! {
    the_json_of_every_command_is_as_described
    reset_factors_signs_in_without_the_app
}

#[protected(Rank::Author && !Rank::Reader)]
async fn nobody() {}

fn described() -> Value {
    serde_json::from_str(include_str!("output.json")).unwrap()
}

/// Checks a value against the part of JSON Schema that `output.json` uses. Any other word in it is an error.
fn mistakes(all: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                mistakes(all, all.pointer(path).unwrap(), value, place, found);
            }
            "type" => {
                let kind = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_f64() => "number",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let is = |allowed: &Value| allowed == kind;
                if !is(rule) && !rule.as_array().is_some_and(|kinds| kinds.iter().any(is)) {
                    found.push(format!("{place} is of type {kind}, not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    found.push(format!("{place} is {value}, which is not listed"));
                }
            }
            "required" => {
                let names = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                found.extend(
                    names.filter(|name| value.get(name).is_none()).map(|name| format!("{place}.{name} is missing")),
                );
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    mistakes(all, rule, item, &format!("{place}[{number}]"), found);
                }
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        mistakes(all, rule, value, &format!("{place}.{name}"), found);
                    }
                }
            }
            "additionalProperties" => {
                let known = &schema["properties"];
                let others = value.as_object().into_iter().flatten().filter(|(name, _)| known.get(name).is_none());
                for (name, value) in others {
                    match rule {
                        Value::Bool(false) => found.push(format!("{place}.{name} is not described")),
                        rule => mistakes(all, rule, value, &format!("{place}.{name}"), found),
                    }
                }
            }
            other => panic!("the reader of schemas does not know `{other}`"),
        }
    }
}

/// Checks what a command has printed.
pub(crate) fn check(command: &str, printed: &str) -> Value {
    let all = described();
    let value: Value = serde_json::from_str(printed).unwrap_or_else(|_| panic!("{command}: {printed}"));
    let schema = all.get(command).unwrap_or_else(|| panic!("`{command}` is not described"));
    let mut found = Vec::new();
    mistakes(&all, schema, &value, command, &mut found);
    assert!(found.is_empty(), "{found:#?}\n{value:#}");
    value
}

/// The words of a command: what follows is a value.
fn name(line: &str) -> String {
    let words: Vec<_> = line.split_whitespace().collect();
    let all = described();
    (1..=2).rev().map(|count| words[..count.min(words.len())].join(" ")).find(|name| all.get(name).is_some()).unwrap()
}

async fn the_json_of_every_command_is_as_described<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let mut seen = Vec::new();
    let mut printed = async |line: &str, stdin: &str, code: u8| {
        let outcome = stage.given(&format!("{line} --json"), stdin).await;
        assert_eq!(outcome.code, code, "{line}: {outcome:?}");
        seen.push(name(line));
        check(&name(line), &outcome.stdout)
    };
    for line in
        ["migrations", "prepare", "schema", "secret new", "routes", "routes --public", "purge", "doctor", "audit"]
    {
        printed(line, "", 0).await;
    }
    printed("doctor --deploy", "", 1).await;
    let with_a_mistake = |auth: &Auth<Account>| routes(auth).route("/nobody", get(nobody));
    let builder = async || Ok::<_, auth::Error>(stage.builder());
    let found = run_with(words("audit --json"), std::io::empty(), builder, with_a_mistake).await.unwrap();
    assert_eq!((found.code, &check("audit", &found.stdout)[0]["path"]), (1, &"/nobody".into()));
    let ada = printed("user create --login ada@example.org --login nick=ada --set shoe_size:=38", "", 0).await;
    printed("user create --login bob@example.org --login nick=bob --password-stdin", "correct horse battery", 0).await;
    assert!(printed("user list --most 1", "", 0).await["next"].is_string());
    assert_eq!(printed("user list", "", 0).await["users"].as_array().unwrap().len(), 2);
    printed("user show ada", "", 0).await;

    let password = ada["generated_password"].as_str().unwrap();
    let client = ClientInfo::new(None, Some("a browser"));
    let login = stage.auth().await.login(Credentials::new("ada@example.org", password), &client).await;
    let (_, tokens) = login.unwrap().signed_in().unwrap();
    assert_eq!(printed("user sessions ada", "", 0).await.as_array().unwrap().len(), 1);
    let explained = printed("token explain", &tokens.access_token, 0).await;
    assert_eq!((&explained["accepted"], &explained["admitted_by"]["row"]), (&true.into(), &true.into()));
    printed("token explain", &tokens.refresh_token, 1).await;
    for line in [
        "user promote ada admin",
        "user verify ada",
        "user unverify ada",
        "user set-login ada nick=lovelace",
        "user unlock lovelace",
        "user set-password lovelace --generate-password",
        "user end-sessions lovelace",
        "user disable lovelace",
        "user enable lovelace",
        "user reset-factors lovelace",
    ] {
        printed(line, "", 0).await;
    }
    let gone = printed("token explain", &tokens.access_token, 1).await;
    let refused = gone["checks"].as_array().unwrap().iter().filter(|check| check["passed"] == false);
    let refused: Vec<_> = refused.map(|check| check["check"].as_str().unwrap()).collect();
    assert!(refused.contains(&"session") || refused.contains(&"generation"), "{gone:#}");
    printed("user delete lovelace", "", 0).await;
    // Nothing is described that is not printed, except errors, which every command prints.
    let all = described();
    let commands = all.as_object().unwrap().keys().filter(|name| !name.starts_with('$') && *name != "error");
    for command in commands {
        assert!(seen.contains(command), "`{command}` was not tried");
    }
    let refused = stage.run("user show nobody --json").await;
    assert_eq!(refused.code, 1);
    check("error", &refused.stderr);
}

async fn reset_factors_signs_in_without_the_app<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let mailbox = Mailbox::new();
    let with_factors = || -> AuthBuilder<Account> {
        stage.builder().totp("Shop").base_url("https://app.example").mailer(mailbox.clone())
    };
    let run = async |line: &str| {
        let builder = async || Ok::<_, auth::Error>(with_factors());
        run_with(words(line), std::io::empty(), builder, routes).await.unwrap()
    };
    let ada = stage.create("ada").await;
    let auth = with_factors().build().await.unwrap();
    let client = ClientInfo::default();
    let login = || Credentials::new("ada@example.org", ada["generated_password"].as_str().unwrap());
    let id = ada["id"].as_str().unwrap().parse().unwrap();
    auth.accounts().set_verified(&id, true).await.unwrap();
    let (_, tokens) = auth.login(login(), &client).await.unwrap().signed_in().unwrap();
    let claims = auth.verify(&tokens.access_token).unwrap();
    let begun = auth.begin_totp(&claims).await.unwrap();
    let code = totp_code(&begun.secret, auth::clock::Clock::now(&auth::clock::SystemClock));
    auth.confirm_totp(&claims, &code, &client).await.unwrap();
    let shown = run("user show ada --json").await;
    assert_eq!(check("user show", &shown.stdout)["second_step"], true);
    auth.login(login(), &client).await.unwrap().signed_in().unwrap_err();

    let reset = run("user reset-factors ada --json").await;
    assert_eq!(
        (reset.code, &check("user reset-factors", &reset.stdout)["done"]),
        (0, &"second factors removed".into())
    );
    let shown = run("user show ada --json").await;
    assert_eq!(check("user show", &shown.stdout)["second_step"], false);
    auth.login(login(), &client).await.unwrap().signed_in().unwrap();
    assert_eq!(run("user reset-factors nobody").await.code, 1);
}

#[test]
fn the_reader_of_schemas_finds_what_does_not_fit() {
    let all = described();
    let found = |value: &str| {
        let mut found = Vec::new();
        let value = serde_json::from_str(value).unwrap();
        mistakes(&all, &all["user list"], &value, "it", &mut found);
        found
    };
    assert!(
        found(r#"{"users":[{"id":"1","roles":["a"],"nick":"ada","age":null}],"unreadable":[],"next":null}"#).is_empty()
    );
    assert_eq!(found(r#"{"users":[],"unreadable":[]}"#), ["it.next is missing"]);
    assert_eq!(
        found(r#"{"users":[],"unreadable":[],"next":1}"#),
        [r#"it.next is of type integer, not ["string","null"]"#]
    );
    assert_eq!(found(r#"{"users":[{}],"unreadable":[],"next":null}"#), ["it.users[0].id is missing"]);
    assert_eq!(found(r#"{"users":[],"unreadable":[],"next":null,"more":1}"#), ["it.more is not described"]);
    assert_eq!(found(r#"{"users":[{"id":"1","roles":[1]}],"unreadable":[],"next":null}"#).len(), 1);
}
