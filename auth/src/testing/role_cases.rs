use crate::model::role::{AuthRole, NoRoles, Roles};

/// The sets of roles that a user type can hold: an enum of roles, [`Roles`] of one, or [`NoRoles`]. The library
/// implements it for these three, and every user type uses one of them.
pub trait RoleCases: Clone + Send + Sync + 'static {
    /// Returns the cases, each with a name.
    fn cases() -> Vec<(String, Self)>;
}

impl<R: AuthRole> RoleCases for R {
    /// Returns every role.
    fn cases() -> Vec<(String, Self)> {
        R::ALL.iter().map(|role| (role.name().to_owned(), role.clone())).collect()
    }
}

impl<R: AuthRole> RoleCases for Roles<R> {
    /// Returns no roles, every single role, every two neighbours in the enum, and all roles.
    fn cases() -> Vec<(String, Self)> {
        let sets = std::iter::once::<&[R]>(&[]).chain(R::ALL.chunks(1)).chain(R::ALL.windows(2));
        let all = (R::ALL.len() > 2).then_some(R::ALL);
        let named = |set: &[R]| {
            let roles: Self = set.iter().cloned().collect();
            (if roles.is_empty() { "no role".to_owned() } else { roles.to_string() }, roles)
        };
        sets.chain(all).map(named).collect()
    }
}

impl RoleCases for NoRoles {
    /// Returns the only case.
    fn cases() -> Vec<(String, Self)> {
        vec![("a user".to_owned(), Self)]
    }
}
