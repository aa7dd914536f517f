const _: () = {
    struct __Read {
        field_0: ::core::option::Option<u64>,
    }
    #[automatically_derived]
    impl<'de> ::auth::__private::ReadPlaces<'de> for __Read {
        fn read<A: ::auth::__private::serde::de::MapAccess<'de>>(
            &mut self,
            place: usize,
            map: &mut A,
        ) -> ::core::result::Result<(), A::Error> {
            match place {
                0usize => ::auth::__private::read_subject(&mut self.field_0, map),
                _ => ::core::result::Result::Ok(()),
            }
        }
    }
    #[automatically_derived]
    impl ::auth::__private::ReadClaims for Bot {
        fn read_claims(
            payload: &str,
        ) -> ::core::result::Result<
            ::auth::__private::Verified<Self>,
            ::auth::__private::NotClaims,
        > {
            let mut read = __Read {
                field_0: ::core::option::Option::None,
            };
            let registered = ::auth::__private::read_payload(
                payload,
                &[
                    ::auth::__private::ClaimNode {
                        name: "sub",
                        place: ::auth::__private::Place::Value(0usize),
                    },
                ],
                &[],
                &mut read,
            )?;
            let claims = Bot {
                id: ::auth::__private::subject_of(read.field_0)?,
            };
            ::core::result::Result::Ok(
                ::auth::__private::Verified::new(registered, claims),
            )
        }
    }
};
#[automatically_derived]
impl ::auth::__private::Principal for Bot {
    type Id = u64;
    type Claims = ::auth::__private::Verified<Self>;
    type Roles = ::auth::__private::NoRoles;
    type Permissions = ::auth::__private::NoPermissions;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "Bot",
        table: ::core::option::Option::None,
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.claims.id
    }
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl<__S> ::auth::__private::InState<__S> for Bot
where
    ::auth::__private::Issuer<Bot>: ::auth::__private::axum::extract::FromRef<__S>,
{
    type Gate = ::auth::__private::Issuer<Bot>;
    fn gate(state: &__S) -> ::auth::__private::Issuer<Bot> {
        ::auth::__private::axum::extract::FromRef::from_ref(state)
    }
}
::auth::__private::claims_extractors! {
    impl < __S > Bot where { Bot : ::auth::__private::InState < __S > }
}
