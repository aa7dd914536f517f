//! Inclusion of roles: reflexive, transitive, and nothing more than was written.

use auth::policy::RoleSet;
use auth::{AuthRole, NameEnum as _, Roles};

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Chain {
    #[role(includes(B))]
    A,
    #[role(includes(C))]
    B,
    #[role(includes(D))]
    C,
    D,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Diamond {
    Bottom,
    #[role(includes(Bottom))]
    Left,
    #[role(includes(Bottom))]
    Right,
    #[role(includes(Left, Right))]
    Top,
    Alone,
    #[role(includes(Alone))]
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Backwards {
    #[role(includes(Last))]
    First,
    Middle,
    #[role(includes(Middle))]
    Last,
}

/// What was written, followed by hand.
fn reaches<R: AuthRole>(edges: &[(R, R)], from: &R, to: &R) -> bool {
    from == to || edges.iter().any(|(outer, inner)| outer == from && reaches(edges, inner, to))
}

fn agrees<R: AuthRole + std::fmt::Debug>(edges: &[(R, R)]) {
    for held in R::ALL {
        for asked in R::ALL {
            assert_eq!(held.holds(asked), reaches(edges, held, asked), "{held:?} and {asked:?}");
        }
        assert_eq!(R::from_name(held.name()).as_ref(), Some(held));
    }
    for bits in 0..1_u32 << R::ALL.len() {
        let set: Roles<R> = R::ALL
            .iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .map(|(_, role)| role.clone())
            .collect();
        for asked in R::ALL {
            let expected = set.iter().any(|held| reaches(edges, held, asked));
            assert_eq!(set.holds(asked), expected, "{set} and {asked:?}");
        }
        assert_eq!(set.to_string().parse(), Ok(set));
    }
}

#[test]
fn mac_05_roles_hold_exactly_what_their_inclusions_reach() {
    agrees(&[(Chain::A, Chain::B), (Chain::B, Chain::C), (Chain::C, Chain::D)]);
    agrees(&[
        (Diamond::Left, Diamond::Bottom),
        (Diamond::Right, Diamond::Bottom),
        (Diamond::Top, Diamond::Left),
        (Diamond::Top, Diamond::Right),
        (Diamond::Late, Diamond::Alone),
    ]);
    agrees(&[(Backwards::First, Backwards::Last), (Backwards::Last, Backwards::Middle)]);
}

#[test]
fn mac_05_a_name_that_is_no_role_is_none() {
    for name in ["", "a", "A ", " A", "Top", "TOP", "0", "left,right"] {
        let known = Diamond::NAMES.contains(&name);
        assert_eq!(Diamond::from_name(name).is_some(), known, "{name:?}");
    }
    assert!("left,nobody".parse::<Roles<Diamond>>().is_err());
}
