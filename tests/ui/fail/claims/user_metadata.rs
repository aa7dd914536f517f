//! What users write about themselves decides nothing.

use auth::{AuthClaims, AuthPermission, AuthRole, Permissions, Roles};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Task {
    Pay,
}

#[derive(Clone, AuthClaims)]
struct Customer {
    #[auth(subject)]
    sub: String,
    #[auth(roles("app_metadata.roles", "user_metadata.roles"))]
    roles: Roles<Role>,
    #[auth(permissions(keys_of("https://shop.example.org/user_metadata")))]
    tasks: Permissions<Task>,
    #[auth(verified("user_metadata.email_verified"))]
    confirmed: Option<bool>,
    #[auth(claim("user_metadata.name"))]
    name: Option<String>,
}

fn main() {}
