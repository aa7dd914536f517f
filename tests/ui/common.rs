//! A user type and a state, for the cases that are about something else.
#![allow(dead_code, unused_imports)]

use std::sync::Arc;

use auth::policy::Facts;
use auth::{Auth, AuthRole, AuthState, AuthUser, PasswordHash, Requirement};
use axum::extract::FromRef;

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    #[auth(id)]
    pub id: i64,
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    pub password_hash: PasswordHash,
    #[auth(role)]
    pub role: Role,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub enum Duty {
    Till,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "shop.staff")]
pub struct Staff {
    #[auth(id)]
    pub id: i32,
    #[auth(login(exact))]
    pub number: String,
    #[auth(password_hash)]
    pub password_hash: Option<PasswordHash>,
    #[auth(role)]
    pub duty: Duty,
}

/// The users of `App` are `User`s, and there are `Staff`, too.
#[derive(Clone, FromRef)]
pub struct App {
    pub users: Auth<User>,
    pub staff: Auth<Staff>,
    pub greeting: &'static str,
}

impl AuthState for App {
    type User = User;
}

/// A requirement of any user type.
pub struct Fresh(u64);

impl Fresh {
    pub const fn minutes(minutes: u64) -> Self {
        Self(minutes)
    }
}

impl<U: AuthUser> Requirement<U> for Fresh {
    fn holds(&self, _: &Facts<'_, U>) -> bool {
        self.0 > 0
    }
}

/// Functions of another file that are no checks.
pub mod posts {
    pub async fn owns_post(_: super::UserClaims) -> bool {
        true
    }

    pub async fn is_public() -> bool {
        true
    }
}
