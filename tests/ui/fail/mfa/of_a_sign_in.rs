//! The rule decides what a sign-in needs, so it cannot ask the sign-in, the request or a route.

use auth::{AuthRole, AuthUser, Fresh, Has, check};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Admin,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Has::Mfa || Role::Admin))]
struct User1 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Fresh::minutes(5)))]
struct User2 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Role::Admin && owns))]
struct User3 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[check]
async fn owns() -> bool {
    true
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Role::Admin, live))]
struct User4 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

fn main() {}
