//! A permission that the enum does not have, granted by a role.

use auth::{AuthPermission, AuthRole};

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    PostsRead,
    PostsWrite,
}

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Permission::PostsRead))]
    Member,
    #[role(grants(Permission::PostWrite))]
    Author,
}

fn main() {}
