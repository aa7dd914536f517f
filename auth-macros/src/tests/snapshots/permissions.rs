#[automatically_derived]
impl ::auth::__private::NameEnum for Permission {
    type Bits = [u64; 1];
    const PLURAL: &'static str = "permissions";
    const ALL: &'static [Self] = &[
        Self::PostsRead,
        Self::PostsWrite,
        Self::PostsPublish,
    ];
    const NAMES: &'static [&'static str] = &[
        "posts_read",
        "posts_write",
        "posts:publish",
    ];
    const INCLUDES: &'static [u64] = &[1, 3, 4];
    fn index(&self) -> usize {
        match self {
            Self::PostsRead => 0usize,
            Self::PostsWrite => 1usize,
            Self::PostsPublish => 2usize,
        }
    }
}
#[automatically_derived]
impl ::auth::__private::AuthPermission for Permission {}
#[automatically_derived]
impl Permission {
    #[doc(hidden)]
    #[allow(dead_code)]
    pub const fn __auth_bits(&self) -> <Self as ::auth::__private::NameEnum>::Bits {
        match self {
            Self::PostsRead => [1],
            Self::PostsWrite => [3],
            Self::PostsPublish => [4],
        }
    }
}
#[automatically_derived]
impl<__U> ::auth::__private::Requirement<__U> for Permission
where
    __U: ::auth::__private::HasPermission<Permission>,
{
    fn holds(&self, caller: &::auth::__private::Facts<'_, __U>) -> bool {
        caller.may(self)
    }
    fn scope(&self) -> ::core::option::Option<&'static str> {
        ::core::option::Option::Some(::auth::__private::NameEnum::name(self))
    }
    fn by_row(&self, row: &__U) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(
            ::auth::__private::row_may::<__U, Permission>(row, self),
        )
    }
    fn by_roles(
        &self,
        roles: &<__U as ::auth::__private::Principal>::Roles,
    ) -> ::core::option::Option<bool> {
        ::auth::__private::permission_by_roles::<__U, Permission>(self, roles)
    }
}
#[automatically_derived]
impl ::auth::__private::serde::Serialize for Permission {
    fn serialize<__S: ::auth::__private::serde::Serializer>(
        &self,
        serializer: __S,
    ) -> ::core::result::Result<__S::Ok, __S::Error> {
        serializer.serialize_str(::auth::__private::NameEnum::name(self))
    }
}
#[automatically_derived]
impl<'de> ::auth::__private::serde::Deserialize<'de> for Permission {
    fn deserialize<__D: ::auth::__private::serde::Deserializer<'de>>(
        deserializer: __D,
    ) -> ::core::result::Result<Self, __D::Error> {
        ::auth::__private::deserialize_name(deserializer)
    }
}
::auth::__private::name_codecs! {
    Permission
}
