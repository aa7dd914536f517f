//! Every door for every state of an account, with right and wrong evidence: tokens come out if, and only if, what was
//! shown is what the account asks for. Cases come from the enums of `rule`; what is right is computed there.

mod accounts;
mod doors;
mod rule;

use std::collections::BTreeMap;

use auth::{AddressChangePolicy, AuthBuilder, Limits, PasskeySettings};
use auth_tests::clerk::Clerk;
use auth_tests::stage::{Customer, Reader, Stage};
use auth_tests::{Answer, Call, Database, User};
use serde_json::Value;

use self::doors::{Papers, Person, Scene, failures_before_lock};
use self::rule::{Case, Door, Evidence, Outcome, State, When, expected};
use auth_tests::kinds::{Confirms, Kind};

async fn staged<U: Kind>(by_mail: bool, state: State) -> Stage<U, Database> {
    let limits = match state {
        State::Locked => Limits::default().in_memory().backoff_after(2).failures_before_lock(failures_before_lock()),
        _ => Limits::insecure_none(),
    };
    let setup = |builder: AuthBuilder<U>| {
        let builder = builder.mail_sign_in(by_mail).address_changes(AddressChangePolicy::NewAndUndo);
        let builder = if U::CONFIRMS == Confirms::Never {
            builder
        } else {
            builder.totp("Shop").passkeys(PasskeySettings::new("Shop"))
        };
        builder.limits(limits)
    };
    Stage::with(Database::with(U::TABLES).await, setup).await
}

/// What an answer hands out, if anything.
fn access_token(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert!(answer.set_cookies().is_empty(), "nobody has asked for cookies");
    assert!(body["access_token"].is_string() || body["refresh_token"].is_null(), "{body}");
    body["access_token"].as_str().map(str::to_owned)
}

/// Plays a case and returns what came out. `None`: it is another case over again.
async fn play<U: Kind>(stage: &Stage<U, Database>, case: Case, number: usize) -> Option<(Outcome, Answer)> {
    // Nothing is asked for before; or what is shown is wrong, whenever it was asked for.
    let is_one_step = case.door.is_one_step();
    let another = if is_one_step { When::BeforeAnswering } else { When::BeforeAsking };
    if case.when == another && (is_one_step || case.evidence != Evidence::Right) {
        return None;
    }
    let scene = Scene { stage, case };
    let mut ada = Person::ada(number);
    let is_new = case.door.is_of_strangers();
    if case.when == When::BeforeAsking || !is_new {
        scene.create(&mut ada).await;
    }
    if case.when == When::BeforeAsking {
        scene.enter_state(&ada).await;
    }
    let own = scene.ask(&ada).await;
    let mut other = (Person::eve(number), Papers::default());
    if case.evidence == Evidence::Foreign {
        if !is_new {
            scene.create(&mut other.0).await;
        }
        other.1 = scene.ask(&other.0).await;
    }
    if case.when == When::BeforeAnswering {
        if is_new {
            scene.create(&mut ada).await;
        }
        scene.enter_state(&ada).await;
    }
    let sessions = async || match ada.id {
        Some(id) => stage.auth.sessions(&id).await.unwrap().into_iter().map(|session| session.id.to_string()).collect(),
        None => Vec::new(),
    };
    let before = sessions().await;
    let answer = scene.answer(&ada, &own, &other).await;
    let outcome = match access_token(&answer) {
        Some(token) => {
            stage.send(Call::get("/me").bearer(&token)).await.is(200);
            Outcome::Tokens
        }
        None if answer.status.is_success() => Outcome::Done,
        None => Outcome::Refused,
    };
    let begun = sessions().await.into_iter().any(|session| !before.contains(&session));
    assert!(outcome == Outcome::Tokens || !begun, "a session began that nobody has: {case:?}");
    Some((outcome, answer))
}

/// Plays every case of a user type.
async fn every_case<U: Kind>(states: &[State]) {
    let (mut number, mut seen, mut wrong) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for by_mail in [true, false] {
        for &state in states {
            let needs_factors = matches!(state, State::SecondStep | State::MustHaveFactor);
            if needs_factors && U::CONFIRMS == Confirms::Never || state == State::MustHaveFactor && U::MFA.is_none() {
                continue;
            }
            let stage = staged::<U>(by_mail, state).await;
            for (&door, &when, &evidence) in Door::ALL.iter().flat_map(|door| {
                let whens = When::ALL.iter().flat_map(|when| Evidence::ALL.iter().map(move |shown| (when, shown)));
                whens.map(move |(when, shown)| (door, when, shown))
            }) {
                number += 1;
                let case = Case { confirms: U::CONFIRMS, by_mail, state, when, door, evidence };
                let Some((outcome, answer)) = play(&stage, case, number).await else { continue };
                *seen.entry(format!("{:?}", expected(case))).or_default() += 1;
                if outcome != expected(case) {
                    let (status, text) = (answer.status, answer.text());
                    wrong.push(format!("{outcome:?}, not {:?}: {case:?}: {status} {text}", expected(case)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen.len() == 3 && seen.values().all(|cases| *cases > 10), "{seen:?}");
}

#[tokio::test]
async fn sign_01_plain_accounts_give_tokens_for_what_they_ask() {
    every_case::<User>(State::ALL).await;
}

#[tokio::test]
async fn sign_01_accounts_confirmed_later_give_tokens_for_what_they_ask() {
    every_case::<Reader>(State::ALL).await;
}

#[tokio::test]
async fn sign_01_accounts_confirmed_first_give_tokens_for_what_they_ask() {
    every_case::<Customer>(State::ALL).await;
}

#[tokio::test]
async fn sign_01_accounts_under_the_rule_give_tokens_for_two_factors() {
    every_case::<Clerk>(&[State::MustHaveFactor]).await;
}

/// The doors that a route is, or why it is none.
fn doors_of(route: &str) -> Result<&'static [Door], &'static str> {
    Ok(match route {
        "POST /login" => &[Door::Login],
        "POST /register" => &[Door::SignUp],
        "POST /sign-in/mail/code" => {
            &[Door::MailedCode, Door::SecondStepByCode, Door::SignUpByCode, Door::ReauthenticateByCode]
        }
        "POST /sign-in/mail/link" => {
            &[Door::MailedLink, Door::SecondStepByLink, Door::SignUpByLink, Door::ReauthenticateByLink]
        }
        "POST /sign-in/totp" => &[Door::Totp],
        "POST /sign-in/passkey" => &[Door::Passkey],
        "POST /sign-in/passkey/step" => &[Door::PasskeyStep],
        "POST /sign-in/enrol/totp/confirm" => &[Door::EnrolledTotp],
        "POST /sign-in/enrol/passkey" => &[Door::EnrolledPasskey],
        "POST /reauthenticate/passkey" => &[Door::ReauthenticateByPasskey],
        "POST /sign-in/recovery-code" => &[Door::RecoveryCode],
        "POST /password/reset" => &[Door::ResetByLink, Door::ResetByCode],
        "POST /password/change" => &[Door::ChangePassword],
        "POST /reauthenticate" => &[Door::Reauthenticate],
        "POST /refresh" => &[Door::Refresh],
        "POST /email/verify" => &[Door::VerifyByLink, Door::VerifyByCode],
        "POST /email/change/confirm" => &[Door::ConfirmAddress],
        "POST /email/change/undo" => &[Door::UndoAddressChange],
        "POST /sign-in/mail"
        | "POST /sign-in/mail/again"
        | "POST /reauthenticate/mail"
        | "POST /password/forgot"
        | "POST /email/verify/send"
        | "POST /email/change" => return Err("only mails the owner"),
        "POST /logout" | "POST /logout-all" | "POST /sign-in/cancel" | "DELETE /sessions/{id}" => {
            return Err("only ends something");
        }
        "POST /factors/totp"
        | "POST /factors/totp/confirm"
        | "DELETE /factors/totp"
        | "POST /factors/recovery-codes"
        | "POST /factors/passkeys/options"
        | "POST /factors/passkeys"
        | "PATCH /factors/passkeys/{id}"
        | "DELETE /factors/passkeys/{id}" => {
            return Err("only for who is signed in, and changes what others need");
        }
        "POST /sign-in/passkey/options"
        | "POST /sign-in/passkey/step/options"
        | "POST /sign-in/enrol/passkey/options"
        | "POST /sign-in/enrol/totp"
        | "POST /reauthenticate/passkey/options" => return Err("only says what a door takes"),
        "GET /sessions"
        | "GET /me"
        | "GET /factors"
        | "GET /factors/passkeys"
        | "GET /factors/passkeys/accepted"
        | "GET /passkeys.js" => {
            return Err("only reads");
        }
        other => panic!("is `{other}` a door? If so, it is a variant of `Door`"),
    })
}

#[tokio::test]
async fn sign_01_every_route_is_a_door_or_none() {
    let mut found = Vec::new();
    let mut routes = Vec::new();
    let stage = staged::<Reader>(true, State::Verified).await;
    routes.extend(stage.auth.routes::<()>().table().routes().to_vec());
    let stage = staged::<Customer>(true, State::Verified).await;
    routes.extend(stage.auth.routes::<()>().table().routes().to_vec());
    let stage = staged::<Clerk>(true, State::Verified).await;
    routes.extend(stage.auth.routes::<()>().table().routes().to_vec());
    for route in routes {
        match doors_of(&format!("{} {}", route.method, route.path)) {
            Ok(doors) => found.extend(doors),
            Err(why) => assert!(why.starts_with("only")),
        }
    }
    let missing: Vec<_> = Door::ALL.iter().filter(|door| !found.contains(door)).collect();
    assert!(missing.is_empty(), "no route: {missing:?}");
}
