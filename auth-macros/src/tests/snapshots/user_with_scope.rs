///What an access token says about a [`Client`].
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::auth::__private::serde::Serialize,
    ::auth::__private::serde::Deserialize,
)]
#[serde(crate = "::auth::__private::serde")]
struct ClientClaims {
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
    /// The permissions the user had when the token was issued, in addition to those granted by roles.
    #[serde(
        default,
        skip_serializing_if = "::auth::__private::Permissions::is_empty",
        serialize_with = "::auth::__private::scope_to_text",
        deserialize_with = "::auth::__private::scope_from_text"
    )]
    pub scope: Permissions<Permission>,
}
#[automatically_derived]
impl ::auth::__private::Claims for ClientClaims {
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
///What sign-up takes from the body, beside the password, to make a [`Client`].
#[derive(::core::clone::Clone)]
struct ClientRegistration {
    ///`name`
    pub name: ::std::string::String,
}
#[automatically_derived]
impl ::auth::__private::Registration for ClientRegistration {
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
impl ::auth::__private::Principal for Client {
    type Id = i64;
    type Claims = ClientClaims;
    type Roles = ::auth::__private::NoRoles;
    type Permissions = Permissions<Permission>;
    const REALM: ::auth::__private::Realm = ::auth::__private::Realm {
        name: "Client",
        table: ::core::option::Option::Some("clients"),
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.sub
    }
}
#[automatically_derived]
impl ::auth::__private::AuthUser for Client {
    type Registration = ClientRegistration;
    const SCHEMA: &'static ::auth::__private::Schema = &::auth::__private::Schema {
        name: "Client",
        table: "clients",
        id: "id",
        columns: &["id", "name", "may"],
        logins: &[
            ::auth::__private::Login {
                column: "name",
                exact: false,
                optional: false,
                address: false,
                select: ::auth::__private::Sql {
                    dollar: "SELECT \"id\", \"name\", \"may\" FROM \"clients\" WHERE \"name\" = $1",
                    question: "SELECT `id`, `name`, `may` FROM `clients` WHERE `name` = ?",
                },
                update: ::auth::__private::Sql {
                    dollar: "UPDATE \"clients\" SET \"name\" = $1 WHERE \"id\" = $2",
                    question: "UPDATE `clients` SET `name` = ? WHERE `id` = ?",
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
        permissions: ::core::option::Option::Some("may"),
        sql: ::auth::__private::Statements {
            select_by_id: ::auth::__private::Sql {
                dollar: "SELECT \"id\", \"name\", \"may\" FROM \"clients\" WHERE \"id\" = $1",
                question: "SELECT `id`, `name`, `may` FROM `clients` WHERE `id` = ?",
            },
            insert: ::auth::__private::Sql {
                dollar: "INSERT INTO \"clients\" (\"name\") VALUES ($1)",
                question: "INSERT INTO `clients` (`name`) VALUES (?)",
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
            set_permissions: ::core::option::Option::Some(::auth::__private::Sql {
                dollar: "UPDATE \"clients\" SET \"may\" = $1 WHERE \"id\" = $2",
                question: "UPDATE `clients` SET `may` = ? WHERE `id` = ?",
            }),
            delete: ::auth::__private::Sql {
                dollar: "DELETE FROM \"clients\" WHERE \"id\" = $1",
                question: "DELETE FROM `clients` WHERE `id` = ?",
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
        ClientClaims {
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
            scope: ::core::clone::Clone::clone(&self.may),
        }
    }
    fn profile(&self, profile: &mut ::auth::__private::Profile) {
        profile.put("id", &self.id);
        profile.put("name", &self.name);
        ::auth::__private::put_permissions::<Self, Permission>(self, profile);
    }
    fn ungranted_permissions() -> ::std::vec::Vec<&'static ::core::primitive::str> {
        ::auth::__private::ungranted::<Self, Permission>()
    }
}
#[automatically_derived]
impl ::auth::__private::HasPermission<Permission> for Client {
    const GRANTS: &'static [u64] = &[];
    const OWN: bool = true;
    fn row_permissions(&self) -> ::auth::__private::Permissions<Permission> {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<Permission>>::GRANTS,
            &::auth::__private::NoRoles,
            &self.may,
        )
    }
    fn claims_permissions(
        claims: &Self::Claims,
    ) -> ::auth::__private::Permissions<Permission> {
        ::auth::__private::held(
            <Self as ::auth::__private::HasPermission<Permission>>::GRANTS,
            &::auth::__private::NoRoles,
            &claims.scope,
        )
    }
}
#[automatically_derived]
#[allow(dead_code)]
impl ClientClaims {
    /// Returns whether the token gives `permission`: itself, through one that includes it, or by a role.
    #[must_use]
    pub fn may(&self, permission: &Permission) -> bool {
        ::auth::__private::claims_may::<Client, Permission>(self, permission)
    }
}
::auth::__private::extractors! {
    impl < __S > Client, ClientClaims where { Client : ::auth::__private::InState < __S >
    }
}
::auth::__private::sql_user! {
    impl < __DB > Client where { i64 : ::auth::__private::SqlValue < __DB >, Permissions
    < Permission > : ::auth::__private::SqlValue < __DB >, ::std::string::String :
    ::auth::__private::SqlValue < __DB >, } { fn id(id, args) { args.add(id) ?; } fn
    new(new, args) { args.add(& new.registration.name) ?; } fn roles(_roles, _args) {} fn
    permissions(permissions, args) { args.add(permissions) ?; } } columns { "id" : i64,
    "name" : String, "may" : Permissions < Permission > }
}
