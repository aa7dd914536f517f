//! Words that cannot stand beside `permissions`, and one that is not of it.

use auth::{AuthPermission, AuthUser, Permissions};

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    PostsWrite,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(permissions, register, claim)]
    permissions: Permissions<Permission>,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(permissions(scopes))]
    may: Permissions<Permission>,
    #[auth(permissions)]
    also: Permissions<Permission>,
}

fn main() {}
