//! Enums of more names than a word has bits, and at the edges of words: sets against a model, grants, and claims.

use std::collections::BTreeSet;
use std::fmt::Debug;

use auth::policy::{Facts, HeldRoles};
use auth::{AuthPermission, AuthRole, AuthUser, NameEnum, Permissions, Requirement, Roles, SetOf};
use proptest::prelude::*;
use serde_json::json;

const NOW: auth::clock::Timestamp = auth::clock::Timestamp::from_secs(0);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AuthRole)]
#[rustfmt::skip]
enum Roles64 {
    R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12, R13, R14, R15,
    R16, R17, R18, R19, R20, R21, R22, R23, R24, R25, R26, R27, R28, R29, R30, R31,
    R32, R33, R34, R35, R36, R37, R38, R39, R40, R41, R42, R43, R44, R45, R46, R47,
    R48, R49, R50, R51, R52, R53, R54, R55, R56, R57, R58, R59, R60, R61, R62,
    #[role(includes(R0))] R63,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AuthRole)]
#[rustfmt::skip]
enum Roles65 {
    #[role(grants(P129::P64))] R0,
    R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12, R13, R14, R15, R16,
    R17, R18, R19, R20, R21, R22, R23, R24, R25, R26, R27, R28, R29, R30, R31, R32,
    R33, R34, R35, R36, R37, R38, R39, R40, R41, R42, R43, R44, R45, R46, R47, R48,
    R49, R50, R51, R52, R53, R54, R55, R56, R57, R58, R59, R60, R61, R62, R63,
    #[role(includes(R0, R63), grants(P129::P128))] R64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AuthPermission)]
#[rustfmt::skip]
enum P128 {
    #[permission(includes(P127))] P0,
    P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16,
    P17, P18, P19, P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32,
    P33, P34, P35, P36, P37, P38, P39, P40, P41, P42, P43, P44, P45, P46, P47, P48,
    P49, P50, P51, P52, P53, P54, P55, P56, P57, P58, P59, P60, P61, P62, P63, P64,
    P65, P66, P67, P68, P69, P70, P71, P72, P73, P74, P75, P76, P77, P78, P79, P80,
    P81, P82, P83, P84, P85, P86, P87, P88, P89, P90, P91, P92, P93, P94, P95, P96,
    P97, P98, P99, P100, P101, P102, P103, P104, P105, P106, P107, P108, P109, P110, P111, P112,
    P113, P114, P115, P116, P117, P118, P119, P120, P121, P122, P123, P124, P125, P126, P127,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AuthPermission)]
#[rustfmt::skip]
enum P129 {
    P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15,
    P16, P17, P18, P19, P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31,
    P32, P33, P34, P35, P36, P37, P38, P39, P40, P41, P42, P43, P44, P45, P46, P47,
    P48, P49, P50, P51, P52, P53, P54, P55, P56, P57, P58, P59, P60, P61, P62, P63,
    #[permission(includes(P63))] P64,
    P65, P66, P67, P68, P69, P70, P71, P72, P73, P74, P75, P76, P77, P78, P79, P80,
    P81, P82, P83, P84, P85, P86, P87, P88, P89, P90, P91, P92, P93, P94, P95, P96,
    P97, P98, P99, P100, P101, P102, P103, P104, P105, P106, P107, P108, P109, P110, P111, P112,
    P113, P114, P115, P116, P117, P118, P119, P120, P121, P122, P123, P124, P125, P126, P127,
    #[permission(includes(P64, P127))] P128,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "many")]
struct Many {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(roles)]
    roles: Roles<Roles65>,
    #[auth(permissions)]
    may: Permissions<P129>,
}

/// What was written, followed by hand.
fn reaches(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
    from == to || edges.iter().any(|(outer, inner)| *outer == from && reaches(edges, *inner, to))
}

/// Does the same to a set and to a model of it.
fn agrees<E: NameEnum + Copy + Debug>(edges: &[(usize, usize)], steps: &[(bool, usize)]) {
    let (mut set, mut model) = (SetOf::<E>::new(), BTreeSet::new());
    for (insert, index) in steps {
        let index = index % E::ALL.len();
        if *insert {
            set.insert(&E::ALL[index]);
            model.insert(index);
        } else {
            set.remove(&E::ALL[index]);
            model.remove(&index);
        }
        assert_eq!(set.iter().map(NameEnum::index).collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
    }
    assert_eq!(set.is_empty(), model.is_empty());
    for value in E::ALL {
        assert_eq!(set.contains(value), model.contains(&value.index()), "{set} and {value:?}");
        let reached = model.iter().any(|held| reaches(edges, *held, value.index()));
        assert_eq!(set.holds(value), reached, "{set} and {value:?}");
    }
    assert_eq!(model.iter().map(|index| E::ALL[*index]).collect::<SetOf<E>>(), set);
    assert_eq!(set.to_string().parse(), Ok(set));
    let names: Vec<_> = model.iter().map(|index| E::NAMES[*index]).collect();
    assert_eq!(serde_json::to_value(set).unwrap(), json!(names));
    assert_eq!(serde_json::from_value::<SetOf<E>>(json!(names)).unwrap(), set);
}

proptest! {
    #[test]
    fn mac_05_sets_agree_with_a_model(steps in prop::collection::vec((any::<bool>(), any::<usize>()), 0..200)) {
        agrees::<Roles64>(&[(63, 0)], &steps);
        agrees::<Roles65>(&[(64, 0), (64, 63)], &steps);
        agrees::<P128>(&[(0, 127)], &steps);
        agrees::<P129>(&[(64, 63), (128, 64), (128, 127)], &steps);
    }
}

#[test]
fn mac_05_each_of_many_names_is_itself_alone() {
    fn each<E: NameEnum + Copy + Debug + PartialEq>() {
        for (index, value) in E::ALL.iter().enumerate() {
            assert_eq!((value.index(), E::from_name(value.name())), (index, Some(*value)));
            let alone = SetOf::from([*value]);
            assert_eq!(E::ALL.iter().filter(|other| alone.contains(other)).collect::<Vec<_>>(), [value]);
        }
    }
    each::<Roles64>();
    each::<Roles65>();
    each::<P128>();
    each::<P129>();
}

#[test]
fn mac_05_the_last_of_many_roles_grants_the_last_permission() {
    let row = |roles, may| Many { id: 1, name: "ada".to_owned(), roles, may };
    let may = |row: &Many| -> Permissions<P129> {
        let claims = claims(Roles::new(), Permissions::new());
        P129::ALL.iter().filter(|permission| Facts::of_row(&claims, row, NOW).may(*permission)).copied().collect()
    };
    let granted = Permissions::from([P129::P63, P129::P64, P129::P127, P129::P128]);
    assert_eq!(may(&row(Roles::from([Roles65::R64]), Permissions::new())), granted);
    assert_eq!(may(&row(Roles::new(), Permissions::from([P129::P128]))), granted);
    assert_eq!(may(&row(Roles::from([Roles65::R0]), Permissions::new())), Permissions::from([P129::P63, P129::P64]));
    assert_eq!(may(&row(Roles::from([Roles65::R63]), Permissions::new())), Permissions::new());
    assert_eq!(Requirement::<Many>::by_roles(&Roles65::R63, &Roles::from([Roles65::R64])), Some(true));
    assert_eq!(Requirement::<Many>::by_roles(&P129::P128, &Roles::from([Roles65::R64])), Some(true));
    assert_eq!(Roles65::possible().map(|roles| roles.len()), Some(65));
}

fn claims(roles: Roles<Roles65>, may: Permissions<P129>) -> ManyClaims {
    let claims = json!({
        "iss": "x", "aud": "x", "sub": "1", "iat": 1, "exp": 2, "jti": "AAAAAAAAAAAAAAAAAAAAAA",
        "sid": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "auth_time": 1, "amr": ["pwd"], "gen": 0,
        "roles": roles, "permissions": may,
    });
    serde_json::from_value(claims).unwrap()
}

#[test]
fn mac_05_claims_carry_all_of_many_names() {
    let all = claims(Roles65::ALL.iter().copied().collect(), P129::ALL.iter().copied().collect());
    let text = serde_json::to_string(&all).unwrap();
    let again: ManyClaims = serde_json::from_str(&text).unwrap();
    assert_eq!((again.roles, again.permissions), (all.roles, all.permissions));
    assert_eq!((again.roles.iter().count(), again.permissions.iter().count()), (65, 129));
    assert!(text.contains(r#""r64"]"#) && text.contains(r#""p128"]"#), "{text}");
}
