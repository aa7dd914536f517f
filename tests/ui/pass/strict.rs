//! A crate that allows nothing: what is generated is documented and warns of nothing.

#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms, unused_qualifications)]
#![forbid(unsafe_code)]

use auth::routing::{Routes, get};
use auth::{Auth, AuthPermission, AuthRole, AuthUser, PasswordHash, Permissions, protected, public};

pub use inner::{Permission, Role, User, UserClaims, UserRegistration};

mod inner {
    use super::*;

    /// Permissions.
    #[derive(Clone, Debug, PartialEq, AuthPermission)]
    pub enum Permission {
        /// Read.
        Read,
        /// Write.
        #[permission(includes(Read))]
        Write,
    }

    /// Roles.
    #[derive(Clone, Debug, PartialEq, AuthRole)]
    pub enum Role {
        /// Everybody.
        Member,
        /// Staff.
        #[role(includes(Member), grants(Permission::Write))]
        Admin,
    }

    /// Users.
    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "users")]
    pub struct User {
        /// The key.
        #[auth(id)]
        pub id: i64,
        /// The address.
        #[auth(login)]
        pub email: String,
        /// The hash.
        #[auth(password_hash)]
        pub password_hash: PasswordHash,
        /// Whether the account is on.
        #[auth(active)]
        pub is_active: bool,
        /// The role.
        #[auth(role, default = Role::Member)]
        pub role: Role,
        /// The user's own.
        #[auth(permissions)]
        pub permissions: Permissions<Permission>,
        /// Whether the address is confirmed.
        #[auth(verified)]
        pub email_verified: bool,
        /// The name.
        #[auth(register, claim)]
        pub display_name: String,
    }
}

/// Granted by nobody, and never asked for.
#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Unused {
    Nothing,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Duty {
    Till,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    number: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Duty::Till)]
    duty: Duty,
    #[auth(register, claim)]
    nick: String,
    #[auth(permissions(scope), default = Permissions::from([Unused::Nothing]))]
    may: Permissions<Unused>,
}

pub(crate) mod deep {
    use super::*;

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "guests")]
    pub(crate) struct Guest {
        #[auth(id)]
        pub(crate) id: i64,
        #[auth(login)]
        pub(crate) name: String,
    }

    #[protected(user = Guest)]
    pub(crate) async fn visit(guest: Guest) -> String {
        format!("{} {}", guest.id, guest.name)
    }
}

/// Tells who is asking.
#[protected]
pub async fn me(user: User) -> String {
    user.display_name
}

#[protected(Permission::Read)]
async fn read() {}

#[protected(Role::Admin && !Role::Member)]
async fn stats(claims: UserClaims) -> String {
    claims.sub.to_string()
}

/// Tells that the server is up.
#[public(reason = "health probe")]
pub async fn health() -> &'static str {
    "ok"
}

fn main() {
    let _: Routes<Auth<Staff>> = Routes::new().route("/", get(health));
    let _: Routes<Auth<deep::Guest>> = Routes::new().route("/", get(deep::visit));
    let routes: Routes<Auth<User>> =
        Routes::new().route("/me", get(me)).route("/stats", get(stats)).route("/read", get(read)).route("/health", get(health));
    let table = routes.table().to_string();
    assert!(table.contains("signed in") && table.contains("Role::Admin && !Role::Member"), "{table}");
    assert!(table.contains("public: health probe"), "{table}");
}
