//! What no user of the type holds: a misspelled role, the role of another type, a requirement of the application.

use auth::policy::Facts;
use auth::{AuthRole, AuthUser, Has, Requirement};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Job {
    Clerk,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Role::Amdin))]
struct User1 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Role::Admin || Job::Clerk))]
struct User2 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

struct Level(u8);

impl Level {
    const HIGH: Self = Self(5);
    #[allow(non_upper_case_globals)]
    const High: Self = Self::HIGH;
}

impl<U: AuthUser> Requirement<U> for Level {
    fn holds(&self, _: &Facts<'_, U>) -> bool {
        self.0 > 3
    }
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Level::High))]
struct User3 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

type Factor = Has;

#[derive(Clone, AuthUser)]
#[auth(table = "users", mfa(Factor::Mfa))]
struct User4 {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
}

fn main() {}
