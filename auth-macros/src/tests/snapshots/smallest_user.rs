///What an access token says about a [`U`].
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::auth::__private::serde::Serialize,
    ::auth::__private::serde::Deserialize,
)]
#[serde(crate = "::auth::__private::serde")]
struct UClaims {
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
}
#[automatically_derived]
impl ::auth::__private::Claims for UClaims {
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
///What sign-up takes from the body, beside the password, to make a [`U`].
#[derive(::core::clone::Clone)]
struct URegistration {
    ///`name`
    pub name: ::std::string::String,
}
#[automatically_derived]
impl ::auth::__private::Registration for URegistration {
    fn from_fields(
        fields: &mut ::auth::__private::Fields,
    ) -> ::core::option::Option<Self> {
        let field_0 = fields.take::<::std::string::String>("name");
        ::core::option::Option::Some(Self { name: field_0? })
    }
    fn login(&self, index: usize) -> ::core::option::Option<&::core::primitive::str> {
        match index {
            0usize => ::core::option::Option::Some(&self.name),
            _ => ::core::option::Option::None,
        }
    }
    fn login_mut(
        &mut self,
        index: usize,
    ) -> ::core::option::Option<&mut ::std::string::String> {
        match index {
            0usize => ::core::option::Option::Some(&mut self.name),
            _ => ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
impl ::auth::__private::Principal for U {
    type Id = i64;
    type Claims = UClaims;
    type Roles = ::auth::__private::NoRoles;
    type Permissions = ::auth::__private::NoPermissions;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "U",
        table: ::core::option::Option::Some("t"),
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.sub
    }
}
#[automatically_derived]
impl ::auth::__private::AuthUser for U {
    type Registration = URegistration;
    const SCHEMA: &'static ::auth::__private::Schema = &::auth::__private::Schema {
        name: "U",
        table: "t",
        id: "id",
        columns: &["id", "name"],
        logins: &[
            ::auth::__private::Login {
                column: "name",
                exact: false,
                optional: false,
                address: false,
                select: ::auth::__private::Sql {
                    dollar: "SELECT \"id\", \"name\" FROM \"t\" WHERE \"name\" = $1",
                    question: "SELECT `id`, `name` FROM `t` WHERE `name` = ?",
                },
                update: ::auth::__private::Sql {
                    dollar: "UPDATE \"t\" SET \"name\" = $1 WHERE \"id\" = $2",
                    question: "UPDATE `t` SET `name` = ? WHERE `id` = ?",
                },
            },
        ],
        inserted: &["name"],
        password: ::core::option::Option::None,
        active: ::core::option::Option::None,
        verified: ::core::option::Option::None,
        verified_required: false,
        mail: ::core::option::Option::None,
        roles: ::core::option::Option::None,
        permissions: ::core::option::Option::None,
        sql: ::auth::__private::Statements {
            select_by_id: ::auth::__private::Sql {
                dollar: "SELECT \"id\", \"name\" FROM \"t\" WHERE \"id\" = $1",
                question: "SELECT `id`, `name` FROM `t` WHERE `id` = ?",
            },
            insert: ::auth::__private::Sql {
                dollar: "INSERT INTO \"t\" (\"name\") VALUES ($1)",
                question: "INSERT INTO `t` (`name`) VALUES (?)",
            },
            set_password: ::core::option::Option::None,
            replace_password: ::core::option::Option::None,
            enable: ::core::option::Option::None,
            disable: ::core::option::Option::None,
            disable_binds_seconds: false,
            set_verified: ::core::option::Option::None,
            clear_verified: ::core::option::Option::None,
            verified_form: ::core::option::Option::None,
            set_roles: ::core::option::Option::None,
            set_permissions: ::core::option::Option::None,
            delete: ::auth::__private::Sql {
                dollar: "DELETE FROM \"t\" WHERE \"id\" = $1",
                question: "DELETE FROM `t` WHERE `id` = ?",
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
                    ::core::convert::AsRef::<str>::as_ref(&self.name),
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
        UClaims {
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
        }
    }
    fn profile(&self, profile: &mut ::auth::__private::Profile) {
        profile.put("id", &self.id);
        profile.put("name", &self.name);
    }
}
::auth::__private::extractors! {
    impl < __S > U, UClaims where { U : ::auth::__private::InState < __S > }
}
::auth::__private::sql_user! {
    impl < __DB > U where { i64 : ::auth::__private::SqlValue < __DB >,
    ::std::string::String : ::auth::__private::SqlValue < __DB >, } { fn id(id, args) {
    args.add(id) ?; } fn new(new, args) { args.add(& new.registration.name) ?; } fn
    roles(_roles, _args) {} fn permissions(_permissions, _args) {} } columns { "id" :
    i64, "name" : String }
}
