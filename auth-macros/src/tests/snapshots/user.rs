///What an access token says about a [`User`].
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::auth::__private::serde::Serialize,
    ::auth::__private::serde::Deserialize,
)]
#[serde(crate = "::auth::__private::serde")]
pub struct UserClaims {
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
    pub role: Role,
    ///`display_name` when it was issued.
    pub display_name: String,
}
#[automatically_derived]
impl ::auth::__private::Claims for UserClaims {
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
///What sign-up takes from the body, beside the password, to make a [`User`].
#[derive(::core::clone::Clone)]
pub struct UserRegistration {
    ///`email`
    pub email: ::std::string::String,
    ///`display_name`
    pub display_name: String,
}
#[automatically_derived]
impl ::auth::__private::Registration for UserRegistration {
    fn from_fields(
        fields: &mut ::auth::__private::Fields,
    ) -> ::core::option::Option<Self> {
        let field_0 = fields.take::<::std::string::String>("email");
        let field_1 = fields.take_claim::<String>("display_name");
        ::core::option::Option::Some(Self {
            email: field_0?,
            display_name: field_1?,
        })
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
impl ::auth::__private::Principal for User {
    type Id = i64;
    type Claims = UserClaims;
    type Roles = Role;
    type Permissions = ::auth::__private::NoPermissions;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "User",
        table: ::core::option::Option::Some("users"),
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.sub
    }
}
#[automatically_derived]
impl ::auth::__private::AuthUser for User {
    type Registration = UserRegistration;
    const SCHEMA: &'static ::auth::__private::Schema = &::auth::__private::Schema {
        name: "User",
        table: "users",
        id: "id",
        columns: &["id", "email", "password_hash", "is_active", "role", "display_name"],
        logins: &[
            ::auth::__private::Login {
                column: "email",
                exact: false,
                optional: false,
                address: true,
                select: ::auth::__private::Sql {
                    dollar: "SELECT \"id\", \"email\", \"password_hash\", \"is_active\", \"role\", \"display_name\" FROM \"users\" WHERE \"email\" = $1",
                    question: "SELECT `id`, `email`, `password_hash`, `is_active`, `role`, `display_name` FROM `users` WHERE `email` = ?",
                },
                update: ::auth::__private::Sql {
                    dollar: "UPDATE \"users\" SET \"email\" = $1 WHERE \"id\" = $2",
                    question: "UPDATE `users` SET `email` = ? WHERE `id` = ?",
                },
            },
        ],
        inserted: &["email", "password_hash", "display_name", "role"],
        password: ::core::option::Option::Some("password_hash"),
        active: ::core::option::Option::Some("is_active"),
        verified: ::core::option::Option::None,
        verified_required: false,
        mail: ::core::option::Option::Some(0usize),
        roles: ::core::option::Option::Some("role"),
        permissions: ::core::option::Option::None,
        sql: ::auth::__private::Statements {
            select_by_id: ::auth::__private::Sql {
                dollar: "SELECT \"id\", \"email\", \"password_hash\", \"is_active\", \"role\", \"display_name\" FROM \"users\" WHERE \"id\" = $1",
                question: "SELECT `id`, `email`, `password_hash`, `is_active`, `role`, `display_name` FROM `users` WHERE `id` = ?",
            },
            insert: ::auth::__private::Sql {
                dollar: "INSERT INTO \"users\" (\"email\", \"password_hash\", \"display_name\", \"role\") VALUES ($1, $2, $3, $4)",
                question: "INSERT INTO `users` (`email`, `password_hash`, `display_name`, `role`) VALUES (?, ?, ?, ?)",
            },
            set_password: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"users\" SET \"password_hash\" = $1 WHERE \"id\" = $2",
                question: "UPDATE `users` SET `password_hash` = ? WHERE `id` = ?",
            }),
            replace_password: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"users\" SET \"password_hash\" = $1 WHERE \"id\" = $2 AND \"password_hash\" = $3",
                question: "UPDATE `users` SET `password_hash` = ? WHERE `id` = ? AND `password_hash` = ?",
            }),
            enable: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"users\" SET \"is_active\" = TRUE WHERE \"id\" = $1",
                question: "UPDATE `users` SET `is_active` = TRUE WHERE `id` = ?",
            }),
            disable: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"users\" SET \"is_active\" = FALSE WHERE \"id\" = $1",
                question: "UPDATE `users` SET `is_active` = FALSE WHERE `id` = ?",
            }),
            disable_binds_seconds: false,
            set_verified: ::core::option::Option::None,
            clear_verified: ::core::option::Option::None,
            verified_form: ::core::option::Option::None,
            set_roles: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"users\" SET \"role\" = $1 WHERE \"id\" = $2",
                question: "UPDATE `users` SET `role` = ? WHERE `id` = ?",
            }),
            set_permissions: ::core::option::Option::None,
            delete: ::auth::__private::Sql {
                dollar: "DELETE FROM \"users\" WHERE \"id\" = $1",
                question: "DELETE FROM `users` WHERE `id` = ?",
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
        ::auth::__private::HoldsHash::hash_text(&self.password_hash)
    }
    fn is_active(&self) -> bool {
        self.is_active
    }
    fn claims(&self, token: ::auth::__private::TokenClaims) -> Self::Claims {
        UserClaims {
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
            role: ::core::clone::Clone::clone(&self.role),
            display_name: ::core::clone::Clone::clone(&self.display_name),
        }
    }
    fn profile(&self, profile: &mut ::auth::__private::Profile) {
        profile.put("id", &self.id);
        profile.put("email", &self.email);
        profile.put("roles", &[::auth::__private::NameEnum::name(&self.role)]);
        ::auth::__private::put_permissions::<
            Self,
            <Role as ::auth::__private::AuthRole>::Permission,
        >(self, profile);
        profile.put("display_name", &self.display_name);
    }
    fn ungranted_permissions() -> ::std::vec::Vec<&'static ::core::primitive::str> {
        ::auth::__private::ungranted::<
            Self,
            <Role as ::auth::__private::AuthRole>::Permission,
        >()
    }
}
#[automatically_derived]
impl ::auth::__private::HasRole<Role> for User {
    fn row_holds(&self, role: &Role) -> bool {
        ::auth::__private::RoleSet::holds(&self.role, role)
    }
    fn claims_hold(claims: &Self::Claims, role: &Role) -> bool {
        ::auth::__private::RoleSet::holds(&claims.role, role)
    }
}
#[automatically_derived]
impl ::auth::__private::HasPermission<<Role as ::auth::__private::AuthRole>::Permission>
for User {
    const GRANTS: &'static [u64] = <Role as ::auth::__private::AuthRole>::GRANTS;
    const OWN: bool = false;
    fn row_permissions(
        &self,
    ) -> ::auth::__private::Permissions<
        <Role as ::auth::__private::AuthRole>::Permission,
    > {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<
                <Role as ::auth::__private::AuthRole>::Permission,
            >>::GRANTS,
            &self.role,
            &::auth::__private::NoPermissions,
        )
    }
    fn claims_permissions(
        claims: &Self::Claims,
    ) -> ::auth::__private::Permissions<
        <Role as ::auth::__private::AuthRole>::Permission,
    > {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<
                <Role as ::auth::__private::AuthRole>::Permission,
            >>::GRANTS,
            &claims.role,
            &::auth::__private::NoPermissions,
        )
    }
}
#[automatically_derived]
#[allow(dead_code)]
impl UserClaims {
    /// Returns whether the user held `role`, or one that includes it, when the token was issued.
    #[must_use]
    pub fn holds(&self, role: &Role) -> bool {
        <User as ::auth::__private::HasRole<Role>>::claims_hold(self, role)
    }
    /// Returns whether the token gives `permission`: itself, through one that includes it, or by a role.
    #[must_use]
    pub fn may(
        &self,
        permission: &<Role as ::auth::__private::AuthRole>::Permission,
    ) -> bool {
        ::auth::__private::claims_may::<
            User,
            <Role as ::auth::__private::AuthRole>::Permission,
        >(self, permission)
    }
}
::auth::__private::extractors! {
    impl < __S > User, UserClaims where { User : ::auth::__private::InState < __S > }
}
::auth::__private::sql_user! {
    impl < __DB > User where { i64 : ::auth::__private::SqlValue < __DB >, Role :
    ::auth::__private::SqlValue < __DB >, ::std::string::String :
    ::auth::__private::SqlValue < __DB >, ::core::option::Option <
    ::auth::__private::PasswordHash > : ::auth::__private::SqlValue < __DB >, String :
    ::auth::__private::SqlValue < __DB >, Role : ::auth::__private::SqlValue < __DB >, }
    { fn id(id, args) { args.add(id) ?; } fn new(new, args) { args.add(& new.registration
    .email) ?; args.add(& new.password_hash) ?; args.add(& new.registration.display_name)
    ?; let value : Role = Role::Member; args.add(value) ?; } fn roles(roles, args) { args
    .add(roles) ?; } fn permissions(_permissions, _args) {} } columns { "id" : i64,
    "email" : String, "password_hash" : PasswordHash, "is_active" : bool, "role" : Role,
    "display_name" : String }
}
const _: () = {
    #[allow(unused_imports)]
    use ::auth::__private::ShowsNothing as _;
    ::core::assert!(
        ! ::auth::__private::Shows:: < PasswordHash > ::HASH || !
        ::auth::__private::Shows:: < User > ::DEBUG,
        "`User` is `Debug`, which prints the password hash: give the field `password_hash` the type `auth::PasswordHash`, or remove `Debug`"
    );
    ::core::assert!(
        ! ::auth::__private::Shows:: < PasswordHash > ::HASH || !
        ::auth::__private::Shows:: < User > ::SERIALIZE,
        "`User` is `Serialize`, which sends the password hash: give the field `password_hash` the type `auth::PasswordHash`, or remove `Serialize`"
    );
};
