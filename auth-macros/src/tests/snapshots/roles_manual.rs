#[automatically_derived]
impl ::web_auth::__private::NameEnum for Duty {
    type Bits = [u64; 1];
    const PLURAL: &'static str = "roles";
    const ALL: &'static [Self] = &[Self::FrontDesk, Self::Kitchen];
    const NAMES: &'static [&'static str] = &["FRONT_DESK", "KITCHEN"];
    const INCLUDES: &'static [u64] = &[1, 2];
    fn index(&self) -> usize {
        match self {
            Self::FrontDesk => 0usize,
            Self::Kitchen => 1usize,
        }
    }
}
#[automatically_derived]
impl ::web_auth::__private::AuthRole for Duty {
    type Permission = ::web_auth::__private::NoPermission;
}
#[automatically_derived]
impl<__P> ::web_auth::__private::GrantsOnly<__P> for Duty {}
#[automatically_derived]
impl<__U> ::web_auth::__private::Requirement<__U> for Duty
where
    __U: ::web_auth::__private::HasRole<Duty>,
{
    fn holds(&self, caller: &::web_auth::__private::Facts<'_, __U>) -> bool {
        caller.hold(self)
    }
    fn by_row(&self, row: &__U) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(
            <__U as ::web_auth::__private::HasRole<Duty>>::row_holds(row, self),
        )
    }
    fn by_roles(
        &self,
        roles: &<__U as ::web_auth::__private::Principal>::Roles,
    ) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(::web_auth::__private::RoleSet::holds(roles, self))
    }
}
