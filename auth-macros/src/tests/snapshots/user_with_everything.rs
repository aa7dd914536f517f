///What an access token says about a [`Staff`].
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    crate::web_auth::__private::serde::Serialize,
    crate::web_auth::__private::serde::Deserialize,
)]
#[serde(crate = "crate::web_auth::__private::serde")]
pub(crate) struct Badge {
    /// The issuer (`iss`).
    pub iss: crate::web_auth::__private::Name,
    /// The audience (`aud`).
    pub aud: crate::web_auth::__private::Audience,
    /// The user's id (`sub`).
    #[serde(with = "crate::web_auth::__private::subject")]
    pub sub: Uuid,
    /// When the token was issued, in seconds since 1970.
    pub iat: u64,
    /// When the token expires, in seconds since 1970.
    pub exp: u64,
    /// When the token becomes valid, in seconds since 1970.
    #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
    pub nbf: ::core::option::Option<u64>,
    /// The token's id.
    pub jti: crate::web_auth::__private::TokenId,
    /// The session the token belongs to.
    pub sid: crate::web_auth::__private::SessionId,
    /// When the user last authenticated, in seconds since 1970.
    pub auth_time: u64,
    /// How the user authenticated.
    pub amr: crate::web_auth::__private::Amr,
    /// The user's generation when the token was issued: raising it revokes older tokens.
    #[serde(rename = "gen")]
    pub generation: u64,
    /// The store that the session is in.
    #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
    pub auth_store: ::core::option::Option<crate::web_auth::__private::StoreId>,
    ///The roles when it was issued.
    pub roles: Roles<Duty>,
    /// The permissions the user had when the token was issued, in addition to those granted by roles.
    pub permissions: auth::Permissions<Task>,
    /// Whether the e-mail address was confirmed when the token was issued.
    pub email_verified: bool,
    ///`user_name` when it was issued.
    pub user_name: String,
}
#[automatically_derived]
impl crate::web_auth::__private::Claims for Badge {
    fn registered(&self) -> crate::web_auth::__private::Registered<'_> {
        crate::web_auth::__private::Registered {
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
    fn verified(&self) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(self.email_verified)
    }
}
///What sign-up takes from the body, beside the password, to make a [`Staff`].
#[derive(::core::clone::Clone)]
pub(crate) struct Hire {
    ///`eMail`
    pub e_mail: ::std::string::String,
    ///`userName`
    pub user_name: ::std::string::String,
    ///`language`
    pub language: Option<String>,
    ///`type`
    pub r#type: Kind,
}
#[automatically_derived]
impl crate::web_auth::__private::Registration for Hire {
    fn from_fields(
        fields: &mut crate::web_auth::__private::Fields,
    ) -> ::core::option::Option<Self> {
        let field_0 = fields.take::<::std::string::String>("eMail");
        let field_1 = fields.take_claim::<::std::string::String>("userName");
        let field_2 = fields.take::<Option<String>>("language");
        let field_3 = fields.take::<Kind>("type");
        ::core::option::Option::Some(Self {
            e_mail: field_0?,
            user_name: field_1?,
            language: field_2?,
            r#type: field_3?,
        })
    }
    fn login(&self, index: usize) -> ::core::option::Option<&::core::primitive::str> {
        match index {
            0usize => ::core::option::Option::Some(&self.e_mail),
            1usize => ::core::option::Option::Some(&self.user_name),
            _ => ::core::option::Option::None,
        }
    }
    fn login_mut(
        &mut self,
        index: usize,
    ) -> ::core::option::Option<&mut ::std::string::String> {
        match index {
            0usize => ::core::option::Option::Some(&mut self.e_mail),
            1usize => ::core::option::Option::Some(&mut self.user_name),
            _ => ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
impl crate::web_auth::__private::Principal for Staff {
    type Id = Uuid;
    type Claims = Badge;
    type Roles = Roles<Duty>;
    type Permissions = auth::Permissions<Task>;
    const REALM: crate::web_auth::__private::Realm = crate::web_auth::__private::Realm {
        name: "Staff",
        table: ::core::option::Option::Some("app.staff"),
    };
    fn subject(claims: &Self::Claims) -> &Self::Id {
        &claims.sub
    }
    fn row_verified(&self) -> ::core::option::Option<bool> {
        ::core::option::Option::Some(
            crate::web_auth::__private::Flag::is_set(&self.verified_at),
        )
    }
}
#[automatically_derived]
impl crate::web_auth::__private::AuthUser for Staff {
    type Registration = Hire;
    const SCHEMA: &'static crate::web_auth::__private::Schema = &crate::web_auth::__private::Schema {
        name: "Staff",
        table: "app.staff",
        id: "staffId",
        columns: &[
            "staffId",
            "eMail",
            "userName",
            "pw",
            "disabledAt",
            "duties",
            "may",
            "verifiedAt",
            "language",
            "type",
            "floor",
            "note",
        ],
        logins: &[
            crate::web_auth::__private::Login {
                column: "eMail",
                exact: false,
                optional: true,
                address: true,
                select: crate::web_auth::__private::Sql {
                    dollar: "SELECT \"staffId\", \"eMail\", \"userName\", \"pw\", \"disabledAt\", \"duties\", \"may\", \"verifiedAt\", \"language\", \"type\", \"floor\", \"note\" FROM \"app\".\"staff\" WHERE \"eMail\" = $1",
                    question: "SELECT `staffId`, `eMail`, `userName`, `pw`, `disabledAt`, `duties`, `may`, `verifiedAt`, `language`, `type`, `floor`, `note` FROM `app`.`staff` WHERE `eMail` = ?",
                },
                update: crate::web_auth::__private::Sql {
                    dollar: "UPDATE \"app\".\"staff\" SET \"eMail\" = $1 WHERE \"staffId\" = $2",
                    question: "UPDATE `app`.`staff` SET `eMail` = ? WHERE `staffId` = ?",
                },
            },
            crate::web_auth::__private::Login {
                column: "userName",
                exact: true,
                optional: false,
                address: false,
                select: crate::web_auth::__private::Sql {
                    dollar: "SELECT \"staffId\", \"eMail\", \"userName\", \"pw\", \"disabledAt\", \"duties\", \"may\", \"verifiedAt\", \"language\", \"type\", \"floor\", \"note\" FROM \"app\".\"staff\" WHERE \"userName\" = $1",
                    question: "SELECT `staffId`, `eMail`, `userName`, `pw`, `disabledAt`, `duties`, `may`, `verifiedAt`, `language`, `type`, `floor`, `note` FROM `app`.`staff` WHERE `userName` = ?",
                },
                update: crate::web_auth::__private::Sql {
                    dollar: "UPDATE \"app\".\"staff\" SET \"userName\" = $1 WHERE \"staffId\" = $2",
                    question: "UPDATE `app`.`staff` SET `userName` = ? WHERE `staffId` = ?",
                },
            },
        ],
        inserted: &["staffId", "eMail", "userName", "pw", "language", "type", "floor"],
        password: ::core::option::Option::Some("pw"),
        active: ::core::option::Option::Some("disabledAt"),
        verified: ::core::option::Option::Some("verifiedAt"),
        verified_required: false,
        mail: ::core::option::Option::Some(0usize),
        roles: ::core::option::Option::Some("duties"),
        permissions: ::core::option::Option::Some("may"),
        sql: crate::web_auth::__private::Statements {
            select_by_id: crate::web_auth::__private::Sql {
                dollar: "SELECT \"staffId\", \"eMail\", \"userName\", \"pw\", \"disabledAt\", \"duties\", \"may\", \"verifiedAt\", \"language\", \"type\", \"floor\", \"note\" FROM \"app\".\"staff\" WHERE \"staffId\" = $1",
                question: "SELECT `staffId`, `eMail`, `userName`, `pw`, `disabledAt`, `duties`, `may`, `verifiedAt`, `language`, `type`, `floor`, `note` FROM `app`.`staff` WHERE `staffId` = ?",
            },
            insert: crate::web_auth::__private::by_form(
                {
                    #[allow(unused_imports)]
                    use crate::web_auth::__private::SetByDatabase as _;
                    crate::web_auth::__private::Marked::<Option<OffsetDateTime>>::FORM
                },
                [
                    crate::web_auth::__private::Sql {
                        dollar: "INSERT INTO \"app\".\"staff\" (\"staffId\", \"eMail\", \"userName\", \"pw\", \"language\", \"type\", \"floor\", \"verifiedAt\") VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE)",
                        question: "INSERT INTO `app`.`staff` (`staffId`, `eMail`, `userName`, `pw`, `language`, `type`, `floor`, `verifiedAt`) VALUES (?, ?, ?, ?, ?, ?, ?, FALSE)",
                    },
                    crate::web_auth::__private::Sql {
                        dollar: "INSERT INTO \"app\".\"staff\" (\"staffId\", \"eMail\", \"userName\", \"pw\", \"language\", \"type\", \"floor\", \"verifiedAt\") VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
                        question: "INSERT INTO `app`.`staff` (`staffId`, `eMail`, `userName`, `pw`, `language`, `type`, `floor`, `verifiedAt`) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                    },
                    crate::web_auth::__private::Sql {
                        dollar: "INSERT INTO \"app\".\"staff\" (\"staffId\", \"eMail\", \"userName\", \"pw\", \"language\", \"type\", \"floor\", \"verifiedAt\") VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
                        question: "INSERT INTO `app`.`staff` (`staffId`, `eMail`, `userName`, `pw`, `language`, `type`, `floor`, `verifiedAt`) VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                    },
                    crate::web_auth::__private::Sql {
                        dollar: "INSERT INTO \"app\".\"staff\" (\"staffId\", \"eMail\", \"userName\", \"pw\", \"language\", \"type\", \"floor\", \"verifiedAt\") VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
                        question: "INSERT INTO `app`.`staff` (`staffId`, `eMail`, `userName`, `pw`, `language`, `type`, `floor`, `verifiedAt`) VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                    },
                ],
            ),
            set_password: ::core::option::Option::Some(crate::web_auth::__private::Sql {
                dollar: "UPDATE \"app\".\"staff\" SET \"pw\" = $1 WHERE \"staffId\" = $2",
                question: "UPDATE `app`.`staff` SET `pw` = ? WHERE `staffId` = ?",
            }),
            replace_password: ::core::option::Option::Some(crate::web_auth::__private::Sql {
                dollar: "UPDATE \"app\".\"staff\" SET \"pw\" = $1 WHERE \"staffId\" = $2 AND \"pw\" = $3",
                question: "UPDATE `app`.`staff` SET `pw` = ? WHERE `staffId` = ? AND `pw` = ?",
            }),
            enable: ::core::option::Option::Some(crate::web_auth::__private::Sql {
                dollar: "UPDATE \"app\".\"staff\" SET \"disabledAt\" = NULL WHERE \"staffId\" = $1",
                question: "UPDATE `app`.`staff` SET `disabledAt` = NULL WHERE `staffId` = ?",
            }),
            disable: ::core::option::Option::Some(
                crate::web_auth::__private::disable(
                    {
                        #[allow(unused_imports)]
                        use crate::web_auth::__private::TimeOfDatabase as _;
                        crate::web_auth::__private::Nullable::<Option<i64>>::SECONDS
                    },
                    crate::web_auth::__private::Sql {
                        dollar: "UPDATE \"app\".\"staff\" SET \"disabledAt\" = $1 WHERE \"staffId\" = $2",
                        question: "UPDATE `app`.`staff` SET `disabledAt` = ? WHERE `staffId` = ?",
                    },
                    crate::web_auth::__private::Sql {
                        dollar: "UPDATE \"app\".\"staff\" SET \"disabledAt\" = CURRENT_TIMESTAMP WHERE \"staffId\" = $1",
                        question: "UPDATE `app`.`staff` SET `disabledAt` = CURRENT_TIMESTAMP WHERE `staffId` = ?",
                    },
                ),
            ),
            disable_binds_seconds: {
                #[allow(unused_imports)]
                use crate::web_auth::__private::TimeOfDatabase as _;
                crate::web_auth::__private::Nullable::<Option<i64>>::SECONDS
            },
            set_verified: ::core::option::Option::Some(
                crate::web_auth::__private::by_form(
                    {
                        #[allow(unused_imports)]
                        use crate::web_auth::__private::SetByDatabase as _;
                        crate::web_auth::__private::Marked::<
                            Option<OffsetDateTime>,
                        >::FORM
                    },
                    [
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = TRUE WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = TRUE WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = 1 WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = 1 WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = $1 WHERE \"staffId\" = $2",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = ? WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = CURRENT_TIMESTAMP WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = CURRENT_TIMESTAMP WHERE `staffId` = ?",
                        },
                    ],
                ),
            ),
            clear_verified: ::core::option::Option::Some(
                crate::web_auth::__private::by_form(
                    {
                        #[allow(unused_imports)]
                        use crate::web_auth::__private::SetByDatabase as _;
                        crate::web_auth::__private::Marked::<
                            Option<OffsetDateTime>,
                        >::FORM
                    },
                    [
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = FALSE WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = FALSE WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = 0 WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = 0 WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = NULL WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = NULL WHERE `staffId` = ?",
                        },
                        crate::web_auth::__private::Sql {
                            dollar: "UPDATE \"app\".\"staff\" SET \"verifiedAt\" = NULL WHERE \"staffId\" = $1",
                            question: "UPDATE `app`.`staff` SET `verifiedAt` = NULL WHERE `staffId` = ?",
                        },
                    ],
                ),
            ),
            verified_form: ::core::option::Option::Some({
                #[allow(unused_imports)]
                use crate::web_auth::__private::SetByDatabase as _;
                crate::web_auth::__private::Marked::<Option<OffsetDateTime>>::FORM
            }),
            set_roles: ::core::option::Option::Some(crate::web_auth::__private::Sql {
                dollar: "UPDATE \"app\".\"staff\" SET \"duties\" = $1 WHERE \"staffId\" = $2",
                question: "UPDATE `app`.`staff` SET `duties` = ? WHERE `staffId` = ?",
            }),
            set_permissions: ::core::option::Option::Some(crate::web_auth::__private::Sql {
                dollar: "UPDATE \"app\".\"staff\" SET \"may\" = $1 WHERE \"staffId\" = $2",
                question: "UPDATE `app`.`staff` SET `may` = ? WHERE `staffId` = ?",
            }),
            delete: crate::web_auth::__private::Sql {
                dollar: "DELETE FROM \"app\".\"staff\" WHERE \"staffId\" = $1",
                question: "DELETE FROM `app`.`staff` WHERE `staffId` = ?",
            },
        },
    };
    fn id(&self) -> &Self::Id {
        &self.staff_id
    }
    fn login(&self, index: usize) -> ::core::option::Option<&str> {
        match index {
            0usize => self.e_mail.as_ref().map(::core::convert::AsRef::<str>::as_ref),
            1usize => {
                ::core::option::Option::Some(
                    ::core::convert::AsRef::<str>::as_ref(&self.user_name),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
    fn password_hash(&self) -> ::core::option::Option<&str> {
        crate::web_auth::__private::HoldsHash::hash_text(&self.hash)
    }
    fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }
    fn locale(&self) -> ::core::option::Option<&str> {
        self.language.as_ref().map(::core::convert::AsRef::<str>::as_ref)
    }
    fn claims(&self, token: crate::web_auth::__private::TokenClaims) -> Self::Claims {
        Badge {
            iss: token.iss,
            aud: token.aud,
            sub: ::core::clone::Clone::clone(&self.staff_id),
            iat: token.iat,
            exp: token.exp,
            nbf: ::core::option::Option::None,
            jti: token.jti,
            sid: token.sid,
            auth_time: token.auth_time,
            amr: token.amr,
            generation: token.generation,
            auth_store: token.store,
            roles: ::core::clone::Clone::clone(&self.duties),
            permissions: ::core::clone::Clone::clone(&self.may),
            email_verified: crate::web_auth::__private::Principal::row_verified(self)
                .unwrap_or_default(),
            user_name: ::core::clone::Clone::clone(&self.user_name),
        }
    }
    fn profile(&self, profile: &mut crate::web_auth::__private::Profile) {
        profile.put("id", &self.staff_id);
        profile.put("eMail", &self.e_mail);
        profile.put("userName", &self.user_name);
        profile.put("roles", &self.duties);
        crate::web_auth::__private::put_permissions::<Self, Task>(self, profile);
        profile.put("user_name", &self.user_name);
    }
    fn ungranted_permissions() -> ::std::vec::Vec<&'static ::core::primitive::str> {
        crate::web_auth::__private::ungranted::<Self, Task>()
    }
    fn new_id(uuid: &str) -> ::core::option::Option<Self::Id> {
        ::core::str::FromStr::from_str(uuid).ok()
    }
}
#[automatically_derived]
impl crate::web_auth::__private::HasRole<Duty> for Staff {
    fn row_holds(&self, role: &Duty) -> bool {
        crate::web_auth::__private::RoleSet::holds(&self.duties, role)
    }
    fn claims_hold(claims: &Self::Claims, role: &Duty) -> bool {
        crate::web_auth::__private::RoleSet::holds(&claims.roles, role)
    }
}
#[automatically_derived]
impl crate::web_auth::__private::HasPermission<Task> for Staff {
    const GRANTS: &'static [u64] = crate::web_auth::__private::grants_of::<Duty, Task>();
    const OWN: bool = true;
    fn row_permissions(&self) -> crate::web_auth::__private::Permissions<Task> {
        crate::web_auth::__private::held(
            <Self as crate::web_auth::__private::HasPermission<Task>>::GRANTS,
            &self.duties,
            &self.may,
        )
    }
    fn claims_permissions(
        claims: &Self::Claims,
    ) -> crate::web_auth::__private::Permissions<Task> {
        crate::web_auth::__private::held(
            <Self as crate::web_auth::__private::HasPermission<Task>>::GRANTS,
            &claims.roles,
            &claims.permissions,
        )
    }
}
#[automatically_derived]
#[allow(dead_code)]
impl Badge {
    /// Returns whether the user held `role`, or one that includes it, when the token was issued.
    #[must_use]
    pub fn holds(&self, role: &Duty) -> bool {
        <Staff as crate::web_auth::__private::HasRole<Duty>>::claims_hold(self, role)
    }
    /// Returns whether the token gives `permission`: itself, through one that includes it, or by a role.
    #[must_use]
    pub fn may(&self, permission: &Task) -> bool {
        crate::web_auth::__private::claims_may::<Staff, Task>(self, permission)
    }
}
crate::web_auth::__private::extractors! {
    impl < __S > Staff, Badge where { Staff : crate ::web_auth::__private::InState < __S
    > }
}
crate::web_auth::__private::sql_user! {
    impl < __DB > Staff where { Uuid : crate ::web_auth::__private::SqlUuid < __DB >,
    Roles < Duty > : crate ::web_auth::__private::SqlValue < __DB >, auth::Permissions <
    Task > : crate ::web_auth::__private::SqlValue < __DB >, ::core::option::Option <
    Uuid > : crate ::web_auth::__private::SqlUuid < __DB >, ::std::string::String : crate
    ::web_auth::__private::SqlValue < __DB >, ::std::string::String : crate
    ::web_auth::__private::SqlValue < __DB >, ::core::option::Option < crate
    ::web_auth::__private::PasswordHash > : crate ::web_auth::__private::SqlValue < __DB
    >, Option < String > : crate ::web_auth::__private::SqlValue < __DB >, Kind : crate
    ::web_auth::__private::SqlValue < __DB >, i64 : crate ::web_auth::__private::SqlValue
    < __DB >, } { fn id(id, args) { args.add(id) ?; } fn new(new, args) { args.add(& new
    .id) ?; args.add(& new.registration.e_mail) ?; args.add(& new.registration.user_name)
    ?; args.add(& new.password_hash) ?; args.add(& new.registration.language) ?; args
    .add(& new.registration.r#type) ?; let value : i64 = 3 * 7; args.add(value) ?; } fn
    roles(roles, args) { args.add(roles) ?; } fn permissions(permissions, args) { args
    .add(permissions) ?; } } columns { "staffId" : Uuid, "eMail" : Option < String >,
    "userName" : String, "pw" : String, "disabledAt" : Option < i64 >, "duties" : Roles <
    Duty >, "may" : auth::Permissions < Task >, "verifiedAt" : Option < OffsetDateTime >,
    "language" : Option < String >, "type" : Kind, "floor" : i64, "note" : String }
}
const _: () = {
    #[allow(unused_imports)]
    use crate::web_auth::__private::ShowsNothing as _;
    ::core::assert!(
        ! crate ::web_auth::__private::Shows:: < String > ::HASH || ! crate
        ::web_auth::__private::Shows:: < Staff > ::DEBUG,
        "`Staff` is `Debug`, which prints the password hash: give the field `hash` the type `auth::PasswordHash`, or remove `Debug`"
    );
    ::core::assert!(
        ! crate ::web_auth::__private::Shows:: < String > ::HASH || ! crate
        ::web_auth::__private::Shows:: < Staff > ::SERIALIZE,
        "`Staff` is `Serialize`, which sends the password hash: give the field `hash` the type `auth::PasswordHash`, or remove `Serialize`"
    );
};
