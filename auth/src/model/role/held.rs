//! Roles as a user or a token holds them: one, a list, or none.

use super::{AuthRole, Roles};
use crate::model::name_enum::{Bits, NamesText, SetOf};

/// What a user or a token holds: one role or a list of them. Implemented by [`AuthRole`] types and [`Roles`].
pub trait RoleSet<R>: Clone + Send + Sync + 'static {
    /// Returns whether `role` is held, directly or through `includes`.
    fn holds(&self, role: &R) -> bool;
}

impl<R: AuthRole> RoleSet<R> for R {
    fn holds(&self, role: &R) -> bool {
        R::Bits::at(R::INCLUDES, self.index()).has(role.index())
    }
}

impl<R: AuthRole> RoleSet<R> for Roles<R> {
    fn holds(&self, role: &R) -> bool {
        SetOf::holds(self, role)
    }
}

/// The role type of users without roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRoles;

/// With more roles than this, the sets of roles that a user can have are too many to list.
const MOST_LISTED: usize = 10;

/// Roles as a user or a token holds them: one, a list, or none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of roles",
    label = "this type is the `#[auth(role)]` field",
    note = "put `#[derive(AuthRole)]` on the enum"
)]
pub trait HeldRoles: Clone + Send + Sync + 'static {
    /// The length of their text in a column, and whether it may be empty.
    const TEXT: NamesText;

    /// The names of all roles of the enum.
    const KNOWN: &'static [&'static str];

    /// Returns a value for each role; for a list also the one without roles, first, and the one with all, last.
    fn each() -> Vec<Self>;

    /// Returns the value with these names; `None` if a name is unknown, or there are too few or too many of them.
    fn named(names: &[&str]) -> Option<Self>;

    /// Returns the union of those sets of a table whose index is that of a role held.
    fn gather<B: Bits>(&self, table: &[u64]) -> B;

    /// Returns every set of roles that a user can hold, with all that they include; `None` if there are too many to
    /// list.
    fn possible() -> Option<Vec<Self>>;
}

#[diagnostic::do_not_recommend]
impl<R: AuthRole> HeldRoles for R {
    const TEXT: NamesText = NamesText::one_of(R::NAMES);
    const KNOWN: &'static [&'static str] = R::NAMES;

    fn each() -> Vec<Self> {
        R::ALL.to_vec()
    }

    fn named(names: &[&str]) -> Option<Self> {
        if let [name] = names { R::from_name(name) } else { None }
    }

    fn gather<B: Bits>(&self, table: &[u64]) -> B {
        B::at(table, self.index())
    }

    fn possible() -> Option<Vec<Self>> {
        Some(R::ALL.to_vec())
    }
}

impl<R: AuthRole> HeldRoles for Roles<R> {
    const TEXT: NamesText = NamesText::list_of(R::NAMES);
    const KNOWN: &'static [&'static str] = R::NAMES;

    fn each() -> Vec<Self> {
        let one = R::ALL.iter().cloned().map(|role| Self::from([role]));
        [Self::new()].into_iter().chain(one).chain([R::ALL.iter().cloned().collect()]).collect()
    }

    fn named(names: &[&str]) -> Option<Self> {
        names.iter().map(|name| R::from_name(name)).collect()
    }

    fn gather<B: Bits>(&self, table: &[u64]) -> B {
        self.bits().gather(table)
    }

    fn possible() -> Option<Vec<Self>> {
        if R::ALL.len() > MOST_LISTED {
            return None;
        }
        // Each role doubles the number of sets: those without it, and those with it and everything it includes.
        let mut sets = R::Bits::sets(R::INCLUDES).fold(vec![R::Bits::NONE], |mut sets, role| {
            let mut with = sets.clone();
            for set in &mut with {
                set.add(&role);
            }
            sets.append(&mut with);
            sets
        });
        sets.sort_unstable();
        sets.dedup();
        Some(sets.into_iter().map(Self::from_bits).collect())
    }
}

impl HeldRoles for NoRoles {
    const TEXT: NamesText = NamesText::list_of(&[]);
    const KNOWN: &'static [&'static str] = &[];

    fn each() -> Vec<Self> {
        Vec::new()
    }

    fn named(names: &[&str]) -> Option<Self> {
        names.is_empty().then_some(Self)
    }

    fn gather<B: Bits>(&self, _: &[u64]) -> B {
        B::NONE
    }

    fn possible() -> Option<Vec<Self>> {
        Some(vec![Self])
    }
}
