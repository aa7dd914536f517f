//! Words that mean something else, or nothing.

use auth::{AuthClaims, AuthRole, Roles};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, AuthClaims)]
#[auth(table = "employees", subject, acr(mfa), acr("2"))]
struct Employee {
    #[auth(id)]
    sub: String,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
    #[auth(rolse)]
    roles: Roles<Role>,
    #[auth(verified = "email_verified")]
    confirmed: Option<bool>,
}

fn main() {}
