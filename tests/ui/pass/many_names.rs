//! An enum has as many names as it needs: a set of them takes more than one word.

use auth::{AuthPermission, AuthRole, AuthUser, NameEnum, Permissions, Roles};

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
#[rustfmt::skip]
enum Role {
    R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12,
    R13, R14, R15, R16, R17, R18, R19, R20, R21, R22, R23, R24, R25,
    R26, R27, R28, R29, R30, R31, R32, R33, R34, R35, R36, R37, R38,
    R39, R40, R41, R42, R43, R44, R45, R46, R47, R48, R49, R50, R51,
    R52, R53, R54, R55, R56, R57, R58, R59, R60, R61, R62, R63,
    #[role(includes(R0), grants(Permission::P128))]
    R64,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
#[rustfmt::skip]
enum Permission {
    P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12,
    P13, P14, P15, P16, P17, P18, P19, P20, P21, P22, P23, P24, P25,
    P26, P27, P28, P29, P30, P31, P32, P33, P34, P35, P36, P37, P38,
    P39, P40, P41, P42, P43, P44, P45, P46, P47, P48, P49, P50, P51,
    P52, P53, P54, P55, P56, P57, P58, P59, P60, P61, P62, P63, P64,
    P65, P66, P67, P68, P69, P70, P71, P72, P73, P74, P75, P76, P77,
    P78, P79, P80, P81, P82, P83, P84, P85, P86, P87, P88, P89, P90,
    P91, P92, P93, P94, P95, P96, P97, P98, P99, P100, P101, P102, P103,
    P104, P105, P106, P107, P108, P109, P110, P111, P112, P113, P114, P115, P116,
    P117, P118, P119, P120, P121, P122, P123, P124, P125, P126, P127,
    #[permission(includes(P64))]
    P128,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(roles)]
    roles: Roles<Role>,
    #[auth(permissions)]
    may: Permissions<Permission>,
}

fn main() {
    assert_eq!((Role::NAMES.len(), Permission::NAMES.len()), (65, 129));
    assert_eq!(Role::INCLUDES[2 * 64..], [1, 1]);
    assert_eq!(Role::GRANTS[3 * 64..], [0, 1, 1]);
    assert!(Roles::from([Role::R64]).holds(&Role::R0));
    assert!(!Roles::from([Role::R63]).contains(&Role::R64));
}
