//! Two user types: `Member` has every kind of column and two logins, of which one is exact; `Guest` has ids that the
//! library makes, is switched off by a time, lives in a named schema, and has neither password nor roles.

use auth::{AuthPermission, AuthRole, AuthUser, NewUser, PasswordHash, Permissions, Roles};

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Author,
    Editor,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
pub(crate) enum Permission {
    Write,
    #[permission(name = "posts:publish")]
    Publish,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow, AuthUser)]
#[auth(table = "members")]
pub(crate) struct Member {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login)]
    pub(crate) email: String,
    #[auth(login(exact))]
    pub(crate) nick: Option<String>,
    #[auth(password_hash)]
    pub(crate) password_hash: Option<PasswordHash>,
    #[auth(active)]
    pub(crate) is_active: bool,
    #[auth(roles)]
    pub(crate) roles: Roles<Role>,
    #[auth(permissions)]
    pub(crate) permissions: Permissions<Permission>,
    pub(crate) favourite: Role,
    pub(crate) favourite_permission: Permission,
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
            permissions TEXT NOT NULL DEFAULT '',
            favourite TEXT NOT NULL DEFAULT 'editor',
            favourite_permission TEXT NOT NULL DEFAULT 'posts:publish'
        );";

    /// With the nick the same as the address.
    pub(crate) fn sign_up(email: &str) -> NewUser<Self> {
        Self::sign_up_as(email, email)
    }

    pub(crate) fn sign_up_as(email: &str, nick: &str) -> NewUser<Self> {
        let registration = MemberRegistration { email: email.to_owned(), nick: nick.to_owned() };
        NewUser::new(None, Some(PasswordHash::from_stored("first")), registration)
    }

    /// What the table makes of it.
    pub(crate) fn from_sign_up(new: NewUser<Self>, next: u64) -> Self {
        Self {
            id: next.cast_signed(),
            email: new.registration.email,
            nick: Some(new.registration.nick),
            password_hash: new.password_hash,
            is_active: true,
            roles: Roles::new(),
            permissions: Permissions::new(),
            favourite: Role::Editor,
            favourite_permission: Permission::Publish,
        }
    }
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow, AuthUser)]
#[auth(table = "main.guests")]
pub(crate) struct Guest {
    #[auth(id)]
    pub(crate) key: String,
    #[auth(login)]
    pub(crate) name: String,
    #[auth(active(when = "is_null"))]
    pub(crate) disabled_at: Option<i64>,
}

impl Guest {
    pub(crate) const TABLE: &'static str =
        "CREATE TABLE guests (key TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, disabled_at INTEGER);";

    pub(crate) fn sign_up(key: &str, name: &str) -> NewUser<Self> {
        NewUser::new(Some(key.to_owned()), None, GuestRegistration { name: name.to_owned() })
    }

    /// What the table makes of it.
    pub(crate) fn from_sign_up(new: NewUser<Self>, _: u64) -> Self {
        Self { key: new.id.unwrap(), name: new.registration.name, disabled_at: None }
    }
}
