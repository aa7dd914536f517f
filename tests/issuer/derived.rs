//! What the derive reads from a payload, and what it refuses to read.

use auth::claims::Amr;
use auth::issuer::{NotClaims, ReadClaims};
use auth::policy::{Facts, HasPermission, Presented};
use auth::{AuthClaims, AuthRole, Fresh, Has, Principal, Requirement, Roles};
use serde_json::{Value, json};

use crate::employee::{Employee, Job, Task, read, with};
use crate::person::{URL, claims, now};

fn jobs(more: Value) -> Result<String, NotClaims> {
    read(more).map(|verified| verified.jobs.to_string())
}

fn tasks(more: Value) -> Result<String, NotClaims> {
    read(more).map(|verified| verified.tasks.to_string())
}

#[test]
fn f_07_roles_come_from_every_claim_that_is_named() {
    let zitadel = "urn:zitadel:iam:org:project:roles";
    for (more, held) in [
        (json!({}), ""),
        (json!({ "realm_access": { "roles": ["clerk"] } }), "clerk"),
        (json!({ "resource_access": { "shop": { "roles": ["boss"] } } }), "boss"),
        (json!({ zitadel: { "contractor": { "169": "shop.example.org" } } }), "contractor"),
        (
            json!({
                "resource_access": { "account": { "roles": ["contractor"] }, "shop": { "roles": ["boss"] } },
                "realm_access": { "roles": ["clerk"] },
            }),
            "clerk,boss",
        ),
        (json!({ "realm_access": null, "resource_access": { "shop": null } }), ""),
        (json!({ "realm_access": { "roles": null, "other": [1] } }), ""),
    ] {
        assert_eq!(jobs(more.clone()).as_deref(), Ok(held), "{more}");
    }
}

#[test]
fn f_07_names_the_enum_lacks_grant_nothing() {
    let roles = json!(["uma_authorization", "Clerk", "clerk ", "", "boss,clerk", "contractor"]);
    assert_eq!(jobs(json!({ "realm_access": { "roles": roles } })).as_deref(), Ok("contractor"));
    // Roles of another client, and a claim that only looks like the path.
    assert_eq!(jobs(json!({ "resource_access": { "pay": { "roles": ["boss"] } } })).as_deref(), Ok(""));
    assert_eq!(jobs(json!({ "realm_access.roles": ["boss"], "roles": ["boss"] })).as_deref(), Ok(""));
    assert_eq!(jobs(json!({ "user_metadata": { "roles": ["boss"] } })).as_deref(), Ok(""));
}

#[test]
fn f_07_a_text_is_a_list_of_one() {
    assert_eq!(jobs(json!({ "realm_access": { "roles": "boss" } })).as_deref(), Ok("boss"));
    assert_eq!(jobs(json!({ "realm_access": { "roles": "boss clerk" } })).as_deref(), Ok(""));
    assert_eq!(tasks(json!({ "scope": "openid pay profile refund" })).as_deref(), Ok("pay,refund"));
    assert_eq!(tasks(json!({ "scope": ["pay", "openid refund"] })).as_deref(), Ok("pay"));
    assert_eq!(tasks(json!({ "https://shop.example.org/may": "pay" })).as_deref(), Ok("pay"));
    assert_eq!(tasks(json!({ "https://shop.example.org/may": "pay refund" })).as_deref(), Ok(""));
}

#[test]
fn what_cannot_be_read_is_refused_and_not_ignored() {
    for more in [
        json!({ "realm_access": { "roles": 7 } }),
        json!({ "realm_access": { "roles": { "clerk": true } } }),
        json!({ "realm_access": { "roles": ["clerk", 7] } }),
        json!({ "realm_access": ["clerk"] }),
        json!({ "realm_access": "clerk" }),
        json!({ "urn:zitadel:iam:org:project:roles": ["clerk"] }),
        json!({ "scope": true }),
        json!({ "email_verified": "true" }),
        json!({ "preferred_username": 7 }),
        json!({ "address": { "country": [] } }),
        json!({ "org.id": -1 }),
        json!({ "sub": 7 }),
        json!({ "sub": "" }),
        json!({ "sub": null }),
    ] {
        assert_eq!(read(more.clone()).err(), Some(NotClaims), "{more}");
    }
    let mut nobody = claims();
    nobody.as_object_mut().unwrap().remove("sub");
    for payload in [nobody.to_string(), "[]".to_owned(), "null".to_owned(), String::new(), "\"ada\"".to_owned()] {
        assert!(Employee::read_claims(&payload).is_err(), "{payload}");
    }
    let whole = claims().to_string();
    assert!(Employee::read_claims(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(Employee::read_claims(&whole[..end]).is_err(), "{end}");
    }
    assert!(Employee::read_claims(&format!("{whole}{{}}")).is_err());
}

#[test]
fn jwt_19_a_claim_that_is_read_comes_once() {
    let payload = |more: &str| format!(r#"{{"iss":"{URL}","sub":"ada","exp":9,{more}}}"#);
    for once in [
        r#""realm_access":{"roles":["clerk"]}"#,
        r#""scope":"pay""#,
        r#""preferred_username":null"#,
        r#""client_id":"web""#,
        r#""org.id":1"#,
    ] {
        assert!(Employee::read_claims(&payload(once)).is_ok(), "{once}");
        assert!(Employee::read_claims(&payload(&format!("{once},{once}"))).is_err(), "{once}");
    }
    for twice in [
        r#""sub":"eve""#,
        r#""\u0073ub":"eve""#,
        r#""iss":"https://evil.example""#,
        r#""realm_access":{"roles":[]},"real\u006d_access":{"roles":["boss"]}"#,
        r#""realm_access":{"roles":[],"roles":["boss"]}"#,
        r#""resource_access":{"shop":{"roles":[]},"shop":{"roles":["boss"]}}"#,
    ] {
        assert!(Employee::read_claims(&payload(twice)).is_err(), "{twice}");
    }
    // Of what nobody reads, nobody can be misled.
    assert!(Employee::read_claims(&payload(r#""name":1,"name":2,"address":{"a":1,"a":2}"#)).is_ok());
}

#[test]
fn other_fields_are_read_by_their_own_types() {
    let read = read(json!({
        "preferred_username": "ada",
        "address": { "street": 7, "country": "GB" },
        "client_id": "web",
        "org.id": 4711,
        "org": { "id": "no" },
    }));
    let claims = read.unwrap();
    assert_eq!((claims.sub.as_str(), claims.preferred_username.as_deref()), ("ada", Some("ada")));
    assert_eq!((claims.country.as_deref(), claims.org), (Some("GB"), Some(4711)));
    // A registered claim is one for rules and for the struct.
    assert_eq!((claims.client_id.as_deref(), claims.registered.client_id()), (Some("web"), Some("web")));
    let absent = self::read(json!({})).unwrap();
    assert_eq!((&absent.preferred_username, &absent.country, absent.org), (&None, &None, None));
    let null = self::read(json!({ "preferred_username": null, "address": null })).unwrap();
    assert_eq!((&null.preferred_username, &null.country), (&None, &None));
}

#[derive(Clone, Debug, AuthClaims)]
struct Strict {
    #[auth(subject("oid"))]
    id: u64,
    #[auth(verified("confirmed"))]
    is_confirmed: bool,
    level: u8,
    #[auth(roles)]
    roles: Roles<Job>,
}

#[test]
fn what_is_no_option_must_be_there() {
    let read = |more: Value| Strict::read_claims(&with(more).to_string());
    let all = json!({ "oid": "7", "confirmed": true, "level": 3, "roles": ["boss"] });
    let claims = read(all.clone()).unwrap();
    assert_eq!((claims.id, claims.level, claims.is_confirmed), (7, 3, true));
    assert_eq!((Strict::subject(&claims), claims.roles.to_string().as_str()), (&7, "boss"));
    for name in ["oid", "confirmed", "level", "roles"] {
        let mut less = all.clone();
        less.as_object_mut().unwrap().remove(name);
        assert_eq!(read(less).is_ok(), name == "roles", "{name}");
    }
    assert!(read(json!({ "oid": "seven", "confirmed": true, "level": 3 })).is_err());
}

#[test]
fn rules_learn_from_the_token_how_somebody_signed_in() {
    let at = auth::clock::Clock::now(&auth::testing::ManualClock::default());
    let facts = |more: Value| read(more).unwrap();
    let holds =
        |requirement: &dyn Requirement<Employee>, more: Value| requirement.holds(&Facts::of_token(&facts(more), at));
    let fresh = Fresh::minutes(5);
    assert!(holds(&fresh, json!({ "auth_time": now() - 299 })));
    for stale in [json!({}), json!({ "auth_time": now() - 300 }), json!({ "auth_time": 0 })] {
        assert!(!holds(&fresh, stale.clone()), "{stale}");
    }
    for (more, mfa) in [
        (json!({}), false),
        (json!({ "amr": ["pwd"] }), false),
        (json!({ "amr": ["pwd", "mfa"] }), true),
        (json!({ "acr": "1" }), false),
        (json!({ "acr": "2" }), true),
        (json!({ "acr": "phrh", "amr": ["pwd"] }), true),
        (json!({ "acr": "mfa" }), false),
    ] {
        assert_eq!(holds(&Has::Mfa, more.clone()), mfa, "{more}");
        assert_eq!(facts(more.clone()).amr().contains(Amr::MFA), mfa, "{more}");
    }
    for (more, verified) in [
        (json!({}), false),
        (json!({ "email_verified": null }), false),
        (json!({ "email_verified": false }), false),
        (json!({ "email_verified": true }), true),
    ] {
        assert_eq!(holds(&Has::Verified, more.clone()), verified, "{more}");
    }
}

#[test]
fn roles_include_and_grant_as_in_a_table() {
    let boss = read(json!({ "realm_access": { "roles": ["boss"] } })).unwrap();
    assert!(boss.holds(&Job::Clerk) && boss.holds(&Job::Boss) && !boss.holds(&Job::Contractor));
    assert!(boss.may(&Task::Pay) && !boss.may(&Task::Refund));
    let scoped = read(json!({ "scope": "refund" })).unwrap();
    assert!(scoped.may(&Task::Pay) && scoped.may(&Task::Refund) && !scoped.holds(&Job::Clerk));
    for claims in [&boss, &scoped] {
        assert_eq!(Employee::claims_permissions(claims), claims.row_permissions());
        for job in <Job as auth::NameEnum>::ALL {
            assert_eq!(<Employee as auth::policy::HasRole<Job>>::claims_hold(claims, job), claims.holds(job));
        }
    }
    assert_eq!(Job::GRANTS.len(), 3);
    assert_eq!((Employee::REALM.to_string().as_str(), Employee::REALM.table), ("Employee", None));
}

/// Whether a token is an access token is also read from these; an application may have fields of the same names.
#[test]
fn claims_that_tell_kinds_apart_can_be_read() {
    #[derive(Clone, Debug, AuthClaims)]
    struct Guest {
        #[auth(subject)]
        sub: String,
        events: Vec<u64>,
        token_type: Option<String>,
    }
    let guest = Guest::read_claims(r#"{"sub":"ada","events":[7],"token_type":"Bearer","iss":"a","exp":1}"#).unwrap();
    assert_eq!((guest.sub.as_str(), &guest.events[..], guest.token_type.as_deref()), ("ada", &[7][..], Some("Bearer")));
    assert!(guest.registered.is_about_events());
    assert_eq!(guest.registered.token_type(), Some("Bearer"));
    for bad in [r#"{"sub":"ada","events":[7],"events":[]}"#, r#"{"sub":"ada","events":"7"}"#, r#"{"sub":"ada"}"#] {
        assert!(Guest::read_claims(bad).is_err(), "{bad}");
    }
}
