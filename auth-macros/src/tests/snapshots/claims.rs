const _: () = {
    struct __Read {
        field_0: ::core::option::Option<String>,
        field_1: Roles<Job>,
        field_2: auth::Permissions<Task>,
        field_3: ::core::option::Option<Option<bool>>,
        field_4: ::core::option::Option<Option<String>>,
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
                1usize => ::auth::__private::read_names(&mut self.field_1, map),
                2usize => ::auth::__private::read_names(&mut self.field_1, map),
                3usize => ::auth::__private::read_keys(&mut self.field_1, map),
                4usize => ::auth::__private::read_scope(&mut self.field_2, map),
                5usize => ::auth::__private::read_value(&mut self.field_3, map),
                6usize => ::auth::__private::read_value(&mut self.field_4, map),
                _ => ::core::result::Result::Ok(()),
            }
        }
    }
    #[automatically_derived]
    impl ::auth::__private::ReadClaims for Employee {
        fn read_claims(
            payload: &str,
        ) -> ::core::result::Result<
            ::auth::__private::Verified<Self>,
            ::auth::__private::NotClaims,
        > {
            let mut read = __Read {
                field_0: ::core::option::Option::None,
                field_1: <Roles<Job>>::new(),
                field_2: <auth::Permissions<Task>>::new(),
                field_3: ::core::option::Option::None,
                field_4: ::core::option::Option::None,
            };
            let registered = ::auth::__private::read_payload(
                payload,
                &[
                    ::auth::__private::ClaimNode {
                        name: "sub",
                        place: ::auth::__private::Place::Value(0usize),
                    },
                    ::auth::__private::ClaimNode {
                        name: "realm_access",
                        place: ::auth::__private::Place::Object(
                            &[
                                ::auth::__private::ClaimNode {
                                    name: "roles",
                                    place: ::auth::__private::Place::Value(1usize),
                                },
                            ],
                        ),
                    },
                    ::auth::__private::ClaimNode {
                        name: "resource_access",
                        place: ::auth::__private::Place::Object(
                            &[
                                ::auth::__private::ClaimNode {
                                    name: "shop",
                                    place: ::auth::__private::Place::Object(
                                        &[
                                            ::auth::__private::ClaimNode {
                                                name: "roles",
                                                place: ::auth::__private::Place::Value(2usize),
                                            },
                                        ],
                                    ),
                                },
                            ],
                        ),
                    },
                    ::auth::__private::ClaimNode {
                        name: "urn:zitadel:iam:org:project:roles",
                        place: ::auth::__private::Place::Value(3usize),
                    },
                    ::auth::__private::ClaimNode {
                        name: "scope",
                        place: ::auth::__private::Place::Value(4usize),
                    },
                    ::auth::__private::ClaimNode {
                        name: "email_verified",
                        place: ::auth::__private::Place::Value(5usize),
                    },
                    ::auth::__private::ClaimNode {
                        name: "preferred_username",
                        place: ::auth::__private::Place::Value(6usize),
                    },
                ],
                &["2", "phrh"],
                &mut read,
            )?;
            let claims = Employee {
                sub: ::auth::__private::subject_of(read.field_0)?,
                jobs: read.field_1,
                may: read.field_2,
                email_verified: ::auth::__private::or_absent(read.field_3)?,
                preferred_username: ::auth::__private::or_absent(read.field_4)?,
            };
            ::core::result::Result::Ok(
                ::auth::__private::Verified::new(registered, claims),
            )
        }
    }
};
#[automatically_derived]
impl ::auth::__private::Principal for Employee {
    type Id = String;
    type Claims = ::auth::__private::Verified<Self>;
    type Roles = Roles<Job>;
    type Permissions = auth::Permissions<Task>;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "Employee",
        table: ::core::option::Option::None,
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.claims.sub
    }
    fn row_verified(&self) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(
            ::auth::__private::Flag::is_set(&self.email_verified),
        )
    }
}
#[automatically_derived]
impl ::auth::__private::HasRole<Job> for Employee {
    fn row_holds(&self, role: &Job) -> bool {
        ::auth::__private::RoleSet::holds(&self.jobs, role)
    }
    fn claims_hold(claims: &Self::Claims, role: &Job) -> bool {
        ::auth::__private::RoleSet::holds(&claims.claims.jobs, role)
    }
}
#[automatically_derived]
impl ::auth::__private::HasPermission<Task> for Employee {
    const GRANTS: &'static [u64] = ::auth::__private::grants_of::<Job, Task>();
    const OWN: bool = true;
    fn row_permissions(&self) -> ::auth::__private::Permissions<Task> {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<Task>>::GRANTS,
            &self.jobs,
            &self.may,
        )
    }
    fn claims_permissions(
        claims: &Self::Claims,
    ) -> ::auth::__private::Permissions<Task> {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<Task>>::GRANTS,
            &claims.claims.jobs,
            &claims.claims.may,
        )
    }
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl<__S> ::auth::__private::InState<__S> for Employee
where
    ::auth::__private::Issuer<Employee>: ::auth::__private::axum::extract::FromRef<__S>,
{
    type Gate = ::auth::__private::Issuer<Employee>;
    fn gate(state: &__S) -> ::auth::__private::Issuer<Employee> {
        ::auth::__private::axum::extract::FromRef::from_ref(state)
    }
}
::auth::__private::claims_extractors! {
    impl < __S > Employee where { Employee : ::auth::__private::InState < __S > }
}
