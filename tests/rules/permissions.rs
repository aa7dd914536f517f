//! What roles grant, by inclusion of both kinds, against what was written, followed by hand; and what users have beside.

use auth::policy::Facts;
use auth::policy::{HasPermission, HeldRoles, NoPermission};
use auth::{AuthPermission, AuthRole, AuthUser, NameEnum, NoRoles, Permissions, Principal, Requirement, Roles};
use serde_json::{Value, json};

const NOW: auth::clock::Timestamp = auth::clock::Timestamp::from_secs(0);

#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
enum P {
    #[permission(includes(B))]
    A,
    B,
    #[permission(includes(A, D))]
    C,
    D,
    Never,
}

const P_EDGES: &[(P, P)] = &[(P::A, P::B), (P::C, P::A), (P::C, P::D)];

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum R {
    #[role(includes(Left, Right))]
    Top,
    #[role(includes(Bottom), grants(P::A))]
    Left,
    #[role(includes(Bottom))]
    Right,
    #[role(grants(P::D))]
    Bottom,
    #[role(grants(P::C))]
    Alone,
    Nothing,
}

const R_EDGES: &[(R, R)] = &[(R::Top, R::Left), (R::Top, R::Right), (R::Left, R::Bottom), (R::Right, R::Bottom)];
const GRANTS: &[(R, P)] = &[(R::Left, P::A), (R::Bottom, P::D), (R::Alone, P::C)];

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "one")]
struct One {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(role)]
    role: R,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "both")]
struct Both {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(roles)]
    roles: Roles<R>,
    #[auth(permissions)]
    may: Permissions<P>,
    #[auth(verified)]
    email_verified: bool,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "own")]
struct Own {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(permissions(scope))]
    may: Permissions<P>,
}

fn reaches<T: PartialEq>(edges: &[(T, T)], from: &T, to: &T) -> bool {
    from == to || edges.iter().any(|(outer, inner)| outer == from && reaches(edges, inner, to))
}

/// Whether a role gives a permission: it reaches a role that grants one that reaches it.
fn gives(role: R, permission: P) -> bool {
    GRANTS.iter().any(|(by, granted)| reaches(R_EDGES, &role, by) && reaches(P_EDGES, granted, &permission))
}

fn set<T: Copy, S: FromIterator<T>>(all: &[T], bits: usize) -> S {
    all.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, item)| *item).collect()
}

fn claims<U: AuthUser>(own: &Value) -> Result<U::Claims, serde_json::Error> {
    let mut claims = json!({
        "iss": "x", "aud": "x", "sub": "1", "iat": 1, "exp": 2, "jti": "AAAAAAAAAAAAAAAAAAAAAA",
        "sid": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "auth_time": 1, "amr": ["pwd"], "gen": 0,
    });
    claims.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    serde_json::from_value(claims)
}

#[test]
fn mac_05_role_gives_exactly_its_inclusions_and_grants() {
    for role in R::ALL {
        let row = One { id: 1, name: "ada".to_owned(), role: *role };
        let token = claims::<One>(&json!({ "role": role.name() })).unwrap();
        for permission in P::ALL {
            let expected = gives(*role, *permission);
            let may = |facts: Facts<'_, One>| facts.may(permission) && permission.holds(&facts);
            assert_eq!(may(Facts::of_token(&token, NOW)), expected, "{role:?} {permission:?}");
            assert_eq!(may(Facts::of_row(&token, &row, NOW)), expected, "{role:?} {permission:?}");
            assert_eq!((token.may(permission), row.may(permission)), (expected, expected), "{role:?} {permission:?}");
        }
        for asked in R::ALL {
            let expected = reaches(R_EDGES, role, asked);
            assert_eq!((token.holds(asked), row.holds(asked)), (expected, expected), "{role:?} {asked:?}");
        }
    }
}

#[test]
fn mac_05_roles_and_own_permissions_give_together_what_each_gives() {
    for roles in 0..1 << R::ALL.len() {
        for own in 0..1 << P::ALL.len() {
            let (roles, may): (Roles<R>, Permissions<P>) = (set(R::ALL, roles), set(P::ALL, own));
            let row = Both { id: 1, name: "ada".to_owned(), roles, may, email_verified: true };
            let token = json!({ "roles": roles, "permissions": may, "email_verified": false });
            let token = claims::<Both>(&token).unwrap();
            let nothing = json!({ "roles": [], "permissions": [], "email_verified": false });
            let nothing = claims::<Both>(&nothing).unwrap();
            for permission in P::ALL {
                let by_role = roles.iter().any(|role| gives(*role, *permission));
                let by_own = may.iter().any(|own| reaches(P_EDGES, own, permission));
                assert_eq!(may.holds(permission), by_own);
                let expected = by_role || by_own;
                assert_eq!(
                    Facts::<Both>::of_token(&token, NOW).may(permission),
                    expected,
                    "{roles} {may} {permission:?}"
                );
                assert_eq!(Facts::of_row(&nothing, &row, NOW).may(permission), expected, "the row is newer");
                assert_eq!((token.may(permission), row.may(permission)), (expected, expected));
                assert!(!nothing.may(permission));
            }
            for role in R::ALL {
                let expected = roles.iter().any(|held| reaches(R_EDGES, held, role));
                assert_eq!((token.holds(role), row.holds(role), nothing.holds(role)), (expected, expected, false));
            }
            assert_eq!(may.to_string().parse(), Ok(may));
        }
    }
}

#[test]
fn permissions_by_role_are_those_of_all_its_users() {
    for held in R::ALL {
        for permission in P::ALL {
            assert_eq!(Requirement::<One>::by_roles(permission, held), Some(gives(*held, *permission)));
        }
        for role in R::ALL {
            assert_eq!(Requirement::<One>::by_roles(role, held), Some(reaches(R_EDGES, held, role)));
        }
    }
    for bits in 0..1 << R::ALL.len() {
        let held: Roles<R> = set(R::ALL, bits);
        for permission in P::ALL {
            let expected = held.iter().any(|role| gives(*role, *permission));
            // Who is not granted it may have it all the same.
            assert_eq!(Requirement::<Both>::by_roles(permission, &held), expected.then_some(true));
        }
        for role in R::ALL {
            let expected = held.iter().any(|held| reaches(R_EDGES, held, role));
            assert_eq!(Requirement::<Both>::by_roles(role, &held), Some(expected));
        }
    }
    for permission in P::ALL {
        assert_eq!(Requirement::<Own>::by_roles(permission, &NoRoles), None);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
#[rustfmt::skip]
enum Ten { A, B, C, D, E, F, G, H, I, J }

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
#[rustfmt::skip]
enum Eleven { A, B, C, D, E, F, G, H, I, J, K }

#[test]
fn the_sets_of_roles_somebody_can_hold_are_known() {
    let closed = |roles: &[R]| -> Roles<R> {
        R::ALL.iter().filter(|inner| roles.iter().any(|role| reaches(R_EDGES, role, inner))).copied().collect()
    };
    let sorted = |mut sets: Vec<String>| {
        sets.sort();
        sets
    };
    assert_eq!(<<One as Principal>::Roles as HeldRoles>::possible(), Some(R::ALL.to_vec()));
    let many = (0..1 << R::ALL.len()).map(|bits| closed(&set::<_, Vec<R>>(R::ALL, bits)).to_string());
    let mut many = sorted(many.collect());
    many.dedup();
    let possible = <<Both as Principal>::Roles as HeldRoles>::possible().unwrap();
    assert_eq!(sorted(possible.iter().map(Roles::to_string).collect()), many);
    assert_eq!(<<Own as Principal>::Roles as HeldRoles>::possible(), Some(vec![NoRoles]));
    assert_eq!(Roles::<Ten>::possible().map(|sets| sets.len()), Some(1024));
    assert_eq!(Roles::<Eleven>::possible(), None);
    assert_eq!(Eleven::possible().map(|sets| sets.len()), Some(11));
}

#[test]
fn permissions_that_nobody_can_have_are_known() {
    assert_eq!(One::ungranted_permissions(), ["never"]);
    assert_eq!(Both::ungranted_permissions(), [""; 0]);
    assert_eq!(Own::ungranted_permissions(), [""; 0]);
    assert!(grants_of_none::<Ten>().is_empty());
    assert_eq!([<One as HasPermission<P>>::OWN, <Both as HasPermission<P>>::OWN], [false, true]);
}

fn grants_of_none<R: AuthRole<Permission = NoPermission>>() -> &'static [u64] {
    R::GRANTS
}

#[test]
fn mac_06_a_name_that_is_no_permission_is_none() {
    for name in ["", "A", "a ", " a", "0", "a,b", "a b", "nobody"] {
        assert_eq!(P::from_name(name), None, "{name:?}");
        let list = json!({ "roles": [], "permissions": ["a", name], "email_verified": true });
        assert!(claims::<Both>(&list).is_err(), "{name:?}");
    }
    assert!("a,nobody".parse::<Permissions<P>>().is_err());
    for permissions in [json!("a"), json!(null), json!([1]), json!({ "a": 1 }), json!([["a"]])] {
        let list = json!({ "roles": [], "permissions": permissions, "email_verified": true });
        assert!(claims::<Both>(&list).is_err(), "{list}");
    }
    assert!(claims::<Both>(&json!({ "roles": [], "email_verified": true })).is_err(), "there is always a list");
}

#[test]
fn scope_is_names_separated_by_single_spaces() {
    for bits in 0..1 << P::ALL.len() {
        let may: Permissions<P> = set(P::ALL, bits);
        let own = if may.is_empty() { json!({}) } else { json!({ "scope": may.to_string().replace(',', " ") }) };
        let token = claims::<Own>(&own).unwrap();
        assert_eq!(token.scope, may);
        assert_eq!(serde_json::to_value(&token).unwrap().get("scope"), own.get("scope"));
        for permission in P::ALL {
            assert_eq!(Facts::<Own>::of_token(&token, NOW).may(permission), may.holds(permission));
        }
    }
    for scope in ["", " ", "a ", " a", "a  b", "a\tb", "a\nb", "a,b", "a x", "A", "a\u{a0}b"] {
        assert!(claims::<Own>(&json!({ "scope": scope })).is_err(), "{scope:?}");
    }
    for scope in [json!(null), json!(["a"]), json!(1), json!({})] {
        assert!(claims::<Own>(&json!({ "scope": scope })).is_err(), "{scope}");
    }
    assert_eq!(claims::<Own>(&json!({ "scope": "\u{61} b" })).unwrap().scope, Permissions::from([P::A, P::B]));
}

#[test]
fn verified_address_is_read_from_row_then_token() {
    let token = claims::<Both>(&json!({ "roles": [], "permissions": [], "email_verified": false })).unwrap();
    let row =
        Both { id: 1, name: "ada".to_owned(), roles: Roles::new(), may: Permissions::new(), email_verified: true };
    assert_eq!(Facts::<Both>::of_token(&token, NOW).verified(), Some(false));
    assert_eq!(Facts::of_row(&token, &row, NOW).verified(), Some(true));
    let without = claims::<One>(&json!({ "role": "top" })).unwrap();
    assert_eq!(Facts::<One>::of_token(&without, NOW).verified(), None);
    let row = One { id: 1, name: "ada".to_owned(), role: R::Top };
    assert_eq!(Facts::of_row(&without, &row, NOW).verified(), None);
    assert!(claims::<Both>(&json!({ "roles": [], "permissions": [] })).is_err(), "a token says either");
}
