//! People of another issuer beside those of a table, for the cases that are about them.
#![allow(dead_code, unused_imports)]

use auth::issuer::Issuer;
use auth::{Auth, AuthClaims, AuthPermission, AuthRole, AuthState, AuthUser, Permissions, Roles};
use axum::extract::FromRef;

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Job {
    Clerk,
    #[role(includes(Clerk), grants(Task::Pay))]
    Boss,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
pub enum Task {
    Pay,
    Count,
}

#[derive(Clone, Debug, AuthClaims)]
#[auth(acr(mfa("2", "phrh")))]
pub struct Employee {
    #[auth(subject)]
    pub sub: String,
    #[auth(roles("realm_access.roles", "resource_access.shop.roles"))]
    pub jobs: Roles<Job>,
    #[auth(permissions("scope"))]
    pub tasks: Permissions<Task>,
    #[auth(verified)]
    pub email_verified: Option<bool>,
    pub preferred_username: Option<String>,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(role)]
    pub role: Role,
}

/// The users of `App` are `User`s, and employees come from another issuer.
#[derive(Clone, FromRef)]
pub struct App {
    pub users: Auth<User>,
    pub staff: Issuer<Employee>,
}

impl AuthState for App {
    type User = User;
}
