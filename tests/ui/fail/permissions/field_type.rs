//! A field that is no set of permissions.

use auth::{AuthPermission, AuthUser};

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
    #[auth(permissions)]
    permissions: Vec<Permission>,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(permissions)]
    permissions: String,
}

fn main() {}
