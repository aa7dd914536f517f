#[automatically_derived]
impl ::auth::__private::NameEnum for Role {
    type Bits = [u64; 1];
    const PLURAL: &'static str = "roles";
    const ALL: &'static [Self] = &[Self::Member, Self::Author, Self::Admin];
    const NAMES: &'static [&'static str] = &["member", "author", "admin"];
    const INCLUDES: &'static [u64] = &[1, 3, 7];
    fn index(&self) -> usize {
        match self {
            Self::Member => 0usize,
            Self::Author => 1usize,
            Self::Admin => 2usize,
        }
    }
}
#[automatically_derived]
impl ::auth::__private::AuthRole for Role {
    type Permission = app::Permission;
    const GRANTS: &'static [u64] = ::auth::__private::close_grants(
            <Self as ::auth::__private::NameEnum>::INCLUDES,
            [
                ::auth::__private::union(&[]),
                ::auth::__private::union(
                    &[
                        app::Permission::__auth_bits(&app::Permission::PostsWrite),
                        app::Permission::__auth_bits(&app::Permission::PostsRead),
                    ],
                ),
                ::auth::__private::union(
                    &[app::Permission::__auth_bits(&app::Permission::PostsPublish)],
                ),
            ],
        )
        .as_flattened();
}
#[automatically_derived]
impl ::auth::__private::GrantsOnly<app::Permission> for Role {}
#[automatically_derived]
impl<__U> ::auth::__private::Requirement<__U> for Role
where
    __U: ::auth::__private::HasRole<Role>,
{
    fn holds(&self, caller: &::auth::__private::Facts<'_, __U>) -> bool {
        caller.hold(self)
    }
    fn by_row(&self, row: &__U) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(
            <__U as ::auth::__private::HasRole<Role>>::row_holds(row, self),
        )
    }
    fn by_roles(
        &self,
        roles: &<__U as ::auth::__private::Principal>::Roles,
    ) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(::auth::__private::RoleSet::holds(roles, self))
    }
}
#[automatically_derived]
impl ::auth::__private::serde::Serialize for Role {
    fn serialize<__S: ::auth::__private::serde::Serializer>(
        &self,
        serializer: __S,
    ) -> ::core::result::Result<__S::Ok, __S::Error> {
        serializer.serialize_str(::auth::__private::NameEnum::name(self))
    }
}
#[automatically_derived]
impl<'de> ::auth::__private::serde::Deserialize<'de> for Role {
    fn deserialize<__D: ::auth::__private::serde::Deserializer<'de>>(
        deserializer: __D,
    ) -> ::core::result::Result<Self, __D::Error> {
        ::auth::__private::deserialize_name(deserializer)
    }
}
::auth::__private::name_codecs! {
    Role
}
