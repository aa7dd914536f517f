//! The same over HTTP, with the real guard and real checks: who is asked, in which order, and how it ends.

use std::sync::{Arc, Mutex};

use auth::routing::{Routes, get};
use auth::{Auth, AuthError, check, protected};
use auth_tests::Call;
use axum::extract::{FromRef, State};
use serde_json::json;

use crate::macros::{Member, MemberClaims, R, application, held};
use crate::reference;

/// What the checks answer (`None`: the database is gone), and which were asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<[Option<bool>; 4]>>,
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Script {
    fn answer(&self, check: usize) -> Result<bool, AuthError> {
        self.asked.lock().unwrap().push(check);
        self.answers.lock().unwrap()[check].ok_or_else(|| AuthError::unavailable("the database is gone"))
    }
}

#[derive(Clone, FromRef)]
struct Site {
    auth: Auth<Member>,
    script: Script,
}

impl auth::AuthState for Site {
    type User = Member;
}

#[check]
async fn c0(State(script): State<Script>) -> Result<bool, AuthError> {
    script.answer(0)
}

#[check]
async fn c1(_: MemberClaims, State(script): State<Script>) -> Result<bool, AuthError> {
    tokio::task::yield_now().await;
    script.answer(1)
}

/// One that loads the row, after which the rule is judged on that, too.
#[check]
async fn c2(_: Member, State(script): State<Script>) -> Result<bool, AuthError> {
    script.answer(2)
}

#[check]
async fn c3(State(script): State<Script>, _: Option<Member>) -> Result<bool, AuthError> {
    script.answer(3)
}

macro_rules! rules {
    ($($name:ident [$($rule:tt)+])+) => {
        $(
            #[protected($($rule)+)]
            async fn $name() -> &'static str {
                "in"
            }
        )+

        fn routes() -> Routes<Site> {
            Routes::new()$(.route(concat!("/", stringify!($name)), get($name)))+
        }

        const RULES: &[(&str, &str)] = &[$((stringify!($name), stringify!($($rule)+))),+];
    };
}

rules! {
    one [c0]
    not [!c0]
    both [c0 && c1]
    either [c0 || c1]
    three [c0 && c1 && c2]
    any_of_three [c2 || c1 || c0]
    not_both [!(c0 && c1)]
    not_either [!(c0 || c1)]
    mixed [c0 || c1 && c2]
    grouped [(c0 || c1) && c2]
    not_inside [c0 && !(c1 || c2)]
    role_first [R::A || c0]
    role_last [c0 || R::A]
    role_and [R::A && c0]
    and_role [c0 && R::A]
    not_role [!R::A && c0]
    but_not [R::A && !c0]
    deep [R::A || !(c0 && !(c1 || R::B))]
    twice [c0 && c1 || c1 && R::A]
    twice_not [c0 && c1 || !c0 && c2]
    exactly_one [c0 && !c1 || !c0 && c1]
    role_chooses [R::A && c0 || !R::A && c1]
    roles_around [R::A && (c0 || R::B) && (c1 || !R::B)]
    all_four [c0 && c1 && c2 && c3]
    any_of_four [c3 || c2 || c1 || c0]
    crossed [(c0 || c1) && (c2 || c3)]
    crossed_other [c0 && c1 || c2 && c3]
    not_crossed [!((c0 || !c1) && (!c2 || c3))]
    row_first [c2 && R::A || c3]
    all_kinds [(R::A || c0) && !(R::B && c1) && (c2 || !c3)]
}

/// Every way to answer the checks that `text` names.
fn scripts(text: &str) -> Vec<[Option<bool>; 4]> {
    let mut all = vec![[None; 4]];
    for check in (0..4).filter(|check| text.contains(&format!("c{check}"))) {
        all = [None, Some(false), Some(true)]
            .into_iter()
            .flat_map(|value| {
                all.iter().map(move |script| {
                    let mut script = *script;
                    script[check] = value;
                    script
                })
            })
            .collect::<Vec<_>>();
    }
    all
}

#[tokio::test]
async fn mac_07_guard_runs_relevant_checks_once_and_stops_at_failure() {
    let site = Site { auth: application().await, script: Script::default() };
    let routes = routes();
    let router = routes.into_router().nest("/auth", site.auth.routes().into_router().with_state(site.auth.clone()));
    let router = router.with_state(site.clone());
    let body = json!({ "email": "a@example.org", "password": auth_tests::app::PASSWORD });
    Call::post("/auth/register").json(&body).send(&router).await.is(201);
    let mut requests = 0;
    for bits in 0..4 {
        site.auth.accounts().set_roles(&1, held(bits)).await.unwrap();
        let token = Call::post("/auth/login").json(&body).send(&router).await.is(200).access_token();
        for (name, source) in RULES {
            let source = source.replace(" :: ", "::");
            for script in scripts(&source) {
                *site.script.answers.lock().unwrap() = script;
                let answer = Call::get(&format!("/{name}")).bearer(&token).send(&router).await;
                let asked = std::mem::take(&mut *site.script.asked.lock().unwrap());
                let known = |asked: &[usize]| {
                    reference::known(&source, &|atom| match atom {
                        "R::A" => Some(bits & 1 == 1),
                        "R::B" => Some(bits & 2 == 2),
                        check => {
                            let check = check.trim_start_matches('c').parse().unwrap();
                            asked.contains(&check).then_some(script[check]).flatten()
                        }
                    })
                };
                let at = format!("`{source}` for {bits:02b}, {script:?}: {asked:?}");
                for (turn, check) in asked.iter().enumerate() {
                    assert_eq!(known(&asked[..turn]), None, "{at}: {check} cannot matter");
                    assert!(!asked[..turn].contains(check), "{at}: {check} twice");
                    assert!(script[*check].is_some() || turn + 1 == asked.len(), "{at}: asked after a failure");
                }
                let failed = asked.last().is_some_and(|last| script[*last].is_none());
                let expected = if failed { None } else { known(&asked) };
                let status = match expected {
                    None => 503,
                    Some(true) => 200,
                    Some(false) => 403,
                };
                assert_eq!(answer.status.as_u16(), status, "{at}");
                let everything = known(&[0, 1, 2, 3]);
                assert!(failed || expected == everything, "{at}: by full knowledge {everything:?}");
                assert!(failed || everything.is_some(), "{at}: a failure decided");
                requests += 1;
            }
        }
    }
    assert!(requests > 1_500, "{requests} requests");
}
