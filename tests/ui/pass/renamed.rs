//! The runtime crate under another name.

extern crate auth as web_auth;

use web_auth::routing::{Routes, get};
use web_auth::{Auth, AuthPermission, AuthRole, AuthUser, PasswordHash, check, protected, public, rule};

/// What `::auth` would reach if an expansion named it in spite of `crate = …`.
mod auth {}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
#[permission(crate = ::web_auth)]
enum Permission {
    Read,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
#[role(crate = ::web_auth)]
enum Role {
    #[role(grants(Permission::Read))]
    Member,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users", crate = ::web_auth)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role)]
    role: Role,
    #[auth(permissions(scope))]
    permissions: web_auth::Permissions<Permission>,
    #[auth(verified)]
    confirmed: bool,
}

#[protected(Role::Member && Permission::Read, crate = ::web_auth)]
async fn me(_claims: UserClaims) {}

#[check(crate = ::web_auth)]
async fn owns(_: UserClaims) -> bool {
    true
}

#[protected(Role::Member && owns, crate = ::web_auth)]
async fn edit() {}

#[public(crate = ::web_auth)]
async fn open(_user: Option<User>) {}

fn main() {
    let _: Routes<Auth<User>> = Routes::new().route("/me", get(me)).route("/", get(open).put(edit));
    let _ = rule!(owns || Role::Member, crate = ::web_auth);
}
