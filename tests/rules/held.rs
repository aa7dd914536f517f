//! Rules about what users hold: the row, the token, and a reference agree about everybody.

use auth::{AuthUser, PasswordHash, Permissions, Principal as _};
use auth_tests::clerk::{Clerk, ClerkClaims, Duty, Task};
use serde_json::json;

/// Everybody but guests who may only read.
#[derive(Clone, Debug, AuthUser)]
#[auth(table = "clerks", mfa(!(Duty::Guest && !Task::Pay) && (Duty::Member || Task::Pay)))]
struct Cashier {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    duty: Duty,
    #[auth(permissions)]
    tasks: Permissions<Task>,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "clerks", mfa)]
struct Everybody {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn everybody() -> impl Iterator<Item = (Duty, Vec<Task>)> {
    let tasks = [vec![], vec![Task::Read], vec![Task::Pay], vec![Task::Read, Task::Pay]];
    [Duty::Guest, Duty::Member, Duty::Admin]
        .into_iter()
        .flat_map(move |duty| tasks.clone().into_iter().map(move |tasks| (duty, tasks)))
}

#[test]
fn sign_02_row_token_and_reference_agree_who_is_covered() {
    let rule = Clerk::MFA.unwrap();
    assert_eq!(rule.to_string(), "Duty::Admin || Task::Pay");
    for (duty, tasks) in everybody() {
        let expected = duty == Duty::Admin || tasks.contains(&Task::Pay);
        let names: Vec<&str> = tasks.iter().map(|task| if *task == Task::Pay { "pay" } else { "read" }).collect();
        let clerk = Clerk {
            id: 1,
            email: "ada@example.org".to_owned(),
            password_hash: PasswordHash::from_stored("none"),
            is_active: true,
            verified_at: None,
            duty,
            tasks: tasks.iter().copied().collect(),
        };
        assert_eq!(rule.covers(&clerk), expected, "{duty:?} {tasks:?}");
        let duty = ["guest", "member", "admin"][duty as usize];
        let claims: ClerkClaims = serde_json::from_value(json!({
            "iss": "Clerk", "aud": "Clerk", "sub": "1", "iat": 0, "exp": 0, "jti": "A".repeat(22), "sid": "A".repeat(43),
            "auth_time": 0, "amr": [], "gen": 0, "role": duty, "permissions": names, "email_verified": false,
        }))
        .unwrap();
        assert_eq!(rule.covers_claims(&claims), expected, "{duty:?} {tasks:?}");
    }
}

#[test]
fn a_rule_for_factors_has_every_operator() {
    let rule = Cashier::MFA.unwrap();
    assert_eq!(rule.to_string(), "!(Duty::Guest && !Task::Pay) && (Duty::Member || Task::Pay)");
    for (duty, tasks) in everybody() {
        let pays = tasks.contains(&Task::Pay);
        let expected = duty != Duty::Guest || pays;
        let row = Cashier { id: 1, email: String::new(), duty, tasks: tasks.iter().copied().collect() };
        assert_eq!(rule.covers(&row), expected, "{duty:?} {tasks:?}");
    }
    assert!(Everybody::MFA.unwrap().covers(&Everybody { id: 1, email: String::new() }));
    assert!(auth_tests::User::MFA.is_none());
}
