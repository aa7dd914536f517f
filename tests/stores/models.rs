//! Two user types, written out as the derive would: `Member` has every kind of column and two logins, of which one is
//! exact; `Guest` makes its own ids, is switched off by a time, and has neither password nor roles.

use auth::{
    AuthRole, AuthUser, Claims, Fields, Login, NewUser, NoRoles, PasswordHash, Profile, Registered, Registration,
    Roles, Schema, Sql, Statements, TokenClaims,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Author,
    Editor,
}

impl AuthRole for Role {
    const ALL: &'static [Self] = &[Self::Author, Self::Editor];
    const NAMES: &'static [&'static str] = &["author", "editor"];
    const INCLUDES: &'static [u64] = &[0b01, 0b10];

    fn index(&self) -> usize {
        *self as usize
    }
}

auth::__private::role_codecs! { Role }

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(crate) struct Member {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) nick: Option<String>,
    pub(crate) password_hash: Option<PasswordHash>,
    pub(crate) is_active: bool,
    pub(crate) roles: Roles<Role>,
    pub(crate) favourite: Role,
}

#[derive(Clone, Debug)]
pub(crate) struct MemberRegistration {
    pub(crate) email: String,
    pub(crate) nick: Option<String>,
}

/// A statement whose two spellings differ in quotes and parameters only.
macro_rules! sql {
    ($dollar:literal, $question:literal) => {
        Sql { dollar: $dollar, question: $question }
    };
}

impl Member {
    pub(crate) const EMAIL: usize = 0;
    pub(crate) const NICK: usize = 1;

    pub(crate) const TABLE: &'static str = "
        CREATE TABLE members (
            id INTEGER PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            nick TEXT UNIQUE CHECK (nick <> 'root'),
            password_hash TEXT,
            is_active BOOLEAN NOT NULL DEFAULT TRUE,
            roles TEXT NOT NULL DEFAULT '',
            favourite TEXT NOT NULL DEFAULT 'editor'
        );";

    pub(crate) fn sign_up(email: &str, nick: Option<&str>) -> NewUser<Self> {
        let registration = MemberRegistration { email: email.to_owned(), nick: nick.map(str::to_owned) };
        NewUser::new(None, Some(PasswordHash::from_stored("first")), registration)
    }

    pub(crate) fn from_sign_up(new: NewUser<Self>, next: u64) -> Self {
        Self {
            id: next.cast_signed(),
            email: new.registration.email,
            nick: new.registration.nick,
            password_hash: new.password_hash,
            is_active: true,
            roles: Roles::new(),
            favourite: Role::Editor,
        }
    }
}

impl AuthUser for Member {
    type Id = i64;
    type Claims = NoClaims;
    type Registration = MemberRegistration;
    type Roles = Roles<Role>;

    const SCHEMA: &'static Schema = &Schema {
        name: "Member",
        table: "members",
        id: "id",
        columns: &["id", "email", "nick", "password_hash", "is_active", "roles", "favourite"],
        logins: &[
            Login {
                column: "email",
                exact: false,
                select: sql!(
                    r#"SELECT "id", "email", "nick", "password_hash", "is_active", "roles", "favourite" FROM "members" WHERE "email" = $1"#,
                    "SELECT `id`, `email`, `nick`, `password_hash`, `is_active`, `roles`, `favourite` FROM `members` WHERE `email` = ?"
                ),
            },
            Login {
                column: "nick",
                exact: true,
                select: sql!(
                    r#"SELECT "id", "email", "nick", "password_hash", "is_active", "roles", "favourite" FROM "members" WHERE "nick" = $1"#,
                    "SELECT `id`, `email`, `nick`, `password_hash`, `is_active`, `roles`, `favourite` FROM `members` WHERE `nick` = ?"
                ),
            },
        ],
        password: Some("password_hash"),
        sql: Statements {
            select_by_id: sql!(
                r#"SELECT "id", "email", "nick", "password_hash", "is_active", "roles", "favourite" FROM "members" WHERE "id" = $1"#,
                "SELECT `id`, `email`, `nick`, `password_hash`, `is_active`, `roles`, `favourite` FROM `members` WHERE `id` = ?"
            ),
            insert: sql!(
                r#"INSERT INTO "members" ("email", "nick", "password_hash") VALUES ($1, $2, $3)"#,
                "INSERT INTO `members` (`email`, `nick`, `password_hash`) VALUES (?, ?, ?)"
            ),
            set_password: Some(sql!(
                r#"UPDATE "members" SET "password_hash" = $1 WHERE "id" = $2"#,
                "UPDATE `members` SET `password_hash` = ? WHERE `id` = ?"
            )),
            replace_password: Some(sql!(
                r#"UPDATE "members" SET "password_hash" = $1 WHERE "id" = $2 AND "password_hash" = $3"#,
                "UPDATE `members` SET `password_hash` = ? WHERE `id` = ? AND `password_hash` = ?"
            )),
            enable: Some(sql!(
                r#"UPDATE "members" SET "is_active" = TRUE WHERE "id" = $1"#,
                "UPDATE `members` SET `is_active` = TRUE WHERE `id` = ?"
            )),
            disable: Some(sql!(
                r#"UPDATE "members" SET "is_active" = FALSE WHERE "id" = $1"#,
                "UPDATE `members` SET `is_active` = FALSE WHERE `id` = ?"
            )),
            disable_binds_seconds: false,
            set_roles: Some(sql!(
                r#"UPDATE "members" SET "roles" = $1 WHERE "id" = $2"#,
                "UPDATE `members` SET `roles` = ? WHERE `id` = ?"
            )),
            delete: sql!(r#"DELETE FROM "members" WHERE "id" = $1"#, "DELETE FROM `members` WHERE `id` = ?"),
        },
    };

    fn id(&self) -> &i64 {
        &self.id
    }

    fn login(&self, index: usize) -> Option<&str> {
        match index {
            Self::EMAIL => Some(&self.email),
            Self::NICK => self.nick.as_deref(),
            _ => None,
        }
    }

    fn password_hash(&self) -> Option<&str> {
        self.password_hash.as_ref().map(PasswordHash::expose)
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    fn is_verified(&self) -> Option<bool> {
        None
    }

    fn claims(&self, _: TokenClaims) -> NoClaims {
        NoClaims
    }

    fn subject(_: &NoClaims) -> &i64 {
        unreachable!("no test of a store issues a token")
    }

    fn profile(&self, _: &mut Profile) {}
}

impl Registration for MemberRegistration {
    fn from_fields(_: &mut Fields) -> Option<Self> {
        None
    }

    fn login_mut(&mut self, index: usize) -> Option<&mut String> {
        match index {
            Member::EMAIL => Some(&mut self.email),
            Member::NICK => self.nick.as_mut(),
            _ => None,
        }
    }
}

auth::__private::sql_user! {
    impl Member {
        fn id(id, args) { args.add(id)?; }
        fn new(new, args) {
            args.add(&new.registration.email)?;
            args.add(&new.registration.nick)?;
            args.add(&new.password_hash)?;
        }
        fn roles(roles, args) { args.add(roles)?; }
    }
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(crate) struct Guest {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) disabled_at: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct GuestRegistration(pub(crate) String);

impl Guest {
    pub(crate) const TABLE: &'static str =
        "CREATE TABLE guests (key TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, disabled_at INTEGER);";

    pub(crate) fn sign_up(key: &str, name: &str) -> NewUser<Self> {
        NewUser::new(Some(key.to_owned()), None, GuestRegistration(name.to_owned()))
    }

    pub(crate) fn from_sign_up(new: NewUser<Self>, _: u64) -> Self {
        Self { key: new.id.unwrap(), name: new.registration.0, disabled_at: None }
    }
}

impl AuthUser for Guest {
    type Id = String;
    type Claims = NoClaims;
    type Registration = GuestRegistration;
    type Roles = NoRoles;

    const SCHEMA: &'static Schema = &Schema {
        name: "Guest",
        table: "main.guests",
        id: "key",
        columns: &["key", "name", "disabled_at"],
        logins: &[Login {
            column: "name",
            exact: false,
            select: sql!(
                r#"SELECT "key", "name", "disabled_at" FROM "main"."guests" WHERE "name" = $1"#,
                "SELECT `key`, `name`, `disabled_at` FROM `main`.`guests` WHERE `name` = ?"
            ),
        }],
        password: None,
        sql: Statements {
            select_by_id: sql!(
                r#"SELECT "key", "name", "disabled_at" FROM "main"."guests" WHERE "key" = $1"#,
                "SELECT `key`, `name`, `disabled_at` FROM `main`.`guests` WHERE `key` = ?"
            ),
            insert: sql!(
                r#"INSERT INTO "main"."guests" ("key", "name") VALUES ($1, $2)"#,
                "INSERT INTO `main`.`guests` (`key`, `name`) VALUES (?, ?)"
            ),
            set_password: None,
            replace_password: None,
            enable: Some(sql!(
                r#"UPDATE "main"."guests" SET "disabled_at" = NULL WHERE "key" = $1"#,
                "UPDATE `main`.`guests` SET `disabled_at` = NULL WHERE `key` = ?"
            )),
            disable: Some(sql!(
                r#"UPDATE "main"."guests" SET "disabled_at" = $1 WHERE "key" = $2"#,
                "UPDATE `main`.`guests` SET `disabled_at` = ? WHERE `key` = ?"
            )),
            disable_binds_seconds: true,
            set_roles: None,
            delete: sql!(
                r#"DELETE FROM "main"."guests" WHERE "key" = $1"#,
                "DELETE FROM `main`.`guests` WHERE `key` = ?"
            ),
        },
    };

    fn id(&self) -> &String {
        &self.key
    }

    fn login(&self, index: usize) -> Option<&str> {
        (index == 0).then_some(&self.name)
    }

    fn password_hash(&self) -> Option<&str> {
        None
    }

    fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }

    fn is_verified(&self) -> Option<bool> {
        None
    }

    fn claims(&self, _: TokenClaims) -> NoClaims {
        NoClaims
    }

    fn subject(_: &NoClaims) -> &String {
        unreachable!("no test of a store issues a token")
    }

    fn profile(&self, _: &mut Profile) {}
}

impl Registration for GuestRegistration {
    fn from_fields(_: &mut Fields) -> Option<Self> {
        None
    }

    fn login_mut(&mut self, index: usize) -> Option<&mut String> {
        (index == 0).then_some(&mut self.0)
    }
}

auth::__private::sql_user! {
    impl Guest {
        fn id(id, args) { args.add(id)?; }
        fn new(new, args) {
            args.add(&new.id)?;
            args.add(&new.registration.0)?;
        }
        fn roles(roles, args) {}
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NoClaims;

impl Claims for NoClaims {
    fn registered(&self) -> Registered<'_> {
        unreachable!("no test of a store issues a token")
    }
}
