//! Nothing that a rule could name; not on the struct; twice; misspelled; without a rule between the parentheses.

use auth::{AuthRole, AuthUser};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Admin,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Role::Admin))]
struct User1 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa, mfa(Role::Admin))]
struct User2 {
    #[auth(id)]
    id: i64,
    #[auth(login, mfa)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfas(Role::Admin || Role::Member))]
struct User3 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa())]
struct User4 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa = Role::Admin)]
struct User5 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

fn main() {}
