///What an access token says about a [`Clerk`].
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::auth::__private::serde::Serialize,
    ::auth::__private::serde::Deserialize,
)]
#[serde(crate = "::auth::__private::serde")]
pub struct ClerkClaims {
    /// The issuer (`iss`).
    pub iss: ::auth::__private::Name,
    /// The audience (`aud`).
    pub aud: ::auth::__private::Audience,
    /// The user's id (`sub`).
    #[serde(with = "::auth::__private::subject")]
    pub sub: i64,
    /// When the token was issued, in seconds since 1970.
    pub iat: u64,
    /// When the token expires, in seconds since 1970.
    pub exp: u64,
    /// When the token becomes valid, in seconds since 1970.
    #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
    pub nbf: ::core::option::Option<u64>,
    /// The token's id.
    pub jti: ::auth::__private::TokenId,
    /// The session the token belongs to.
    pub sid: ::auth::__private::SessionId,
    /// When the user last authenticated, in seconds since 1970.
    pub auth_time: u64,
    /// How the user authenticated.
    pub amr: ::auth::__private::Amr,
    /// The user's generation when the token was issued: raising it revokes older tokens.
    #[serde(rename = "gen")]
    pub generation: u64,
    /// The store that the session is in.
    #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
    pub auth_store: ::core::option::Option<::auth::__private::StoreId>,
    ///The role when it was issued.
    pub role: Duty,
}
#[automatically_derived]
impl ::auth::__private::Claims for ClerkClaims {
    fn registered(&self) -> ::auth::__private::Registered<'_> {
        ::auth::__private::Registered {
            iss: &self.iss,
            aud: &self.aud,
            iat: self.iat,
            exp: self.exp,
            nbf: self.nbf,
            sid: &self.sid,
            auth_time: self.auth_time,
            amr: &self.amr,
            generation: self.generation,
            store: self.auth_store,
        }
    }
}
///What sign-up takes from the body, beside the password, to make a [`Clerk`].
#[derive(::core::clone::Clone)]
pub struct ClerkRegistration {
    ///`email`
    pub email: ::std::string::String,
}
#[automatically_derived]
impl ::auth::__private::Registration for ClerkRegistration {
    fn from_fields(
        fields: &mut ::auth::__private::Fields,
    ) -> ::core::option::Option<Self> {
        let field_0 = fields.take::<::std::string::String>("email");
        ::core::option::Option::Some(Self { email: field_0? })
    }
    fn login(&self, index: usize) -> ::core::option::Option<&::core::primitive::str> {
        match index {
            0usize => ::core::option::Option::Some(&self.email),
            _ => ::core::option::Option::None,
        }
    }
    fn login_mut(
        &mut self,
        index: usize,
    ) -> ::core::option::Option<&mut ::std::string::String> {
        match index {
            0usize => ::core::option::Option::Some(&mut self.email),
            _ => ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
impl ::auth::__private::Principal for Clerk {
    type Id = i64;
    type Claims = ClerkClaims;
    type Roles = Duty;
    type Permissions = ::auth::__private::NoPermissions;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "Clerk",
        table: ::core::option::Option::Some("clerks"),
    };
    const MFA: ::core::option::Option<&'static dyn ::auth::__private::MfaRule<Self>> = ::core::option::Option::Some(
        &::auth::__private::Rule::Any(
            &[
                ::auth::__private::Rule::Is(
                    ::auth::__private::held_by::<Clerk, _>(&<Duty>::Admin),
                    "Duty::Admin",
                ),
                ::auth::__private::Rule::All(
                    &[
                        ::auth::__private::Rule::Not(
                            &::auth::__private::Rule::Is(
                                ::auth::__private::held_by::<Clerk, _>(&<Duty>::Guest),
                                "Duty::Guest",
                            ),
                        ),
                        ::auth::__private::Rule::Is(
                            ::auth::__private::held_by::<Clerk, _>(&<tasks::Task>::Pay),
                            "tasks::Task::Pay",
                        ),
                    ],
                ),
            ],
        ),
    );
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.sub
    }
}
#[automatically_derived]
impl ::auth::__private::AuthUser for Clerk {
    type Registration = ClerkRegistration;
    const SCHEMA: &'static ::auth::__private::Schema = &::auth::__private::Schema {
        name: "Clerk",
        table: "clerks",
        id: "id",
        columns: &["id", "email", "duty"],
        logins: &[
            ::auth::__private::Login {
                column: "email",
                exact: false,
                optional: false,
                address: true,
                select: ::auth::__private::Sql {
                    dollar: "SELECT \"id\", \"email\", \"duty\" FROM \"clerks\" WHERE \"email\" = $1",
                    question: "SELECT `id`, `email`, `duty` FROM `clerks` WHERE `email` = ?",
                },
                update: ::auth::__private::Sql {
                    dollar: "UPDATE \"clerks\" SET \"email\" = $1 WHERE \"id\" = $2",
                    question: "UPDATE `clerks` SET `email` = ? WHERE `id` = ?",
                },
            },
        ],
        inserted: &["email"],
        password: ::core::option::Option::None,
        active: ::core::option::Option::None,
        verified: ::core::option::Option::None,
        verified_required: false,
        mail: ::core::option::Option::Some(0usize),
        roles: ::core::option::Option::Some("duty"),
        permissions: ::core::option::Option::None,
        sql: ::auth::__private::Statements {
            select_by_id: ::auth::__private::Sql {
                dollar: "SELECT \"id\", \"email\", \"duty\" FROM \"clerks\" WHERE \"id\" = $1",
                question: "SELECT `id`, `email`, `duty` FROM `clerks` WHERE `id` = ?",
            },
            insert: ::auth::__private::Sql {
                dollar: "INSERT INTO \"clerks\" (\"email\") VALUES ($1)",
                question: "INSERT INTO `clerks` (`email`) VALUES (?)",
            },
            set_password: ::core::option::Option::None,
            replace_password: ::core::option::Option::None,
            enable: ::core::option::Option::None,
            disable: ::core::option::Option::None,
            disable_binds_seconds: false,
            set_verified: ::core::option::Option::None,
            clear_verified: ::core::option::Option::None,
            verified_form: ::core::option::Option::None,
            set_roles: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"clerks\" SET \"duty\" = $1 WHERE \"id\" = $2",
                question: "UPDATE `clerks` SET `duty` = ? WHERE `id` = ?",
            }),
            set_permissions: ::core::option::Option::None,
            delete: ::auth::__private::Sql {
                dollar: "DELETE FROM \"clerks\" WHERE \"id\" = $1",
                question: "DELETE FROM `clerks` WHERE `id` = ?",
            },
        },
    };
    fn id(&self) -> &Self::Id {
        &self.id
    }
    fn login(&self, index: usize) -> ::core::option::Option<&str> {
        match index {
            0usize => {
                ::core::option::Option::Some(
                    ::core::convert::AsRef::<str>::as_ref(&self.email),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
    fn password_hash(&self) -> ::core::option::Option<&str> {
        ::core::option::Option::None
    }
    fn is_active(&self) -> bool {
        true
    }
    fn claims(&self, token: ::auth::__private::TokenClaims) -> Self::Claims {
        ClerkClaims {
            iss: token.iss,
            aud: token.aud,
            sub: ::core::clone::Clone::clone(&self.id),
            iat: token.iat,
            exp: token.exp,
            nbf: ::core::option::Option::None,
            jti: token.jti,
            sid: token.sid,
            auth_time: token.auth_time,
            amr: token.amr,
            generation: token.generation,
            auth_store: token.store,
            role: ::core::clone::Clone::clone(&self.duty),
        }
    }
    fn profile(&self, profile: &mut ::auth::__private::Profile) {
        profile.put("id", &self.id);
        profile.put("email", &self.email);
        profile.put("roles", &[::auth::__private::NameEnum::name(&self.duty)]);
        ::auth::__private::put_permissions::<
            Self,
            <Duty as ::auth::__private::AuthRole>::Permission,
        >(self, profile);
    }
    fn ungranted_permissions() -> ::std::vec::Vec<&'static ::core::primitive::str> {
        ::auth::__private::ungranted::<
            Self,
            <Duty as ::auth::__private::AuthRole>::Permission,
        >()
    }
}
#[automatically_derived]
impl ::auth::__private::HasRole<Duty> for Clerk {
    fn row_holds(&self, role: &Duty) -> bool {
        ::auth::__private::RoleSet::holds(&self.duty, role)
    }
    fn claims_hold(claims: &Self::Claims, role: &Duty) -> bool {
        ::auth::__private::RoleSet::holds(&claims.role, role)
    }
}
#[automatically_derived]
impl ::auth::__private::HasPermission<<Duty as ::auth::__private::AuthRole>::Permission>
for Clerk {
    const GRANTS: &'static [u64] = <Duty as ::auth::__private::AuthRole>::GRANTS;
    const OWN: bool = false;
    fn row_permissions(
        &self,
    ) -> ::auth::__private::Permissions<
        <Duty as ::auth::__private::AuthRole>::Permission,
    > {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<
                <Duty as ::auth::__private::AuthRole>::Permission,
            >>::GRANTS,
            &self.duty,
            &::auth::__private::NoPermissions,
        )
    }
    fn claims_permissions(
        claims: &Self::Claims,
    ) -> ::auth::__private::Permissions<
        <Duty as ::auth::__private::AuthRole>::Permission,
    > {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<
                <Duty as ::auth::__private::AuthRole>::Permission,
            >>::GRANTS,
            &claims.role,
            &::auth::__private::NoPermissions,
        )
    }
}
#[automatically_derived]
#[allow(dead_code)]
impl ClerkClaims {
    /// Returns whether the user held `role`, or one that includes it, when the token was issued.
    #[must_use]
    pub fn holds(&self, role: &Duty) -> bool {
        <Clerk as ::auth::__private::HasRole<Duty>>::claims_hold(self, role)
    }
    /// Returns whether the token gives `permission`: itself, through one that includes it, or by a role.
    #[must_use]
    pub fn may(
        &self,
        permission: &<Duty as ::auth::__private::AuthRole>::Permission,
    ) -> bool {
        ::auth::__private::claims_may::<
            Clerk,
            <Duty as ::auth::__private::AuthRole>::Permission,
        >(self, permission)
    }
}
::auth::__private::extractors! {
    impl < __S > Clerk, ClerkClaims where { Clerk : ::auth::__private::InState < __S > }
}
::auth::__private::sql_user! {
    impl < __DB > Clerk where { i64 : ::auth::__private::SqlValue < __DB >, Duty :
    ::auth::__private::SqlValue < __DB >, ::std::string::String :
    ::auth::__private::SqlValue < __DB >, } { fn id(id, args) { args.add(id) ?; } fn
    new(new, args) { args.add(& new.registration.email) ?; } fn roles(roles, args) { args
    .add(roles) ?; } fn permissions(_permissions, _args) {} } columns { "id" : i64,
    "email" : String, "duty" : Duty }
}
