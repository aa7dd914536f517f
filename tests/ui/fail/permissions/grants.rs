//! Grants that say too little, or too much.

use auth::{AuthPermission, AuthRole};

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    PostsRead,
    PostsWrite,
}

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(grants(PostsRead))]
    Member,
    #[role(grants())]
    Author,
    #[role(grants(Permission::PostsWrite, Permission::PostsWrite))]
    Editor,
    #[role(grants(Permission::PostsWrite), grants(Permission::PostsRead))]
    Admin,
    #[role(grants = Permission::PostsWrite)]
    Owner,
}

#[derive(Clone, PartialEq, AuthRole)]
#[role(grants(Permission::PostsWrite))]
enum Duty {
    Till,
}

fn main() {}
