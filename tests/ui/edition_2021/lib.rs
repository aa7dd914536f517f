//! Edition 2021, in which the macros' output must mean the same.

#![cfg(test)]
#![deny(warnings)]
#![forbid(unsafe_code)]

use auth::routing::{get, Routes};
use auth::{check, protected, public, rule, Auth, AuthPermission, AuthRole, AuthUser, PasswordHash, Permissions};

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    Read,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member), grants(Permission::Read))]
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
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
    permissions: Permissions<Permission>,
    // A word that edition 2024 took for itself.
    #[auth(register, claim)]
    r#gen_of_birth: String,
}

#[protected(Role::Admin || Permission::Read)]
async fn me(user: User, claims: UserClaims) -> String {
    format!("{} {} {}", user.id, user.email, claims.gen_of_birth)
}

#[check]
async fn owns(claims: UserClaims) -> Result<bool, auth::AuthError> {
    Ok(claims.sub == 1)
}

#[protected(Role::Admin || owns, hidden)]
async fn edit() {}

#[public]
async fn home(user: Option<User>) -> String {
    format!("{:?}", user.map(|user| (user.role, user.password_hash)))
}

#[test]
fn the_macros_work_in_edition_2021() {
    let routes: Routes<Auth<User>> = Routes::new().route("/me", get(me)).route("/", get(home).put(edit));
    let _ = rule!(owns && auth::Fresh::minutes(5));
    assert!(routes.table().to_string().contains("Role::Admin || Permission::Read"), "{}", routes.table());
}
