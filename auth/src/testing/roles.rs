use crate::role::{AuthRole, NoRoles, Roles};

/// What a user type can hold, case by case: an enum of roles, [`Roles`] of one, or [`NoRoles`]. The library implements it
/// for these three, and every user type has one of them.
pub trait RoleCases: Clone + Send + Sync + 'static {
    /// The cases, each with a name.
    fn cases() -> Vec<(String, Self)>;
}

impl<R: AuthRole> RoleCases for R {
    /// Every role.
    fn cases() -> Vec<(String, Self)> {
        R::ALL.iter().map(|role| (role.name().to_owned(), role.clone())).collect()
    }
}

impl<R: AuthRole> RoleCases for Roles<R> {
    /// None, every role, every two neighbours in the enum, and all.
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
    /// There is only one.
    fn cases() -> Vec<(String, Self)> {
        vec![("a user".to_owned(), Self)]
    }
}
