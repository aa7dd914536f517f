//! A set of something that is no permission.

use auth::{AuthUser, Permissions};

#[derive(Clone, Debug, PartialEq)]
enum Right {
    Write,
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(permissions)]
    permissions: Permissions<Right>,
}

fn main() {}
