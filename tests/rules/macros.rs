//! The same through `#[protected]` and over HTTP: every subset of four roles at every rule.

use auth::routing::{Routes, get};
use auth::store::{Change, MemoryRecords, MemoryUsers};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, Roles, Secret, protected};
use auth_tests::Call;
use serde_json::json;

use crate::reference;

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
pub(crate) enum R {
    A,
    B,
    C,
    D,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "members")]
pub(crate) struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(roles, default = Roles::new())]
    roles: Roles<R>,
}

/// Declares a handler for each rule, and the list of them with the text as it stands in the source.
macro_rules! rules {
    ($($name:ident [$($rule:tt)+])+) => {
        $(
            #[protected($($rule)+)]
            async fn $name() -> &'static str {
                "in"
            }
        )+

        fn routes() -> Routes<Auth<Member>> {
            Routes::new()$(.route(concat!("/", stringify!($name)), get($name)))+
        }

        const RULES: &[(&str, &str)] = &[$((stringify!($name), stringify!($($rule)+))),+];
    };
}

rules! {
    one [R::A]
    not [!R::A]
    both [R::A && R::B]
    either [R::A || R::B]
    and_first [R::A || R::B && R::C]
    and_first_turned [R::A && R::B || R::C]
    grouped [(R::A || R::B) && R::C]
    grouped_behind [R::A && (R::B || R::C)]
    not_one [!R::A && R::B]
    not_one_of_or [!R::A || R::B]
    not_group [!(R::A && R::B)]
    not_neither [!(R::A || R::B)]
    not_group_then [!(R::A && R::B) && R::C]
    not_inside [R::A && !(R::B || R::C)]
    exactly_one [R::A && !R::B || !R::A && R::B]
    four [R::A || R::B && R::C || R::D]
    four_grouped [(R::A || R::B) && (R::C || R::D)]
    four_crossed [R::A && R::B || R::C && R::D]
    four_nested [R::A && (R::B || R::C && !R::D)]
    four_not [!(R::A && (R::B || !(R::C && R::D)))]
    four_list [R::A && R::B && R::C && R::D]
    four_any [R::A || R::B || R::C || !R::D]
    chain [!R::A && !R::B && (R::C || R::D)]
    deep [R::A || !(R::B || !(R::C || !R::D))]
}

pub(crate) async fn application() -> Auth<Member> {
    let create = |new: auth::NewUser<Member>, number: u64| Member {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        roles: Roles::new(),
    };
    let users = MemoryUsers::new(create, |member: &mut Member, change| {
        if let Change::Roles(roles) = change {
            member.roles = roles;
        }
    });
    Auth::builder((users, MemoryRecords::new()))
        .secret(Secret::new(auth_tests::app::SECRET).unwrap())
        .passwords(auth_tests::app::quick_passwords())
        .build()
        .await
        .unwrap()
}

pub(crate) fn held(bits: u32) -> Roles<R> {
    let all = [R::A, R::B, R::C, R::D].into_iter().enumerate();
    all.filter(|(place, _)| bits >> place & 1 == 1).map(|(_, role)| role).collect()
}

#[tokio::test]
async fn mac_05_every_rule_lets_in_exactly_whom_its_source_says() {
    let auth = application().await;
    let router = routes().nest("/auth", auth.routes()).into_router().with_state(auth.clone());
    let body = json!({ "email": "a@example.org", "password": auth_tests::app::PASSWORD });
    Call::post("/auth/register").json(&body).send(&router).await.is(201);
    for bits in 0..16 {
        let roles = held(bits);
        auth.accounts().set_roles(&1, roles).await.unwrap();
        let token = Call::post("/auth/login").json(&body).send(&router).await.is(200).access_token();
        for (name, source) in RULES {
            let atom = |atom: &str| roles.iter().any(|role| atom == format!("R::{role:?}"));
            let expected = reference::holds(&source.replace(" :: ", "::"), &atom);
            let answer = Call::get(&format!("/{name}")).bearer(&token).send(&router).await;
            assert_eq!(answer.status.as_u16(), if expected { 200 } else { 403 }, "`{source}` for {roles:?}");
        }
    }
}

#[test]
fn mac_05_the_route_table_prints_what_is_enforced() {
    let table = routes().table();
    for (name, source) in RULES {
        let route = table.routes().iter().find(|route| route.path == format!("/{name}")).unwrap();
        for bits in 0..16 {
            let roles = held(bits);
            let atom = |atom: &str| roles.iter().any(|role| atom == format!("R::{role:?}"));
            let source = source.replace(" :: ", "::");
            assert_eq!(
                reference::holds(&route.who, &atom),
                reference::holds(&source, &atom),
                "{source}: {}",
                route.who
            );
        }
    }
}
