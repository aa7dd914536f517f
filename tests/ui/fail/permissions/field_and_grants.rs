//! Roles grant one enum, the field holds another.

use auth::{AuthPermission, AuthRole, AuthUser, Permissions};

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    PostsWrite,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Other {
    Pay,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Other::Pay))]
    Member,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role)]
    role: Role,
    #[auth(permissions)]
    permissions: Permissions<Permission>,
}

fn main() {}
